using System;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Gives a head the label maps that Python wrote beside its head file.</summary>
    public static class LabelMapSetup
    {
        const string TableEnd = ".labels.json";

        /// <summary>Reads NAME.labels.json, which names a picture per "node/primitive"; without
        /// that file a head has its materials' classes only.</summary>
        /// <param name="headPath">The head file.</param>
        /// <param name="labels">Of the head.</param>
        /// <exception cref="CodecException">The table is damaged.</exception>
        /// <exception cref="EngineException">A picture that it names is not in the project.
        /// </exception>
        public static void Prepare(string headPath, FaceLabels labels)
        {
            int length = headPath.Length - Stage.HeadFileEnd.Length;
            if (!headPath.EndsWith(Stage.HeadFileEnd, StringComparison.OrdinalIgnoreCase)
                || !File.Exists(headPath.Substring(0, length) + TableEnd))
            {
                return;
            }
            string path = headPath.Substring(0, length) + TableEnd;
            JsonValue table = JsonReader.ReadObject(path, "label maps");
            foreach (FaceLabels.Entry entry in labels.entries)
            {
                JsonValue name = table[entry.renderer.name + "/" + entry.material];
                if (name != null && name.Kind == JsonKind.Text)
                {
                    entry.map = Load(headPath, Path.GetFileName(name.Text));
                }
            }
        }

        static Texture2D Load(string headPath, string name)
        {
            string path = Path.GetDirectoryName(headPath).Replace('\\', '/') + "/" + name;
            var importer = TextureImporter.GetAtPath(path) as TextureImporter;
            if (importer != null && (importer.sRGBTexture || importer.mipmapEnabled))
            {
                // Classes are numbers: nothing may mix or shrink them.
                importer.sRGBTexture = false;
                importer.mipmapEnabled = false;
                importer.filterMode = FilterMode.Point;
                importer.npotScale = TextureImporterNPOTScale.None;
                importer.textureCompression = TextureImporterCompression.Uncompressed;
                importer.SaveAndReimport();
            }
            var map = AssetDatabase.LoadAssetAtPath<Texture2D>(path);
            if (map == null)
            {
                throw new EngineException(
                    "the label map " + path + " is not in this project; copy it beside its head "
                    + "file, or delete the head's " + TableEnd + " file");
            }
            return map;
        }
    }
}
