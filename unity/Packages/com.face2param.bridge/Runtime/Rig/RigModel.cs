using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>What the rule of a rig needs to know of a model, in glTF's space: nodes at rest, their
    /// morphs, the materials. Made of a file or of objects in a scene.</summary>
    public sealed class RigModel
    {
        public sealed class Node
        {
            public string Name;
            public int Parent = -1;
            public Vector3 Position;
            public Quaternion Rotation;
            public Vector3 Scale;
            public IList<string> MorphNames = new string[0];

            /// <summary>At rest.</summary>
            public float[] MorphWeights = new float[0];
        }

        public sealed class Surface
        {
            public string Name;
            public Color BaseColor;
            public float Roughness;
            public float Metallic;
        }

        public readonly List<Node> Nodes = new List<Node>();
        public readonly List<Surface> Surfaces = new List<Surface>();

        /// <summary>Index of a node, or -1.</summary>
        public int Find(string name) { return Nodes.FindIndex(node => node.Name == name); }

        /// <summary>Of a file that was read.</summary>
        public static RigModel Of(GltfModel model)
        {
            var made = new RigModel();
            foreach (GltfNode node in model.Nodes)
            {
                var copy = new Node { Name = node.Name, Parent = node.Parent, Position = node.Translation, Rotation = node.Rotation, Scale = node.Scale };
                if (node.Mesh >= 0)
                {
                    copy.MorphNames = model.Meshes[node.Mesh].MorphNames;
                    copy.MorphWeights = node.Weights ?? model.Meshes[node.Mesh].MorphWeights;
                }
                made.Nodes.Add(copy);
            }
            foreach (GltfMaterial m in model.Materials)
                made.Surfaces.Add(new Surface { Name = m.Name, BaseColor = m.BaseColor, Roughness = m.Roughness, Metallic = m.Metallic });
            return made;
        }
    }
}
