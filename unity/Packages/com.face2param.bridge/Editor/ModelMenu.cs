using System;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Tools/SelectModel and Tools/SelectPicture: shows what a file holds.</summary>
    public static class ModelMenu
    {
        const int Size = 512, Supersample = 2, Quality = 92;
        static readonly string[] Models = { "Face", "bytes,json", "All files", "*" };

        [MenuItem("Tools/SelectModel", false, 3)]
        static void SelectModel()
        {
            string path = EditorUtility.OpenFilePanelWithFilters(
                "Select a model", ProjectPaths.Beside(Application.dataPath), Models);
            Try(path, () =>
            {
                PreviewWindow window = PreviewWindow.Get();
                window.Load(path);
                Draw(window.Character, "model_" + Path.GetFileNameWithoutExtension(path));
            });
        }

        [MenuItem("Tools/SelectPicture", false, 4)]
        static void SelectPicture()
        {
            string path = EditorUtility.OpenFilePanel(
                "Select a picture of a database",
                ProjectPaths.Database(Application.dataPath, ""), "jpg");
            Try(path, () =>
            {
                Character character = PictureLookup.Find(path);
                PreviewWindow.Get().Show(character);
                Draw(character, "picture_" + Path.GetFileNameWithoutExtension(path));
                Debug.Log("face2param: " + path + "\n" + ParamsJson.ToText(character));
            });
        }

        static void Draw(Character character, string name)
        {
            string path = ProjectPaths.Regular(Application.dataPath, name);
            using (HeadStudio studio = Stage.Open(null, null, BytesFile.Male))
            {
                studio.Show(character.Encode(), character.Schema.NeutralNuisance());
                Files.Write(path, studio.Camera.Jpeg(Size, Size, Supersample, Quality));
            }
            Debug.Log("face2param: drawn to " + path);
        }

        static void Try(string path, Action action)
        {
            if (string.IsNullOrEmpty(path))
            {
                return;
            }
            try
            {
                action();
            }
            catch (Face2ParamException error)
            {
                EditorUtility.DisplayDialog("face2param", error.Message, "OK");
            }
        }
    }
}
