using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Puts a head into the scene: the model of a head file, with a rig that knows the
    /// file and its pictures.</summary>
    public static class HeadSetup
    {
        /// <summary>Makes the object.</summary>
        /// <param name="headAssetPath">The head file in the project, such as
        /// "Assets/Heads/builtin/builtin.schema.json".</param>
        /// <exception cref="CodecException">The file is damaged.</exception>
        /// <exception cref="EngineException">There is no such asset, or the model or a picture is missing,
        /// or does not fit; the message names it.</exception>
        public static GameObject Create(string headAssetPath)
        {
            var head = AssetDatabase.LoadAssetAtPath<TextAsset>(headAssetPath);
            if (head == null) throw new EngineException(headAssetPath + " is no head file of this project; copy it below Assets/ first");
            HeadFile file = HeadFile.Parse(head.text, "head file " + headAssetPath);
            string folder = headAssetPath.Substring(0, headAssetPath.LastIndexOf('/') + 1), modelPath = Beside(folder, file.Model);
            var prefab = AssetDatabase.LoadAssetAtPath<GameObject>(modelPath);
            if (prefab == null) throw new EngineException(headAssetPath + ": its model " + modelPath + " is not in this project or was not imported");
            var made = (GameObject)PrefabUtility.InstantiatePrefab(prefab);
            try
            {
                var rig = made.GetComponent<FaceRig>();
                if (rig == null) rig = made.AddComponent<FaceRig>();
                rig.Set(head, Pictures(file, folder, headAssetPath));
                rig.Apply(rig.Schema.Neutral());
            }
            catch (Face2ParamException)
            {
                Object.DestroyImmediate(made);
                throw;
            }
            return made;
        }

        /// <summary>Names of the masks and textures of a head file, each once.</summary>
        public static IList<string> PictureNames(HeadFile file)
        {
            var names = new List<string>();
            foreach (IList<HeadLayer> layers in file.Layers.Values)
                foreach (HeadLayer layer in layers) if (!names.Contains(layer.Mask)) names.Add(layer.Mask);
            foreach (IList<OptionChannel> channels in file.Options.Values)
                foreach (OptionChannel channel in channels) if (channel.Image != null && !names.Contains(channel.Image)) names.Add(channel.Image);
            return names;
        }

        private static List<NamedTexture> Pictures(HeadFile file, string folder, string where)
        {
            var found = new List<NamedTexture>();
            foreach (string name in PictureNames(file))
            {
                var texture = AssetDatabase.LoadAssetAtPath<Texture2D>(Beside(folder, name));
                if (texture == null) throw new EngineException(where + ": its picture " + Beside(folder, name) + " is not in this project");
                found.Add(new NamedTexture { name = name, texture = texture });
            }
            return found;
        }

        private static string Beside(string folder, string name)
        {
            string[] parts = name.Replace('\\', '/').Split('/');
            if (parts[0] == "" || parts[0].Contains(":") || System.Array.IndexOf(parts, "..") >= 0)
                throw new CodecException("'" + name + "' leaves the folder of the head file; put the file beside it");
            return folder + string.Join("/", parts);
        }
    }
}
