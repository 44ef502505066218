using System.Collections.Generic;
using System.IO;
using System.Text;
using Face2Param;
using UnityEngine;

namespace Face2ParamDriver
{
    /// <summary>GLB files and rigs. Arrays go back as JSON; float32 as the texts that read back to them.</summary>
    public static class RigCommands
    {
        private static FaceRig rig;
        private static GlbScene scene;
        private static ValueRule rule;
        private static RigModel plain;

        [Command("glb-read")]
        public static string GlbRead(string[] a)
        {
            GltfModel model = GlbFile.Read(a[0]);
            return model.Nodes.Count + " " + model.Meshes.Count;
        }

        [Command("glb-dump")]
        public static string GlbDump(string[] a)
        {
            GltfModel model = GlbFile.Read(a[0]);
            JsonValue nodes = JsonValue.NewList(), meshes = JsonValue.NewList(), skins = JsonValue.NewList(), materials = JsonValue.NewList(), textures = JsonValue.NewList();
            foreach (GltfNode n in model.Nodes)
                nodes.Add(JsonValue.NewObject().Add("name", JsonValue.Of(n.Name)).Add("parent", JsonValue.Of(n.Parent))
                    .Add("translation", List(n.Translation)).Add("rotation", JsonValue.ListOf(new[] { n.Rotation.x, n.Rotation.y, n.Rotation.z, n.Rotation.w }))
                    .Add("scale", List(n.Scale)).Add("mesh", JsonValue.Of(n.Mesh)).Add("skin", JsonValue.Of(n.Skin)).Add("weights", Floats(n.Weights)));
            foreach (GltfMesh m in model.Meshes)
            {
                JsonValue parts = JsonValue.NewList();
                foreach (GltfPrimitive p in m.Primitives) parts.Add(Primitive(p));
                meshes.Add(JsonValue.NewObject().Add("name", JsonValue.Of(m.Name)).Add("morph_names", JsonValue.ListOf(m.MorphNames))
                    .Add("morph_weights", Floats(m.MorphWeights)).Add("primitives", parts));
            }
            foreach (GltfSkin s in model.Skins)
            {
                var all = new List<float>();
                foreach (Matrix4x4 m in s.InverseBind) for (int r = 0; r < 4; r++) for (int c = 0; c < 4; c++) all.Add(m[r, c]);
                skins.Add(JsonValue.NewObject().Add("joints", Ints(s.Joints)).Add("inverse_bind", JsonValue.ListOf(all)));
            }
            foreach (GltfMaterial m in model.Materials)
                materials.Add(JsonValue.NewObject().Add("name", JsonValue.Of(m.Name)).Add("base_color", List(m.BaseColor)).Add("base_texture", JsonValue.Of(m.BaseTexture))
                    .Add("normal_texture", JsonValue.Of(m.NormalTexture)).Add("normal_scale", JsonValue.Of(m.NormalScale)).Add("metallic", JsonValue.Of(m.Metallic))
                    .Add("roughness", JsonValue.Of(m.Roughness)).Add("emissive", JsonValue.ListOf(new[] { m.Emissive.r, m.Emissive.g, m.Emissive.b }))
                    .Add("alpha_mode", JsonValue.Of(m.AlphaMode)).Add("alpha_cutoff", JsonValue.Of(m.AlphaCutoff)).Add("double_sided", JsonValue.Of(m.DoubleSided)).Add("unlit", JsonValue.Of(m.Unlit)));
            foreach (GltfTexture t in model.Textures)
            {
                int width, height;
                PictureSize.Read(t.Encoded, 0, t.Encoded.Length, out width, out height);
                textures.Add(JsonValue.NewObject().Add("name", JsonValue.Of(t.Name)).Add("size", Ints(new[] { height, width })).Add("wrap", JsonValue.ListOf(new[] { t.WrapU, t.WrapV })));
            }
            Write(a[1], JsonValue.NewObject().Add("name", JsonValue.Of(model.Name)).Add("nodes", nodes).Add("meshes", meshes).Add("skins", skins)
                .Add("materials", materials).Add("textures", textures));
            return "";
        }

        [Command("head-read")]
        public static string HeadRead(string[] a)
        {
            HeadFile head = HeadFile.Load(a[0]);
            return head.Schema.Hash + " " + head.Sliders.Count + " " + head.Options.Count;
        }

        // model.glb, head file, [image names]
        [Command("rig-load")]
        public static string RigLoad(string[] a)
        {
            GltfModel model = GlbFile.Read(a[0]);
            plain = RigModel.Of(model);
            rule = new ValueRule(plain, HeadFile.Load(a[1]));
            scene = GlbScene.Build(model);
            rig = scene.Root.AddComponent<FaceRig>();
            var images = new List<NamedTexture>();
            for (int i = 2; i < a.Length; i++) images.Add(new NamedTexture { name = a[i], texture = new Texture2D(2, 2) { name = a[i] } });
            rig.Set(new TextAsset(File.ReadAllText(a[1])), images);
            return rig.Schema.Hash;
        }

