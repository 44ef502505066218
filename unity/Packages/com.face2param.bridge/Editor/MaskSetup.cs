using System.Collections.Generic;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Prepares the mask pictures of a head: as numbers, not as light.</summary>
    public static class MaskSetup
    {
        const long MaximumBytes = 256L << 20;

        /// <summary>Sets the import of the masks, and tells the wearer which of them are grey.
        /// </summary>
        /// <param name="headPath">The head file; the masks are beside it.</param>
        /// <param name="wearer">Of the head; null where it has no makeup.</param>
        public static void Prepare(string headPath, MakeupWearer wearer)
        {
            if (wearer == null)
            {
                return;
            }
            wearer.greyMasks.Clear();
            var seen = new HashSet<string>();
            foreach (IList<HeadLayer> layers in HeadFile.Load(headPath).Layers.Values)
            {
                foreach (HeadLayer layer in layers)
                {
                    if (seen.Add(layer.Mask))
                    {
                        Prepare(headPath, layer.Mask, wearer);
                    }
                }
            }
        }

        static void Prepare(string headPath, string mask, MakeupWearer wearer)
        {
            string path = Path.GetDirectoryName(headPath).Replace('\\', '/') + "/" + mask;
            if (!File.Exists(path))
            {
                Debug.LogWarning("face2param: there is no mask " + path);
                return;
            }
            if (MakeupMask.IsGrey(Files.Read(path, MaximumBytes)))
            {
                wearer.greyMasks.Add(mask);
            }
            var importer = TextureImporter.GetAtPath(path) as TextureImporter;
            if (importer != null && importer.sRGBTexture)
            {
                importer.sRGBTexture = false;
                importer.mipmapEnabled = false;
                importer.wrapMode = TextureWrapMode.Clamp;
                importer.textureCompression = TextureImporterCompression.Uncompressed;
                importer.SaveAndReimport();
            }
        }
    }
}
