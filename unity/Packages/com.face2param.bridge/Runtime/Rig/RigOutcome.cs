using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>What a character does to a rig, in glTF's space and in units of the model.</summary>
    public sealed class RigOutcome
    {
        private readonly RigSlots slots;
        private readonly HeadFile head;
        private readonly double[] numbers;
        private readonly IDictionary<string, string> images;

        internal RigOutcome(RigSlots slots, HeadFile head, double[] numbers, IDictionary<string, string> images)
        {
            this.slots = slots;
            this.head = head;
            this.numbers = numbers;
            this.images = images;
        }

        /// <summary>Local rotations of the nodes.</summary>
        public Quaternion[] Rotations { get; internal set; }

        /// <summary>Whether each node is drawn; one below a hidden node is not.</summary>
        public bool[] Shown { get; internal set; }

        /// <summary>The whole model is turned by the rotation and then moved by the position.</summary>
        public Vector3 RootPosition { get; internal set; }
        public Quaternion RootRotation { get; internal set; }

        /// <summary>Local position of a node.</summary>
        public Vector3 Position(int node) { return Vector(slots.Position(node)); }

        /// <summary>Local scale of a node.</summary>
        public Vector3 Scale(int node) { return Vector(slots.Scale(node)); }

        /// <summary>Weight of a morph of a node; 1 is the whole morph.</summary>
        public float MorphWeight(int node, int morph) { return (float)numbers[slots.Morphs[node] + morph]; }

        /// <summary>Linear base colour of a material.</summary>
        public Color BaseColor(string material)
        {
            int at = slots.Material(material, "base_color");
            return new Color(Share(at), Share(at + 1), Share(at + 2), Share(at + 3));
        }

        public float Roughness(string material) { return Share(slots.Material(material, "roughness")); }
        public float Metallic(string material) { return Share(slots.Material(material, "metallic")); }

        /// <summary>Name of the picture that an option put in the place of a texture, or null.</summary>
        /// <param name="material">Its name.</param>
        /// <param name="slot">"base" or "normal".</param>
        public string TextureOf(string material, string slot)
        {
            string image;
            return images.TryGetValue(material + "\t" + slot, out image) ? image : null;
        }

        /// <summary>The makeup of a material with the channels applied, in the order of composition.</summary>
        public IList<HeadLayer> Layers(string material)
        {
            var worn = new List<HeadLayer>();
            IList<HeadLayer> layers;
            if (!head.Layers.TryGetValue(material, out layers)) return worn;
            foreach (HeadLayer layer in layers)
            {
                int color = slots.Layer(material, layer.Name, "color");
                worn.Add(new HeadLayer
                {
                    Name = layer.Name, Mask = layer.Mask, Blend = layer.Blend,
                    Color = new[] { (float)numbers[color], (float)numbers[color + 1], (float)numbers[color + 2] },
                    Amount = Number(material, layer, "amount"), Hue = Number(material, layer, "hue"), Saturation = Number(material, layer, "saturation"),
                    Value = Number(material, layer, "value"), OffsetX = Number(material, layer, "offset_x"), OffsetY = Number(material, layer, "offset_y"),
                    Rotation = Number(material, layer, "rotation"), Scale = Number(material, layer, "scale"),
                });
            }
            return worn;
        }

        private float Number(string material, HeadLayer layer, string property) { return (float)numbers[slots.Layer(material, layer.Name, property)]; }
        private float Share(int at) { return Mathf.Clamp01((float)numbers[at]); }
        private Vector3 Vector(int at) { return new Vector3((float)numbers[at], (float)numbers[at + 1], (float)numbers[at + 2]); }
    }
}
