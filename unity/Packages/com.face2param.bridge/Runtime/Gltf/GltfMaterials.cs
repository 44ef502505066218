using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Which coordinates a texture is looked up with: set n of TEXCOORD_n, and a 2 x 3
    /// matrix row by row (KHR_texture_transform), or null.</summary>
    internal sealed class GltfCoordinates
    {
        public int Set;
        public double[] Matrix;

        public bool Same(GltfCoordinates other)
        {
            if (Set != other.Set || Matrix == null != (other.Matrix == null)) return false;
            for (int i = 0; Matrix != null && i < 6; i++) if (Matrix[i] != other.Matrix[i]) return false;
            return true;
        }

        public Vector2[] Apply(float[] uv)
        {
            var moved = new Vector2[uv.Length / 2];
            for (int i = 0; i < moved.Length; i++)
            {
                double u = uv[2 * i], v = uv[2 * i + 1];
                moved[i] = Matrix == null ? new Vector2((float)u, (float)v)
                    : new Vector2((float)(Matrix[0] * u + Matrix[1] * v + Matrix[2]), (float)(Matrix[3] * u + Matrix[4] * v + Matrix[5]));
            }
            return moved;
        }
    }

    /// <summary>Materials and pictures of a glTF file.</summary>
    internal sealed class GltfMaterials
    {
        public const int MaximumSide = 8192;

        public readonly List<GltfMaterial> Found = new List<GltfMaterial>();
        public readonly List<GltfTexture> Textures = new List<GltfTexture>();

        /// <summary>Coordinates of each material's base texture and normal map, null without one.</summary>
        public readonly List<GltfCoordinates> Base = new List<GltfCoordinates>(), Normal = new List<GltfCoordinates>();

        private readonly IList<GltfItem> textures, images, samplers;
        private readonly GltfAccessors accessors;
        private readonly byte[] data;
        private readonly SortedDictionary<int, GltfTexture> used = new SortedDictionary<int, GltfTexture>();

        public GltfMaterials(GltfItem root, GltfAccessors accessors, byte[] data)
        {
            this.accessors = accessors;
            this.data = data;
            textures = root.Items("textures");
            images = root.Items("images");
            samplers = root.Items("samplers");
            IList<GltfItem> items = root.Items("materials");
            var named = new List<string>();
            foreach (GltfItem item in items) named.Add(item.Text("name"));
            string[] names = GltfNames.Unique(named, "material");
            for (int i = 0; i < names.Length; i++) Found.Add(Read(items[i], names[i]));
            var places = new Dictionary<int, int>();
            foreach (KeyValuePair<int, GltfTexture> pair in used)
            {
                places[pair.Key] = Textures.Count;
                Textures.Add(pair.Value);
            }
            foreach (GltfMaterial material in Found)
            {
                if (material.BaseTexture >= 0) material.BaseTexture = places[material.BaseTexture];
                if (material.NormalTexture >= 0) material.NormalTexture = places[material.NormalTexture];
            }
        }

        private GltfMaterial Read(GltfItem item, string name)
        {
            var made = new GltfMaterial { Name = name };
            GltfItem surface = item.Item("pbrMetallicRoughness"), picture = null, normal = item.Item("normalTexture");
            if (surface != null)
            {
                picture = surface.Item("baseColorTexture");
                made.BaseColor = Colour(surface.Numbers("baseColorFactor", 4), Color.white);
                made.Metallic = Mathf.Clamp01(surface.Number("metallicFactor", 1));
                made.Roughness = Mathf.Clamp01(surface.Number("roughnessFactor", 1));
                // The picture that says where a surface is metal is not read, and its factor is 1 by
                // default, which would make a face of metal.
                if (surface.Has("metallicRoughnessTexture")) made.Metallic = 0;
            }
            made.BaseTexture = Texture(picture);
            made.NormalTexture = Texture(normal);
            Base.Add(picture == null ? null : Coordinates(picture));
            Normal.Add(normal == null ? null : Coordinates(normal));
            if (normal != null) made.NormalScale = normal.Number("scale", 1);
            float[] emissive = item.Numbers("emissiveFactor", 3);
            if (emissive != null)
            {
                GltfItem strength = item.Extension("KHR_materials_emissive_strength");
                float factor = strength == null ? 1 : strength.Number("emissiveStrength", 1);
                made.Emissive = new Color(emissive[0] * factor, emissive[1] * factor, emissive[2] * factor);
            }
            string mode = item.Text("alphaMode");
            if (mode != "" && mode != "OPAQUE" && mode != "MASK" && mode != "BLEND") throw item.Error("alphaMode", "must be OPAQUE, MASK or BLEND, got '" + mode + "'");
            made.AlphaMode = mode == "" ? "opaque" : mode.ToLowerInvariant();
            made.AlphaCutoff = item.Number("alphaCutoff", 0.5);
            made.DoubleSided = item.Flag("doubleSided");
            made.Unlit = item.Extension("KHR_materials_unlit") != null;
            return made;
        }

        private static Color Colour(float[] v, Color otherwise)
        {
            return v == null ? otherwise : new Color(Mathf.Clamp01(v[0]), Mathf.Clamp01(v[1]), Mathf.Clamp01(v[2]), Mathf.Clamp01(v[3]));
        }

        private static GltfCoordinates Coordinates(GltfItem info)
        {
            int set = info.Integer("texCoord", 0, 0, 15);
            GltfItem moved = info.Extension("KHR_texture_transform");
            if (moved == null) return new GltfCoordinates { Set = set };
            float[] offset = moved.Numbers("offset", 2) ?? new float[2], scale = moved.Numbers("scale", 2) ?? new[] { 1f, 1f };
            double angle = moved.Number("rotation", 0), c = Math.Cos(angle), s = Math.Sin(angle);
            return new GltfCoordinates
            {
                Set = moved.Integer("texCoord", set, 0, 15),
                Matrix = new[] { c * scale[0], s * scale[1], offset[0], -s * scale[0], c * scale[1], offset[1] },
            };
        }

        private int Texture(GltfItem info)
        {
            if (info == null) return -1;
            int index = info.Integer("index", -1, 0, textures.Count - 1);
            if (used.ContainsKey(index)) return index;
            GltfItem item = textures[index];
            int source = item.Index("source", images.Count);
            if (source < 0) throw item.Error("has no PNG or JPEG picture; export it with PNG");
            var made = new GltfTexture { Name = item.Text("name") };
            if (made.Name == "") made.Name = images[source].Text("name");
            if (made.Name == "") made.Name = "texture_" + index;
            made.Encoded = Picture(images[source]);
            int sampler = item.Index("sampler", samplers.Count);
            if (sampler >= 0)
            {
                made.WrapU = Wrap(samplers[sampler], "wrapS");
                made.WrapV = Wrap(samplers[sampler], "wrapT");
            }
            used.Add(index, made);
            return index;
        }

        private byte[] Picture(GltfItem image)
        {
            if (!image.Has("bufferView")) throw image.Error("is not inside the file; save the model as one .glb file with its pictures");
            int offset, size, stride;
            accessors.View(image.Integer("bufferView", -1, 0, accessors.ViewCount - 1), out offset, out size, out stride);
            int width, height;
            if (!PictureSize.Read(data, offset, size, out width, out height)) throw image.Error("is no PNG or JPEG picture");
            // Unity decodes it later; a small file may stand for a huge picture.
            if (width < 1 || height < 1 || width > MaximumSide || height > MaximumSide)
                throw image.Error("has " + width + "x" + height + " pixels; at most " + MaximumSide + " a side are read");
            accessors.Take(size + (long)width * height * 4);
            var bytes = new byte[size];
            Buffer.BlockCopy(data, offset, bytes, 0, size);
            return bytes;
        }

        private static string Wrap(GltfItem sampler, string name)
        {
            int code = sampler.Integer(name, 10497, 0, int.MaxValue);
            if (code == 10497) return "repeat";
            if (code == 33071) return "clamp";
            if (code == 33648) return "mirror";
            throw sampler.Error(name, "must be one of 10497, 33071, 33648, got " + code);
        }
    }
}
