using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// What an imported model is made of and how it rests, so that a rig can pose it again and
    /// again: its nodes by their names in the file, and the materials' names. The GLB importer adds
    /// it; Capture makes one for models that another importer brought in.
    /// </summary>
    [DisallowMultipleComponent]
    public sealed class ModelNodes : MonoBehaviour
    {
        [HideInInspector] public Transform[] nodes = new Transform[0];
        [HideInInspector] public string[] names = new string[0];

        /// <summary>Index of each node's parent, -1 for those right under this object.</summary>
        [HideInInspector] public int[] parents = new int[0];

        /// <summary>Local rest transforms, in Unity's space.</summary>
        [HideInInspector] public Vector3[] positions = new Vector3[0];
        [HideInInspector] public Quaternion[] rotations = new Quaternion[0];
        [HideInInspector] public Vector3[] scales = new Vector3[0];

        /// <summary>Blend shape weights at rest, of the skinned nodes in order.</summary>
        [HideInInspector] public float[] morphWeights = new float[0];

        /// <summary>Renderers below this object and the materials that they came with, in order.</summary>
        [HideInInspector] public Renderer[] renderers = new Renderer[0];
        [HideInInspector] public Material[] materials = new Material[0];

        /// <summary>Remembers how the children of this object rest now.</summary>
        public void Capture()
        {
            var found = new List<Transform>();
            var called = new List<string>();
            var above = new List<int>();
            foreach (Transform child in transform) Add(child, -1, found, called, above);
            Set(found, GltfNames.Unique(called, "node"), above);
        }

        /// <summary>Sets nodes and their names; rest is how they stand now.</summary>
        public void Set(IList<Transform> found, string[] called, IList<int> above)
        {
            nodes = new List<Transform>(found).ToArray();
            names = called;
            parents = new List<int>(above).ToArray();
            positions = new Vector3[nodes.Length];
            rotations = new Quaternion[nodes.Length];
            scales = new Vector3[nodes.Length];
            for (int i = 0; i < nodes.Length; i++)
            {
                positions[i] = nodes[i].localPosition;
                rotations[i] = nodes[i].localRotation;
                scales[i] = nodes[i].localScale;
            }
            var weights = new List<float>();
            var drawn = new List<Renderer>();
            var worn = new List<Material>();
            foreach (Transform node in nodes)
            {
                var skin = node.GetComponent<SkinnedMeshRenderer>();
                int count = skin == null || skin.sharedMesh == null ? 0 : skin.sharedMesh.blendShapeCount;
                for (int m = 0; m < count; m++) weights.Add(skin.GetBlendShapeWeight(m));
                var renderer = node.GetComponent<Renderer>();
                if (renderer == null) continue;
                drawn.Add(renderer);
                worn.AddRange(renderer.sharedMaterials);
            }
            morphWeights = weights.ToArray();
            renderers = drawn.ToArray();
            materials = worn.ToArray();
        }

        private static void Add(Transform node, int parent, List<Transform> found, List<string> called, List<int> above)
        {
            int index = found.Count;
            found.Add(node);
            called.Add(node.name);
            above.Add(parent);
            foreach (Transform child in node) Add(child, index, found, called, above);
        }
    }
}
