using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Paints the makeup layers of a head file over the base textures of its materials.
    /// </summary>
    [ExecuteAlways]
    [RequireComponent(typeof(FaceRig))]
    [DisallowMultipleComponent]
    [AddComponentMenu("Face2Param/Makeup Wearer")]
    public sealed class MakeupWearer : MonoBehaviour
    {
        const string Slot = "base";

        /// <summary>Names of the masks whose picture is grey: grey is cover, not colour.</summary>
        public List<string> greyMasks = new List<string>();

        /// <summary>Longest side of the painted textures in pixels.</summary>
        public int size = 1024;

        readonly Dictionary<string, MakeupComposer> composers
            = new Dictionary<string, MakeupComposer>();
        FaceRig rig;
        Texture2D white;

        /// <summary>Paints what the rig's last character wears.</summary>
        public void Paint(FaceRig rig)
        {
            foreach (string material in rig.Head.Layers.Keys)
            {
                var layers = new List<MakeupLayer>();
                foreach (HeadLayer layer in rig.Outcome.Layers(material))
                {
                    layers.Add(Layer(rig, layer));
                }
                Texture basis = Basis(rig, material);
                Texture painted = Composer(material).Compose(
                    basis, layers, Side(basis.width, basis), Side(basis.height, basis));
                foreach (Material worn in rig.MaterialsNamed(material))
                {
                    GlbMaterials.SetTexture(worn, false, painted);
                }
            }
        }

        /// <summary>A layer of a head file in the form that the composer takes.</summary>
        public MakeupLayer Layer(FaceRig rig, HeadLayer layer)
        {
            return new MakeupLayer
            {
                name = layer.Name,
                mask = rig.Image(layer.Mask),
                maskIsGrey = greyMasks.Contains(layer.Mask),
                colour = new Vector3(layer.Color[0], layer.Color[1], layer.Color[2]),
                amount = layer.Amount,
                blend = BlendOf(layer.Blend),
                hue = layer.Hue,
                saturation = layer.Saturation,
                value = layer.Value,
                offset = new Vector2(layer.OffsetX, layer.OffsetY),
                rotation = layer.Rotation,
                scale = layer.Scale,
            };
        }

        void OnEnable()
        {
            rig = GetComponent<FaceRig>();
            rig.Applied += Paint;
            if (rig.Outcome != null)
            {
                Paint(rig);
            }
        }

        void OnDisable()
        {
            rig.Applied -= Paint;
        }

        void OnDestroy()
        {
            DestroyImmediate(white);
            foreach (MakeupComposer composer in composers.Values)
            {
                composer.Dispose();
            }
            composers.Clear();
        }

        static MakeupBlend BlendOf(string name)
        {
            switch (name)
            {
                case "multiply": return MakeupBlend.Multiply;
                case "linear_light": return MakeupBlend.LinearLight;
                default: return MakeupBlend.Normal;
            }
        }

        Texture Basis(FaceRig rig, string material)
        {
            string swapped = rig.Outcome.TextureOf(material, Slot);
            if (swapped != null)
            {
                return rig.Image(swapped);
            }
            Texture rest = rig.RestTexture(material);
            return rest == null ? White() : rest;
        }

        MakeupComposer Composer(string material)
        {
            MakeupComposer composer;
            if (!composers.TryGetValue(material, out composer))
            {
                composer = new MakeupComposer();
                composers[material] = composer;
            }
            return composer;
        }

        // The side of the painted texture: the base's shape, with `size` as the longest side.
        int Side(int side, Texture basis)
        {
            return Math.Max(1, side * size / Math.Max(basis.width, basis.height));
        }

        Texture White()
        {
            if (white == null)
            {
                white = new Texture2D(1, 1, TextureFormat.RGBA32, false);
                white.hideFlags = HideFlags.HideAndDontSave;
                white.SetPixel(0, 0, Color.white);
                white.Apply();
            }
            return white;
        }
    }
}
