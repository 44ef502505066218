using System.Collections.Generic;
using System.IO;
using Face2Param;
using Face2Param.Editor;
using UnityEngine;
#if UNITY_2020_2_OR_NEWER
using UnityEditor.AssetImporters;
#else
using UnityEditor.Experimental.AssetImporters;
#endif

namespace Face2ParamDriver
{
    /// <summary>What the editor does with files of the project.</summary>
    public static class ImportCommands
    {
        [Command("import-glb")]
        public static string ImportGlb(string[] a)
        {
            var context = new AssetImportContext(a[0]);
            new GlbImporter().OnImportAsset(context);
            if (context.Errors.Count > 0) return "errors: " + string.Join("; ", context.Errors);
            return context.mainObject.name + ": " + string.Join(", ", context.Added.Keys);
        }

        // Corners of every submesh of every mesh, as Unity gets them.
        [Command("glb-corners")]
        public static string Corners(string[] a)
        {
            var text = new List<string>();
            foreach (Mesh mesh in GlbScene.Build(GlbFile.Read(a[0])).Meshes)
                for (int part = 0; part < mesh.subMeshCount; part++) text.Add(string.Join(" ", System.Array.ConvertAll(mesh.GetTriangles(part), c => c.ToString())));
            return string.Join("|", text);
        }

        // Model, mesh, output: its normals, then what each blend shape adds to them, as float32.
        [Command("glb-normals")]
        public static string Normals(string[] a)
        {
            Mesh mesh = GlbScene.Build(GlbFile.Read(a[0])).Meshes.Find(m => m.name == a[1] || m.name.StartsWith(a[1] + "_"));
            var added = new Vector3[mesh.vertexCount];
            using (var file = new BinaryWriter(File.Create(a[2])))
            {
                Write(file, mesh.normals);
                for (int shape = 0; shape < mesh.blendShapeCount; shape++)
                {
                    System.Array.Clear(added, 0, added.Length);
                    mesh.GetBlendShapeFrameVertices(shape, 0, new Vector3[added.Length], added, null);
                    Write(file, added);
                }
            }
            return "";
        }

        private static void Write(BinaryWriter file, Vector3[] values)
        {
            foreach (Vector3 v in values)
            {
                file.Write(v.x);
                file.Write(v.y);
                file.Write(v.z);
            }
        }

        [Command("glb-shaders")]
        public static string Shaders(string[] a)
        {
            return string.Join("|", GlbScene.Build(GlbFile.Read(a[0])).Materials.ConvertAll(m => m.name + " " + m.shader.name));
        }

        // A folder as a project's: head file, model, and pictures beside them.
        [Command("set-up-head")]
        public static string SetUpHead(string[] a)
        {
            UnityEditor.AssetDatabase.Assets.Clear();
            foreach (string path in Directory.GetFiles(a[0]))
            {
                string asset = "Assets/" + Path.GetFileName(path);
                if (path.EndsWith(".json")) UnityEditor.AssetDatabase.Assets[asset] = new TextAsset(File.ReadAllText(path)) { name = Path.GetFileName(path) };
                if (path.EndsWith(".glb")) UnityEditor.AssetDatabase.Assets[asset] = GlbScene.Build(GlbFile.Read(path)).Root;
                if (path.EndsWith(".png")) UnityEditor.AssetDatabase.Assets[asset] = new Texture2D(2, 2) { name = asset };
            }
            GameObject made = HeadSetup.Create("Assets/" + a[1]);
            return made.GetComponent<FaceRig>().Schema.Hash;
        }
    }
}
