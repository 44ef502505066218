using System;
using System.Collections.Generic;

namespace UnityEngine.Rendering
{
    public enum IndexFormat { UInt16, UInt32 }
    public enum RenderQueue { Background = 1000, Geometry = 2000, AlphaTest = 2450, Transparent = 3000 }
    public enum CullMode { Off, Front, Back }
    public enum BlendMode { Zero, One, SrcAlpha = 5, OneMinusSrcAlpha = 10 }
    public enum ShadowCastingMode { Off, On, TwoSided, ShadowsOnly }
}

namespace UnityEngine
{
    using UnityEngine.Rendering;

    public struct BoneWeight
    {
        public float weight0 { get; set; }
        public float weight1 { get; set; }
        public float weight2 { get; set; }
        public float weight3 { get; set; }
        public int boneIndex0 { get; set; }
        public int boneIndex1 { get; set; }
        public int boneIndex2 { get; set; }
        public int boneIndex3 { get; set; }
    }

    public enum SkinQuality { Auto = 0, Bone1 = 1, Bone2 = 2, Bone4 = 4 }

    public sealed class Mesh : Object
    {
        private sealed class Shape
        {
            public string Name;
            public float Weight;
            public Vector3[] Positions, Normals, Tangents;
        }

        private readonly List<Shape> shapes = new List<Shape>();
        private List<int[]> parts = new List<int[]> { new int[0] };
        private Vector3[] points = new Vector3[0];

        public Vector3[] vertices { get { return (Vector3[])points.Clone(); } set { points = (Vector3[])value.Clone(); } }
        public Vector3[] normals { get; set; }
        public Vector4[] tangents { get; set; }
        public Vector2[] uv { get; set; }
        public Vector2[] uv2 { get; set; }
        public Color[] colors { get; set; }
        public BoneWeight[] boneWeights { get; set; }
        public Matrix4x4[] bindposes { get; set; }
        public Bounds bounds { get; set; }
        public IndexFormat indexFormat { get; set; }
        public int vertexCount { get { return points.Length; } }
        public int blendShapeCount { get { return shapes.Count; } }

        public int subMeshCount
        {
            get { return parts.Count; }
            set { while (parts.Count < value) parts.Add(new int[0]); parts.RemoveRange(value, parts.Count - value); }
        }

        public int[] triangles
        {
            get { var all = new List<int>(); foreach (int[] part in parts) all.AddRange(part); return all.ToArray(); }
            set { parts = new List<int[]> { (int[])value.Clone() }; }
        }

        public int[] GetTriangles(int part) { return (int[])parts[part].Clone(); }
        public void SetVertices(List<Vector3> values) { vertices = values.ToArray(); }

        public void SetTriangles(int[] corners, int part)
        {
            foreach (int c in corners)
                if (c < 0 || c >= points.Length) throw new ArgumentException("Failed setting triangles. Some indices are referencing out of bounds vertices.");
            if (indexFormat == IndexFormat.UInt16 && points.Length > 65535) throw new ArgumentException("Mesh has more vertices than 16 bit indices reach.");
            parts[part] = (int[])corners.Clone();
        }

        public void AddBlendShapeFrame(string shapeName, float frameWeight, Vector3[] deltaVertices, Vector3[] deltaNormals, Vector3[] deltaTangents)
        {
            foreach (Vector3[] deltas in new[] { deltaVertices, deltaNormals, deltaTangents })
                if (deltas != null && deltas.Length != points.Length) throw new ArgumentException("Blend shape frame has " + deltas.Length + " deltas; the mesh has " + points.Length + " vertices.");
            if (GetBlendShapeIndex(shapeName) >= 0) throw new ArgumentException("Blend shape '" + shapeName + "' already exists; the stand-in knows one frame each.");
            shapes.Add(new Shape { Name = shapeName, Weight = frameWeight, Positions = (Vector3[])deltaVertices.Clone(), Normals = deltaNormals == null ? null : (Vector3[])deltaNormals.Clone(), Tangents = deltaTangents });
        }

        public void ClearBlendShapes() { shapes.Clear(); }
        public string GetBlendShapeName(int i) { return shapes[i].Name; }
        public int GetBlendShapeIndex(string shapeName) { return shapes.FindIndex(s => s.Name == shapeName); }
        public int GetBlendShapeFrameCount(int i) { return 1; }
        public float GetBlendShapeFrameWeight(int i, int frame) { return shapes[i].Weight; }

        public void GetBlendShapeFrameVertices(int i, int frame, Vector3[] deltaVertices, Vector3[] deltaNormals, Vector3[] deltaTangents)
        {
            shapes[i].Positions.CopyTo(deltaVertices, 0);
            if (deltaNormals != null && shapes[i].Normals != null) shapes[i].Normals.CopyTo(deltaNormals, 0);
            if (deltaTangents != null && shapes[i].Tangents != null) shapes[i].Tangents.CopyTo(deltaTangents, 0);
        }

