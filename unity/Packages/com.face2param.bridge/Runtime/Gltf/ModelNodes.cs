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
