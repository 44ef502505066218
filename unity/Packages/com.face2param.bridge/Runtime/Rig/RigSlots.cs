using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>One long row of numbers for all that sliders move in a model, and where each stands:
    /// places and scales of the nodes, morph weights, materials, layers.</summary>
    internal sealed class RigSlots
    {
        public static readonly string[] LayerProperties = { "amount", "color", "hue", "saturation", "value", "offset_x", "offset_y", "rotation", "scale" };
        private readonly RigModel model;
        private readonly List<double> rest = new List<double>();
        private readonly Dictionary<string, int> starts = new Dictionary<string, int>(System.StringComparer.Ordinal);
        private readonly Dictionary<string, int> nodes = new Dictionary<string, int>(System.StringComparer.Ordinal);

        public RigSlots(RigModel model, IDictionary<string, IList<HeadLayer>> layers)
        {
            this.model = model;
            Morphs = new int[model.Nodes.Count];
            for (int i = 0; i < model.Nodes.Count; i++)
            {
                nodes[model.Nodes[i].Name] = i;
                Add(model.Nodes[i].Position);
            }
            foreach (RigModel.Node node in model.Nodes) Add(node.Scale);
            for (int i = 0; i < Morphs.Length; i++)
            {
                Morphs[i] = rest.Count;
                foreach (float weight in model.Nodes[i].MorphWeights) rest.Add(weight);
            }
            foreach (RigModel.Surface m in model.Surfaces)
            {
                Start(m.Name, "base_color", m.BaseColor.r, m.BaseColor.g, m.BaseColor.b, m.BaseColor.a);
                Start(m.Name, "roughness", m.Roughness);
                Start(m.Name, "metallic", m.Metallic);
            }
            foreach (KeyValuePair<string, IList<HeadLayer>> worn in layers)
                foreach (HeadLayer layer in worn.Value)
                {
                    string key = worn.Key + "\n" + layer.Name;
                    Start(key, "amount", layer.Amount);
                    Start(key, "color", layer.Color[0], layer.Color[1], layer.Color[2]);
                    Start(key, "hue", layer.Hue);
                    Start(key, "saturation", layer.Saturation);
                    Start(key, "value", layer.Value);
                    Start(key, "offset_x", layer.OffsetX);
                    Start(key, "offset_y", layer.OffsetY);
                    Start(key, "rotation", layer.Rotation);
                    Start(key, "scale", layer.Scale);
                }
            Rest = rest.ToArray();
        }

        public double[] Rest { get; private set; }

        /// <summary>Where the morph weights of each node begin.</summary>
        public int[] Morphs { get; private set; }

        public int Position(int node) { return 3 * node; }
        public int Scale(int node) { return 3 * (model.Nodes.Count + node); }
        public int Material(string material, string property) { return starts[material + "\t" + property]; }
        public int Layer(string material, string layer, string property) { return starts[material + "\n" + layer + "\t" + property]; }

        /// <summary>Index of a node.</summary>
        /// <exception cref="EngineException">No such node.</exception>
        public int Node(string name, string where)
        {
            int index;
            if (nodes.TryGetValue(name, out index)) return index;
            throw Missing(where, "node", name, nodes.Keys);
        }

        /// <summary>First slots of a target that is no rotation; the rest of its numbers follow.</summary>
        /// <exception cref="EngineException">The model has no such thing.</exception>
        public IList<int> Of(ChannelTarget target, string where)
        {
            if (target.Kind == TargetKind.Bone)
            {
                int node = Node(target.Name, where);
                return new[] { (target.Property == "position" ? Position(node) : Scale(node)) + target.Axis };
            }
            if (target.Kind == TargetKind.Morph) return OfMorph(target, where);
            string key = target.Kind == TargetKind.Material ? target.Name : target.Name + "\n" + target.Layer;
            int start;
            if (starts.TryGetValue(key + "\t" + target.Property, out start)) return new[] { start };
            string kind = target.Kind == TargetKind.Material ? "material" : "layer";
            var known = new List<string>();
            foreach (RigModel.Surface surface in model.Surfaces) known.Add(surface.Name);
            throw Missing(where, kind, key.Replace("\n", "/"), known);
        }

        private IList<int> OfMorph(ChannelTarget target, string where)
        {
            var found = new List<int>();
            int only = target.Node == null ? -1 : Node(target.Node, where);
            var known = new List<string>();
            for (int i = 0; i < model.Nodes.Count; i++)
            {
                if (only >= 0 && i != only) continue;
                int at = model.Nodes[i].MorphNames.IndexOf(target.Name);
                if (at >= 0) found.Add(Morphs[i] + at);
                known.AddRange(model.Nodes[i].MorphNames);
            }
            if (found.Count == 0) throw Missing(where, "morph", target.Name, known);
            return found;
        }

        public static EngineException Missing(string where, string what, string name, ICollection<string> known)
        {
            string hint = "; it has " + known.Count;
            foreach (string other in known)
                if (string.Equals(other, name, System.StringComparison.OrdinalIgnoreCase)) hint = "; did you mean " + other + "?";
            return new EngineException(where + ": the model has no " + what + " '" + name + "'" + hint);
        }

        private void Add(Vector3 v)
        {
            rest.Add(v.x);
            rest.Add(v.y);
            rest.Add(v.z);
        }

        private void Start(string key, string property, params float[] values)
        {
            starts[key + "\t" + property] = rest.Count;
            foreach (float value in values) rest.Add(value);
        }
    }
}