        public void RecalculateBounds()
        {
            if (points.Length == 0) return;
            var box = new Bounds(points[0], Vector3.zero);
            foreach (Vector3 p in points) box.Encapsulate(p);
            bounds = box;
        }

        public void RecalculateNormals()
        {
            var sums = new Vector3[points.Length];
            int[] t = triangles;
            for (int i = 0; i < t.Length; i += 3)
            {
                Vector3 n = Vector3.Cross(points[t[i + 1]] - points[t[i]], points[t[i + 2]] - points[t[i]]);
                for (int k = 0; k < 3; k++) sums[t[i + k]] += n;
            }
            for (int i = 0; i < sums.Length; i++) sums[i] = sums[i] * (1 / Mathf.Max(sums[i].magnitude, 1e-30f));
            normals = sums;
        }

        public void RecalculateTangents() { }
        public void MarkDynamic() { }
        public void UploadMeshData(bool markNoLongerReadable) { }

        public void Clear()
        {
            points = new Vector3[0];
            parts = new List<int[]> { new int[0] };
            shapes.Clear();
            normals = null;
            uv = null;
        }
    }

    public class Renderer : Component
    {
        private Material[] materials_ = new Material[0];
        private bool on = true;

        public bool enabled { get { return on; } set { on = value; } }
        public Material[] sharedMaterials { get { return (Material[])materials_.Clone(); } set { materials_ = (Material[])value.Clone(); } }
        public Material[] materials { get { return sharedMaterials; } set { sharedMaterials = value; } }
        public Material sharedMaterial { get { return materials_.Length > 0 ? materials_[0] : null; } set { materials_ = new[] { value }; } }
        public Material material { get { return sharedMaterial; } set { sharedMaterial = value; } }
        public ShadowCastingMode shadowCastingMode { get; set; }
        public bool receiveShadows { get; set; }
        public virtual Bounds bounds { get; set; }
    }

    public class MeshFilter : Component
    {
        public Mesh sharedMesh { get; set; }
        public Mesh mesh { get { return sharedMesh; } set { sharedMesh = value; } }
    }

    public class MeshRenderer : Renderer
    {
    }

    public class SkinnedMeshRenderer : Renderer
    {
        private readonly Dictionary<int, float> weights = new Dictionary<int, float>();

        public Mesh sharedMesh { get; set; }
        public Transform[] bones { get; set; }
        public Transform rootBone { get; set; }
        public Bounds localBounds { get; set; }
        public bool updateWhenOffscreen { get; set; }
        public SkinQuality quality { get; set; }

        public float GetBlendShapeWeight(int i) { float w; return weights.TryGetValue(i, out w) ? w : 0; }

        public void SetBlendShapeWeight(int i, float value)
        {
            if (i < 0 || i >= sharedMesh.blendShapeCount) throw new ArgumentOutOfRangeException("index", "Array index (" + i + ") is out of bounds (size=" + sharedMesh.blendShapeCount + ")");
            weights[i] = value;
        }

        // What the graphics card would draw: blend shapes, then linear blend skinning. As in Unity
        // the result is in the space of this transform without its scale.
        public void BakeMesh(Mesh target)
        {
            Vector3[] points = sharedMesh.vertices;
            var deltas = new Vector3[points.Length];
            for (int s = 0; s < sharedMesh.blendShapeCount; s++)
            {
                float amount = GetBlendShapeWeight(s) / sharedMesh.GetBlendShapeFrameWeight(s, 0);
                if (amount == 0) continue;
                sharedMesh.GetBlendShapeFrameVertices(s, 0, deltas, null, null);
                for (int i = 0; i < points.Length; i++) points[i] += deltas[i] * amount;
            }
            Matrix4x4 home = Matrix4x4.TRS(transform.position, transform.rotation, Vector3.one).inverse;
            BoneWeight[] skin = sharedMesh.boneWeights;
            if (skin == null || skin.Length == 0)
            {
                Matrix4x4 rigid = home * transform.localToWorldMatrix;
                for (int i = 0; i < points.Length; i++) points[i] = rigid.MultiplyPoint3x4(points[i]);
            }
            else
            {
                var bone = new Matrix4x4[bones.Length];
                for (int b = 0; b < bones.Length; b++) bone[b] = home * bones[b].localToWorldMatrix * sharedMesh.bindposes[b];
                for (int i = 0; i < points.Length; i++)
                {
                    BoneWeight w = skin[i];
                    points[i] = bone[w.boneIndex0].MultiplyPoint3x4(points[i]) * w.weight0
                        + bone[w.boneIndex1].MultiplyPoint3x4(points[i]) * w.weight1
                        + bone[w.boneIndex2].MultiplyPoint3x4(points[i]) * w.weight2
                        + bone[w.boneIndex3].MultiplyPoint3x4(points[i]) * w.weight3;
                }
            }
            target.vertices = points;
            target.triangles = sharedMesh.triangles;
        }
    }
}
