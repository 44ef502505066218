using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>A glTF file, read: what the default scene shows. Everything is in glTF's space:
    /// right-handed, +y up, faces towards +z, v = 0 on top; see Handedness for Unity's.</summary>
    public sealed class GltfModel
    {
        public string Name;
        public List<GltfNode> Nodes = new List<GltfNode>();
        public List<GltfMesh> Meshes = new List<GltfMesh>();
        public List<GltfSkin> Skins = new List<GltfSkin>();
        public List<GltfMaterial> Materials = new List<GltfMaterial>();
        public List<GltfTexture> Textures = new List<GltfTexture>();
    }

    /// <summary>One place in the tree: a bone, or where a mesh stands. -1: none.</summary>
    public sealed class GltfNode
    {
        public string Name;
        public int Parent = -1;
        public Vector3 Translation = Vector3.zero;
        public Quaternion Rotation = Quaternion.identity;
        public Vector3 Scale = Vector3.one;
        public int Mesh = -1;
        public int Skin = -1;

        /// <summary>Morph weights instead of the mesh's, or null.</summary>
        public float[] Weights;
    }

    /// <summary>Primitives that are moved and morphed together.</summary>
    public sealed class GltfMesh
    {
        public string Name;
        public List<GltfPrimitive> Primitives = new List<GltfPrimitive>();
        public string[] MorphNames = new string[0];
        public float[] MorphWeights = new float[0];
    }

    /// <summary>Triangles of one material. Arrays that the file lacks are null.</summary>
    public sealed class GltfPrimitive
    {
        public Vector3[] Vertices;
        public int[] Triangles;
        public Vector3[] Normals;
        public Vector4[] Tangents;
        public Vector2[] Uv;
        public Vector2[] NormalUv;
        public Color[] Colours;

        /// <summary>As many for each vertex as Influences says, indices into the skin's joints.</summary>
        public int[] Joints;
        public float[] Weights;
        public int Influences;
        public Vector3[][] Morphs = new Vector3[0][];
        public Vector3[][] MorphNormals;
        public int Material = -1;
    }

    /// <summary>The bones that move a mesh.</summary>
    public sealed class GltfSkin
    {
        public string Name;
        public int[] Joints;
        public Matrix4x4[] InverseBind;
    }

    /// <summary>What a surface looks like; colours are linear.</summary>
    public sealed class GltfMaterial
    {
        public string Name;
        public Color BaseColor = Color.white;
        public int BaseTexture = -1;
        public int NormalTexture = -1;
        public float NormalScale = 1;
        public float Metallic = 1;
        public float Roughness = 1;
        public Color Emissive = Color.black;

        /// <summary>"opaque", "mask" or "blend".</summary>
        public string AlphaMode = "opaque";
        public float AlphaCutoff = 0.5f;
        public bool DoubleSided;
        public bool Unlit;
    }

    /// <summary>A picture as the bytes of a PNG or JPEG file, which Unity decodes.</summary>
    public sealed class GltfTexture
    {
        public string Name;
        public byte[] Encoded;

        /// <summary>"repeat", "clamp" or "mirror".</summary>
        public string WrapU = "repeat";
        public string WrapV = "repeat";
    }
}