        // params.json, nuisance floats, output: the rule's numbers, and where Unity's objects draw.
        [Command("rig-pose")]
        public static string RigPose(string[] a)
        {
            Character character = ParamsJson.Read(a[0], rig.Schema);
            byte[] data = File.ReadAllBytes(a[1]);
            float[] nuisance = LittleEndian.Floats(data, 0, data.Length / 4);
            RigOutcome outcome = rule.Apply(character, nuisance);
            JsonValue weights = JsonValue.NewObject(), positions = JsonValue.NewList(), rotations = JsonValue.NewList(), scales = JsonValue.NewList(), shown = JsonValue.NewList();
            for (int i = 0; i < plain.Nodes.Count; i++)
            {
                var w = new float[plain.Nodes[i].MorphNames.Count];
                for (int m = 0; m < w.Length; m++) w[m] = outcome.MorphWeight(i, m);
                if (w.Length > 0) weights.Add(i.ToString(), JsonValue.ListOf(w));
                positions.Add(List(outcome.Position(i)));
                scales.Add(List(outcome.Scale(i)));
                Quaternion q = outcome.Rotations[i];
                rotations.Add(JsonValue.ListOf(new[] { q.x, q.y, q.z, q.w }));
                shown.Add(JsonValue.Of(outcome.Shown[i]));
            }
            rig.Apply(character, nuisance);
            JsonValue drawn = JsonValue.NewObject(), materials = JsonValue.NewObject(), layers = JsonValue.NewObject();
            foreach (GltfLike part in Drawn()) drawn.Add(part.Name, Vectors(part.Vertices));
            foreach (RigModel.Surface s in plain.Surfaces)
            {
                Material material = rig.MaterialsNamed(s.Name)[0];
                Texture texture = material.GetTexture("_MainTex");
                materials.Add(s.Name, JsonValue.NewObject().Add("base_color", List(material.GetColor("_Color").linear)).Add("roughness", JsonValue.Of(1 - material.GetFloat("_Glossiness")))
                    .Add("metallic", JsonValue.Of(material.GetFloat("_Metallic"))).Add("texture", texture == null ? JsonValue.Null : JsonValue.Of(texture.name))
                    .Add("swapped", JsonValue.Of(rig.Outcome.TextureOf(s.Name, "base"))));
                JsonValue worn = JsonValue.NewList();
                foreach (HeadLayer l in rig.Outcome.Layers(s.Name))
                    worn.Add(JsonValue.NewObject().Add("name", JsonValue.Of(l.Name)).Add("color", JsonValue.ListOf(l.Color))
                        .Add("numbers", JsonValue.ListOf(new[] { l.Amount, l.Hue, l.Saturation, l.Value, l.OffsetX, l.OffsetY, l.Rotation, l.Scale })));
                layers.Add(s.Name, worn);
            }
            Vector3[] points = rig.WorldLandmarks();
            Write(a[2], JsonValue.NewObject().Add("weights", weights).Add("positions", positions).Add("rotations", rotations).Add("scales", scales).Add("shown", shown)
                .Add("root_position", List(outcome.RootPosition)).Add("root_rotation", JsonValue.ListOf(new[] { outcome.RootRotation.x, outcome.RootRotation.y, outcome.RootRotation.z, outcome.RootRotation.w }))
                .Add("drawn", drawn).Add("materials", materials).Add("layers", layers).Add("landmarks", points == null ? JsonValue.Null : Vectors(points)));
            return "";
        }

        [Command("glob")]
        public static string Matches(string[] a) { return Glob.Matches(a[0], a[1]) ? "yes" : "no"; }

        private struct GltfLike
        {
            public string Name;
            public Vector3[] Vertices;
        }

        private static IEnumerable<GltfLike> Drawn()
        {
            var nodes = scene.Root.GetComponent<ModelNodes>();
            for (int i = 0; i < nodes.nodes.Length; i++)
            {
                GameObject holder = nodes.nodes[i].gameObject;
                if (!holder.activeInHierarchy || holder.GetComponent<Renderer>() == null) continue;
                yield return new GltfLike { Name = nodes.names[i], Vertices = RigScene.WorldVertices(holder.transform) };
            }
        }

        private static JsonValue Primitive(GltfPrimitive p)
        {
            JsonValue morphs = JsonValue.NewList();
            foreach (Vector3[] morph in p.Morphs) morphs.Add(Vectors(morph));
            JsonValue turned = p.MorphNormals == null ? JsonValue.Null : JsonValue.NewList();
            foreach (Vector3[] morph in p.MorphNormals ?? new Vector3[0][]) turned.Add(Vectors(morph));
            return JsonValue.NewObject().Add("vertices", Vectors(p.Vertices)).Add("faces", Ints(p.Triangles)).Add("normals", Vectors(p.Normals))
                .Add("tangents", Rows(p.Tangents, v => List((Color)v))).Add("uv", Rows(p.Uv, v => JsonValue.ListOf(new[] { v.x, v.y })))
                .Add("normal_uv", Rows(p.NormalUv, v => JsonValue.ListOf(new[] { v.x, v.y }))).Add("colours", Rows(p.Colours, List))
                .Add("joints", Ints(p.Joints)).Add("weights", Floats(p.Weights)).Add("morphs", morphs).Add("morph_normals", turned).Add("material", JsonValue.Of(p.Material));
        }

        private static JsonValue Rows<T>(T[] values, System.Func<T, JsonValue> row)
        {
            if (values == null) return JsonValue.Null;
            JsonValue list = JsonValue.NewList();
            foreach (T value in values) list.Add(row(value));
            return list;
        }

        private static JsonValue Vectors(Vector3[] values) { return Rows(values, List); }
        private static JsonValue Floats(float[] values) { return values == null ? JsonValue.Null : JsonValue.ListOf(values); }
        private static JsonValue Ints(int[] values) { return Rows(values, v => JsonValue.Of(v)); }
        private static JsonValue List(Vector3 v) { return JsonValue.ListOf(new[] { v.x, v.y, v.z }); }
        private static JsonValue List(Color c) { return JsonValue.ListOf(new[] { c.r, c.g, c.b, c.a }); }
        private static void Write(string path, JsonValue value) { Files.Write(path, new UTF8Encoding(false).GetBytes(JsonWriter.Compact(value))); }
    }
}
