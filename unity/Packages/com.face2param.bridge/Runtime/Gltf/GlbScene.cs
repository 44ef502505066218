using System;
using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Face2Param
{
    /// <summary>Makes Unity's objects from a glTF model: a tree of GameObjects with skinned meshes,
    /// blend shapes and materials, in Unity's left-handed space.</summary>
    public sealed class GlbScene
    {
        /// <summary>Blend shape weight that stands for a morph weight of 1.</summary>
        public const float FullWeight = 100;

        private readonly GltfModel model;
        private readonly List<Transform> transforms = new List<Transform>();

        private GlbScene(GltfModel model) { this.model = model; }

        /// <summary>The root; has the component ModelNodes.</summary>
        public GameObject Root { get; private set; }
        public List<Mesh> Meshes { get; private set; }
        public List<Material> Materials { get; private set; }
        public List<Texture2D> Textures { get; private set; }

        /// <summary>Builds the objects.</summary>
        /// <exception cref="CodecException">A picture cannot be decoded.</exception>
        public static GlbScene Build(GltfModel model)
        {
            var scene = new GlbScene(model) { Meshes = new List<Mesh>(), Textures = new List<Texture2D>() };
            scene.Materials = GlbMaterials.Build(model, scene.Textures);
            scene.BuildTree();
            return scene;
        }

        private void BuildTree()
        {
            Root = new GameObject(model.Name);
            var names = new string[model.Nodes.Count];
            var parents = new int[names.Length];
            foreach (GltfNode node in model.Nodes) transforms.Add(new GameObject(node.Name).transform);
            for (int i = 0; i < names.Length; i++)
            {
                GltfNode node = model.Nodes[i];
                names[i] = node.Name;
                parents[i] = node.Parent;
                transforms[i].SetParent(node.Parent < 0 ? Root.transform : transforms[node.Parent], false);
                transforms[i].localPosition = Handedness.ToUnity(node.Translation);
                transforms[i].localRotation = Handedness.ToUnity(node.Rotation);
                transforms[i].localScale = node.Scale;
            }
            var shared = new Dictionary<string, Mesh>();
            for (int i = 0; i < names.Length; i++) if (model.Nodes[i].Mesh >= 0) AddRenderer(i, shared);
            Root.AddComponent<ModelNodes>().Set(transforms, names, parents);
        }

        private void AddRenderer(int index, Dictionary<string, Mesh> shared)
        {
            GltfNode node = model.Nodes[index];
            GltfMesh source = model.Meshes[node.Mesh];
            string key = node.Mesh + "/" + node.Skin;
            Mesh mesh;
            if (!shared.TryGetValue(key, out mesh))
            {
                mesh = GlbMesh.Build(source, node.Skin < 0 ? null : model.Skins[node.Skin], Doubled(source));
                if (node.Skin >= 0) mesh.name = source.Name + "_" + model.Skins[node.Skin].Name;
                shared.Add(key, mesh);
                Meshes.Add(mesh);
            }
            var worn = new Material[source.Primitives.Count];
            for (int i = 0; i < worn.Length; i++)
            {
                int material = source.Primitives[i].Material;
                worn[i] = Materials[material < 0 ? Materials.Count - 1 : material];
            }
            GameObject holder = transforms[index].gameObject;
            if (node.Skin < 0 && source.MorphNames.Length == 0)
            {
                holder.AddComponent<MeshFilter>().sharedMesh = mesh;
                holder.AddComponent<MeshRenderer>().sharedMaterials = worn;
                return;
            }
            var renderer = holder.AddComponent<SkinnedMeshRenderer>();
            renderer.sharedMesh = mesh;
            renderer.sharedMaterials = worn;
            if (node.Skin >= 0)
            {
                GltfSkin skin = model.Skins[node.Skin];
                var bones = new Transform[skin.Joints.Length];
                for (int i = 0; i < bones.Length; i++) bones[i] = transforms[skin.Joints[i]];
                renderer.bones = bones;
            }
            // The project's quality settings may allow two bones only.
            renderer.quality = SkinQuality.Bone4;
            renderer.localBounds = mesh.bounds;
            // Bones may carry a face out of the bounds that it has at rest.
            renderer.updateWhenOffscreen = true;
            float[] weights = node.Weights ?? source.MorphWeights;
            for (int i = 0; i < weights.Length; i++) renderer.SetBlendShapeWeight(i, weights[i] * FullWeight);
        }

        /// <summary>Which primitives need back faces of their own: Unity's Standard shader cannot draw
        /// both sides.</summary>
        private bool[] Doubled(GltfMesh source)
        {
            var doubled = new bool[source.Primitives.Count];
            for (int i = 0; i < doubled.Length; i++)
            {
                int material = source.Primitives[i].Material;
                doubled[i] = material >= 0 && model.Materials[material].DoubleSided && !Materials[material].HasProperty("_Cull");
            }
            return doubled;
        }
    }

    /// <summary>Makes Unity's meshes; the primitives become submeshes.</summary>
    internal static class GlbMesh
    {
        public static Mesh Build(GltfMesh source, GltfSkin skin, bool[] doubled)
        {
            int count = 0, morphs = source.MorphNames.Length;
            bool tangents = true;
            var surfaces = new List<SurfaceNormals>();
            foreach (GltfPrimitive p in source.Primitives)
            {
                count += p.Vertices.Length;
                tangents &= p.Tangents != null;
                bool isWhole = p.Normals != null && (morphs == 0 || p.MorphNormals != null);
                surfaces.Add(isWhole ? null : new SurfaceNormals(p));
            }
            var vertices = new Vector3[count];
            var directions = new Vector3[count];
            var along = new Vector4[count];
            var uv = new Vector2[count];
            Color[] colours = null;
            var influences = skin == null ? null : new BoneWeight[count];
            int start = 0;
            for (int part = 0; part < source.Primitives.Count; part++)
            {
                GltfPrimitive p = source.Primitives[part];
                Vector3[] normals = p.Normals ?? surfaces[part].AtRest();
                for (int i = 0; i < p.Vertices.Length; i++)
                {
                    vertices[start + i] = Handedness.ToUnity(p.Vertices[i]);
                    directions[start + i] = Handedness.ToUnity(normals[i]);
                    if (tangents) along[start + i] = Handedness.TangentToUnity(p.Tangents[i]);
                    if (p.Uv != null) uv[start + i] = Handedness.UvToUnity(p.Uv[i]);
                    if (influences != null) influences[start + i] = Strongest(p, i);
                }
                if (p.Colours != null)
                {
                    if (colours == null) colours = new Color[count].Fill(Color.white);
                    Array.Copy(p.Colours, 0, colours, start, p.Colours.Length);
                }
                start += p.Vertices.Length;
            }
            var mesh = new Mesh { name = source.Name, indexFormat = count > 65535 ? IndexFormat.UInt32 : IndexFormat.UInt16, vertices = vertices, uv = uv };
            if (colours != null) mesh.colors = colours;
            mesh.subMeshCount = source.Primitives.Count;
            start = 0;
            for (int part = 0; part < source.Primitives.Count; part++)
            {
                int[] corners = Handedness.TrianglesToUnity(source.Primitives[part].Triangles);
                if (doubled[part])
                {
                    // Behind the others, whose numbers landmarks refer to.
                    var both = new List<int>(corners);
                    both.AddRange(source.Primitives[part].Triangles);
                    corners = both.ToArray();
                }
                for (int i = 0; i < corners.Length; i++) corners[i] += start;
                mesh.SetTriangles(corners, part);
                start += source.Primitives[part].Vertices.Length;
            }
            mesh.normals = directions;
            if (tangents) mesh.tangents = along;
            else mesh.RecalculateTangents();
            if (skin != null)
            {
                var bind = new Matrix4x4[skin.Joints.Length];
                for (int i = 0; i < bind.Length; i++) bind[i] = Handedness.ToUnity(skin.InverseBind[i]);
                mesh.boneWeights = influences;
                mesh.bindposes = bind;
            }
            for (int m = 0; m < morphs; m++) AddMorph(mesh, source, m, count, surfaces);
            mesh.RecalculateBounds();
            return mesh;
        }

        private static void AddMorph(Mesh mesh, GltfMesh source, int morph, int count, List<SurfaceNormals> surfaces)
        {
            Vector3[] moved = new Vector3[count], directions = new Vector3[count];
            int start = 0;
            for (int part = 0; part < source.Primitives.Count; part++)
            {
                GltfPrimitive p = source.Primitives[part];
                Vector3[] turned = p.MorphNormals != null ? p.MorphNormals[morph] : surfaces[part].Turned(p.Morphs[morph]);
                for (int i = 0; i < p.Vertices.Length; i++)
                {
                    moved[start + i] = Handedness.ToUnity(p.Morphs[morph][i]);
                    directions[start + i] = Handedness.ToUnity(turned[i]);
                }
                start += p.Vertices.Length;
            }
            mesh.AddBlendShapeFrame(source.MorphNames[morph], GlbScene.FullWeight, moved, directions, null);
        }

        /// <summary>The four joints that weigh most; Unity's BoneWeight holds no more.</summary>
        private static BoneWeight Strongest(GltfPrimitive p, int vertex)
        {
            var weight = new BoneWeight { weight0 = 1 };
            if (p.Joints == null) return weight;
            var joints = new int[4];
            var shares = new float[4];
            for (int k = 0; k < p.Influences; k++)
            {
                float share = p.Weights[p.Influences * vertex + k];
                int place = 4;
                while (place > 0 && share > shares[place - 1]) place--;
                if (place == 4) continue;
                for (int i = 3; i > place; i--)
                {
                    shares[i] = shares[i - 1];
                    joints[i] = joints[i - 1];
                }
                shares[place] = share;
                joints[place] = p.Joints[p.Influences * vertex + k];
            }
            float sum = shares[0] + shares[1] + shares[2] + shares[3];
            weight.boneIndex0 = joints[0];
            weight.boneIndex1 = joints[1];
            weight.boneIndex2 = joints[2];
            weight.boneIndex3 = joints[3];
            weight.weight0 = shares[0] / sum;
            weight.weight1 = shares[1] / sum;
            weight.weight2 = shares[2] / sum;
            weight.weight3 = shares[3] / sum;
            return weight;
        }
    }
}
