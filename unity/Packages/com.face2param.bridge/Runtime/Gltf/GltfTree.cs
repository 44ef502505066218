using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>The tree of nodes, and which part of it the default scene shows.</summary>
    internal sealed class GltfTree
    {
        public readonly IList<GltfItem> Items;
        public readonly string[] Names;
        public readonly int[] Parents;

        /// <summary>What the scene shows, its bones and all ancestors, in the file's order.</summary>
        public readonly List<int> Kept = new List<int>();

        public GltfTree(GltfItem root)
        {
            Items = root.Items("nodes");
            int count = Items.Count;
            var children = new int[count][];
            var named = new List<string>();
            Parents = new int[count];
            for (int i = 0; i < count; i++)
            {
                Parents[i] = -1;
                children[i] = Items[i].Indices("children", count);
                named.Add(Items[i].Text("name"));
            }
            for (int i = 0; i < count; i++)
                foreach (int child in children[i])
                {
                    if (Parents[child] >= 0) throw Items[child].Error("is a child of node " + Parents[child] + " and of node " + i);
                    Parents[child] = i;
                }
            Names = GltfNames.Unique(named, "node");
            var roots = new List<int>();
            for (int i = 0; i < count; i++) if (Parents[i] < 0) roots.Add(i);
            var all = new bool[count];
            List<int> order = Below(roots, children, all);
            for (int i = 0; i < count; i++) if (!all[i]) throw Items[i].Error("is its own ancestor");
            var kept = new bool[count];
            Below(Scene(root, roots), children, kept);
            IList<GltfItem> skins = root.Items("skins");
            var joints = new List<int>();
            for (int i = 0; i < count; i++)
            {
                int skin = kept[i] ? Items[i].Index("skin", skins.Count) : -1;
                if (skin >= 0) joints.AddRange(skins[skin].Indices("joints", count));
            }
            foreach (int joint in joints) kept[joint] = true;
            for (int i = order.Count - 1; i >= 0; i--) if (kept[order[i]] && Parents[order[i]] >= 0) kept[Parents[order[i]]] = true;
            for (int i = 0; i < count; i++) if (kept[i]) Kept.Add(i);
        }

        /// <summary>Reads the place of a node.</summary>
        public void Place(int index, GltfNode node)
        {
            GltfItem item = Items[index];
            float[] matrix = item.Numbers("matrix", 16);
            if (matrix != null)
            {
                GltfTransforms.Decompose(matrix, item, node);
                return;
            }
            float[] t = item.Numbers("translation", 3), r = item.Numbers("rotation", 4), s = item.Numbers("scale", 3);
            if (t != null) node.Translation = new Vector3(t[0], t[1], t[2]);
            if (s != null) node.Scale = new Vector3(s[0], s[1], s[2]);
            if (r == null) return;
            double length = System.Math.Sqrt((double)r[0] * r[0] + (double)r[1] * r[1] + (double)r[2] * r[2] + (double)r[3] * r[3]);
            if (!(length > 0.9 && length < 1.1)) throw item.Error("rotation", "must have length 1, got " + Decimals.Repr(length));
            node.Rotation = new Quaternion((float)(r[0] / length), (float)(r[1] / length), (float)(r[2] / length), (float)(r[3] / length));
        }

        private IList<int> Scene(GltfItem root, IList<int> roots)
        {
            IList<GltfItem> scenes = root.Items("scenes");
            if (scenes.Count == 0) return roots;
            return scenes[root.Integer("scene", 0, 0, scenes.Count - 1)].Indices("nodes", Items.Count);
        }

        /// <summary>Marks these nodes and all below them; returns them, parents first.</summary>
        private static List<int> Below(IList<int> roots, int[][] children, bool[] known)
        {
            var found = new List<int>();
            foreach (int root in roots) Add(root, found, known);
            for (int i = 0; i < found.Count; i++) foreach (int child in children[found[i]]) Add(child, found, known);
            return found;
        }

        private static void Add(int node, List<int> found, bool[] known)
        {
            if (known[node]) return;
            known[node] = true;
            found.Add(node);
        }
    }
}
