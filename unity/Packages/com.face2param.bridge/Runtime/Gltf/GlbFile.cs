using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// Reads binary glTF 2.0 files (.glb) that somebody else wrote: sizes first, then memory. What
    /// the default scene shows is read, as Python's face2param.meshes.gltf does: nodes, meshes with
    /// morph targets, skins, materials, pictures. Animations, cameras and lights are left out.
    /// </summary>
    public static class GlbFile
    {
        public const long MaximumBytes = 512L << 20;

        /// <summary>The numbers of a model may take this many times the bytes of its file, but at
        /// least 64 MiB; sparse morphs and bytes become many floats.</summary>
        private const int Expansion = 64;

        private static readonly string[] Extensions =
        {
            "KHR_materials_emissive_strength", "KHR_materials_unlit", "KHR_mesh_quantization", "KHR_texture_transform",
        };

        /// <summary>Reads a file.</summary>
        /// <exception cref="CodecException">No such file, too large, damaged, or it requires an extension
        /// that is not read, such as Draco compression; the message names the place in the file.</exception>
        public static GltfModel Read(string path)
        {
            return Parse(Files.Read(path, MaximumBytes), path, System.IO.Path.GetFileNameWithoutExtension(path));
        }

        /// <summary>Reads the bytes of a file.</summary>
        /// <param name="data">All of it.</param>
        /// <param name="where">The file's name, for messages.</param>
        /// <param name="name">Of the model, where its scene has none.</param>
        /// <exception cref="CodecException">See Read.</exception>
        public static GltfModel Parse(byte[] data, string where, string name)
        {
            if (data.Length < 12 || LittleEndian.Int(data, 0) != 0x46546C67)
                throw new CodecException(where + " is no GLB file: its first bytes are not 'glTF'; save the model as one .glb file");
            if (LittleEndian.Int(data, 4) != 2) throw new CodecException(where + " is GLB version " + LittleEndian.Int(data, 4) + "; only version 2 is read");
            long length = (uint)LittleEndian.Int(data, 8);
            if (length > data.Length) throw new CodecException(where + " is cut off: " + length + " bytes promised, got " + data.Length);
            int binary = 0, binaryLength = 0;
            JsonValue json = null;
            for (long place = 12; place + 8 <= length;)
            {
                long size = (uint)LittleEndian.Int(data, (int)place);
                int kind = LittleEndian.Int(data, (int)place + 4);
                place += 8;
                if (place + size > length) throw new CodecException(where + ": the chunk at byte " + (place - 8) + " has " + size + " bytes, " + (length - place) + " are left");
                if (json == null)
                {
                    if (kind != 0x4E4F534A) throw new CodecException(where + ": the first chunk must be JSON");
                    int end = (int)(place + size);
                    while (end > place && (data[end - 1] == 0 || data[end - 1] == ' ')) end--;
                    json = JsonReader.Parse(data, (int)place, end - (int)place, where);
                }
                else if (kind == 0x004E4942 && binary == 0)
                {
                    binary = (int)place;
                    binaryLength = (int)size;
                }
                place += size;
            }
            if (json == null) throw new CodecException(where + " has no JSON chunk; it is damaged");
            var root = new GltfItem(json, where);
            Check(root, where);
            long limit = Math.Max(64L << 20, Expansion * (long)data.Length);
            return Model(root, data, new GltfAccessors(root, data, binary, binaryLength, where, limit), name);
        }

        private static void Check(GltfItem root, string where)
        {
            GltfItem asset = root.Item("asset");
            string version = asset == null ? "" : asset.Text("version");
            if (version.Split('.')[0] != "2") throw new CodecException(where + " is no glTF 2.0 file: asset.version is '" + version + "'; export it anew as glTF 2.0");
            foreach (string extension in root.Texts("extensionsRequired"))
            {
                if (Array.IndexOf(Extensions, extension) >= 0) continue;
                bool draco = extension.ToLowerInvariant().Contains("draco");
                throw new CodecException(where + " requires the extension " + extension + ", which is not read; export the model without " + (draco ? "Draco compression" : "it"));
            }
        }

        private static GltfModel Model(GltfItem root, byte[] data, GltfAccessors accessors, string name)
        {
            var model = new GltfModel { Name = SceneName(root, name) };
            var materials = new GltfMaterials(root, accessors, data);
            model.Materials = materials.Found;
            model.Textures = materials.Textures;
            var tree = new GltfTree(root);
            IList<GltfItem> meshes = root.Items("meshes"), skins = root.Items("skins");
            var named = new List<string>();
            foreach (GltfItem item in meshes) named.Add(item.Text("name"));
            string[] names = GltfNames.Unique(named, "mesh");
            var shown = new SortedDictionary<int, int>();
            foreach (int index in tree.Kept)
            {
                int mesh = tree.Items[index].Index("mesh", meshes.Count);
                if (mesh >= 0) shown[mesh] = -1;
            }
            var reader = new GltfMeshes(accessors, materials);
            foreach (int index in new List<int>(shown.Keys))
            {
                GltfMesh mesh = reader.Read(meshes[index], names[index]);
                if (mesh == null) continue;
                shown[index] = model.Meshes.Count;
                model.Meshes.Add(mesh);
            }
            var places = new Dictionary<int, int>();
            foreach (int index in tree.Kept) places[index] = places.Count;
            var skinPlaces = new Dictionary<int, int>();
            foreach (int index in tree.Kept)
            {
                GltfItem item = tree.Items[index];
                var node = new GltfNode { Name = tree.Names[index], Parent = tree.Parents[index] < 0 ? -1 : places[tree.Parents[index]] };
                tree.Place(index, node);
                int mesh = item.Index("mesh", meshes.Count), skin = item.Index("skin", skins.Count);
                node.Mesh = mesh < 0 ? -1 : shown[mesh];
                if (node.Mesh >= 0) node.Weights = Weights(item, model.Meshes[node.Mesh].MorphNames.Length);
                if (node.Mesh >= 0 && skin >= 0)
                {
                    if (!skinPlaces.ContainsKey(skin))
                    {
                        skinPlaces[skin] = model.Skins.Count;
                        model.Skins.Add(Skin(skins[skin], skin, tree, places, accessors));
                    }
                    node.Skin = skinPlaces[skin];
                    CheckJoints(item, model.Meshes[node.Mesh], model.Skins[node.Skin].Joints.Length);
                }
                model.Nodes.Add(node);
            }
            return model;
        }

        private static float[] Weights(GltfItem item, int count)
        {
            float[] weights = item.Numbers("weights", -1);
            if (weights == null || weights.Length == 0) return null;
            if (weights.Length != count) throw item.Error("weights", "must hold " + count + " numbers, got " + weights.Length);
            return weights;
        }

        private static void CheckJoints(GltfItem item, GltfMesh mesh, int joints)
        {
            foreach (GltfPrimitive primitive in mesh.Primitives)
                foreach (int joint in primitive.Joints ?? new int[0])
                    if (joint >= joints) throw item.Error("has a mesh that names joint " + joint + " of a skin of " + joints);
        }

        private static GltfSkin Skin(GltfItem item, int number, GltfTree tree, Dictionary<int, int> places, GltfAccessors accessors)
        {
            int[] joints = item.Indices("joints", tree.Items.Count);
            if (joints.Length == 0) throw item.Error("joints", "must be nodes of the scene");
            var skin = new GltfSkin { Name = item.Text("name"), Joints = new int[joints.Length], InverseBind = new Matrix4x4[joints.Length] };
            if (skin.Name == "") skin.Name = "skin_" + number;
            int index = item.Index("inverseBindMatrices", accessors.Count);
            float[] inverse = index < 0 ? null : accessors.Floats(index, "MAT4");
            if (inverse != null && inverse.Length < 16 * joints.Length) throw item.Error("has " + joints.Length + " joints, but " + inverse.Length / 16 + " inverseBindMatrices");
            for (int i = 0; i < joints.Length; i++)
            {
                skin.Joints[i] = places[joints[i]];
                var matrix = Matrix4x4.identity;
                for (int c = 0; c < 4 && inverse != null; c++)
                    matrix.SetColumn(c, new Vector4(inverse[16 * i + 4 * c], inverse[16 * i + 4 * c + 1], inverse[16 * i + 4 * c + 2], inverse[16 * i + 4 * c + 3]));
                skin.InverseBind[i] = matrix;
            }
            return skin;
        }

        private static string SceneName(GltfItem root, string name)
        {
            IList<GltfItem> scenes = root.Items("scenes");
            string found = scenes.Count == 0 ? "" : scenes[root.Integer("scene", 0, 0, scenes.Count - 1)].Text("name");
            return found == "" ? name : found;
        }
    }
}
