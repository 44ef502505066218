#if !FACE2PARAM_OTHER_GLB_IMPORTER
using System.Collections.Generic;
using UnityEngine;
#if UNITY_2020_2_OR_NEWER
using UnityEditor.AssetImporters;
#else
using UnityEditor.Experimental.AssetImporters;
#endif

namespace Face2Param.Editor
{
    /// <summary>Imports binary glTF files: meshes with skin and blend shapes, materials, textures and
    /// a tree of GameObjects. Two importers of one suffix exclude each other, so this one steps
    /// back where the project has glTFast or UnityGLTF (see the assembly definition).</summary>
    [ScriptedImporter(2, "glb")]
    public sealed class GlbImporter : ScriptedImporter
    {
        public override void OnImportAsset(AssetImportContext ctx)
        {
            GlbScene scene;
            try
            {
                scene = GlbScene.Build(GlbFile.Read(ctx.assetPath));
            }
            catch (Face2ParamException error)
            {
                ctx.LogImportError(error.Message);
                return;
            }
            Add(ctx, "texture", scene.Textures);
            Add(ctx, "material", scene.Materials);
            Add(ctx, "mesh", scene.Meshes);
            ctx.AddObjectToAsset("root", scene.Root);
            ctx.SetMainObject(scene.Root);
        }

        private static void Add<T>(AssetImportContext ctx, string kind, IList<T> things) where T : Object
        {
            // By name, so that a scene keeps its references when the file changes.
            var names = new List<string>();
            foreach (T thing in things) names.Add(thing.name ?? "");
            string[] unique = GltfNames.Unique(names, kind);
            for (int i = 0; i < unique.Length; i++) ctx.AddObjectToAsset(kind + " " + unique[i], things[i]);
        }
    }
}
#endif
