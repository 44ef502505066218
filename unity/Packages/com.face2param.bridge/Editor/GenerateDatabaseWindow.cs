using System;
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Tools/GenerateDatabase: random faces for an imitator.</summary>
    public sealed class GenerateDatabaseWindow : EditorWindow
    {
        const float LeastWidth = 420, LeastHeight = 340;
        const double SecondsPerUpdate = 0.2;
        static readonly string[] Genders = { BatchArguments.Male, BatchArguments.Female };

        readonly DatabaseSettings settings = new DatabaseSettings();
        readonly List<string> families = new List<string>();
        IList<string> heads = new List<string>();
        int count = 2000, head, gender;
        string output;
        bool overwrite;
        HeadStudio studio;
        DatabaseSession session;

        [MenuItem("Tools/GenerateDatabase", false, 2)]
        static void Open()
        {
            var window = GetWindow<GenerateDatabaseWindow>("Generate Database");
            window.minSize = new Vector2(LeastWidth, LeastHeight);
            window.Show();
        }

        void OnEnable()
        {
            heads = Stage.HeadFiles();
            families.Clear();
            foreach (string path in heads)
            {
                families.Add(ProjectPaths.Family(path));
            }
        }

        void OnDisable()
        {
            Finish();
        }

        void OnGUI()
        {
            count = EditorGUILayout.IntField(
                new GUIContent("Count", "Four fifths are for training, one for validation"), count);
            settings.Seed = Math.Max(0, EditorGUILayout.IntField(
                new GUIContent("Seed", "The same seed gives the same faces"), (int)settings.Seed));
            settings.Spread = EditorGUILayout.Slider(
                new GUIContent("Spread", "1: the full range of every slider"),
                (float)settings.Spread, 0, 1);
            settings.Jitter = EditorGUILayout.Slider(
                new GUIContent("Jitter", "Amount of random expression and pose"),
                (float)settings.Jitter, 0, 1);
            settings.Size = EditorGUILayout.IntField(
                new GUIContent("Size", "Side of the pictures in pixels"), settings.Size);
            settings.Labels = EditorGUILayout.Toggle(
                new GUIContent("Labels", "Also write the class of each pixel"), settings.Labels);
            if (families.Count > 1)
            {
                head = EditorGUILayout.Popup(new GUIContent("Family"), head, Texts(families));
            }
            gender = EditorGUILayout.Popup(
                new GUIContent("Gender", "Ends the picture names: _3 male, _4 female"),
                gender, Texts(Genders));
            string proposed = ProjectPaths.Database(
                Application.dataPath, families.Count > 1 ? families[head] : "");
            EditorGUILayout.BeginHorizontal();
            output = EditorGUILayout.TextField(
                new GUIContent("Output"), string.IsNullOrEmpty(output) ? proposed : output);
            if (GUILayout.Button("...", GUILayout.Width(LeastWidth / 12)))
            {
                string chosen = EditorUtility.OpenFolderPanel("Output", output, "");
                output = string.IsNullOrEmpty(chosen) ? output : chosen;
            }
            EditorGUILayout.EndHorizontal();
            // The proposal follows the family until another folder is chosen.
            output = output == proposed ? null : output;
            overwrite = EditorGUILayout.Toggle(
                new GUIContent("Overwrite", "Delete the database that is in the folder"), overwrite);
            EditorGUI.BeginDisabledGroup(session != null);
            if (GUILayout.Button("Generate"))
            {
                Begin(output ?? proposed);
            }
            EditorGUI.EndDisabledGroup();
        }

        void Begin(string folder)
        {
            bool isSure = !overwrite || EditorUtility.DisplayDialog(
                "Generate Database", "Delete the database in " + folder + "?", "Delete", "Cancel");
            if (!isSure)
            {
                return;
            }
            try
            {
                string path = heads.Count > 1 ? heads[head] : null;
                studio = Stage.Open(
                    path, null, gender == 1 ? BytesFile.Female : BytesFile.Male);
                studio.RequireFor(settings);
                session = new DatabaseSession(studio, settings, folder, count, overwrite);
                overwrite = false;
                EditorApplication.update += OnUpdate;
            }
            catch (Face2ParamException error)
            {
                Fail(error);
            }
        }

        void OnUpdate()
        {
            string text = session.Done + " of " + session.Count + " faces";
            bool isCancelled = EditorUtility.DisplayCancelableProgressBar(
                "Generate Database", text, (float)session.Done / session.Count);
            try
            {
                if (isCancelled)
                {
                    int kept = session.Cancel();
                    Finish();
                    Debug.Log("face2param: cancelled; a database of " + kept + " faces is kept");
                    return;
                }
                double end = EditorApplication.timeSinceStartup + SecondsPerUpdate;
                while (session.Step())
                {
                    if (EditorApplication.timeSinceStartup > end)
                    {
                        return;
                    }
                }
                int count = session.Count;
                Finish();
                Debug.Log("face2param: a database of " + count + " faces is done");
            }
            catch (Exception error)
            {
                // Whatever went wrong: the progress bar must not stay.
                Fail(error);
            }
        }

        void Fail(Exception error)
        {
            Finish();
            Debug.LogException(error);
            EditorUtility.DisplayDialog("Generate Database", error.Message, "OK");
        }

        void Finish()
        {
            EditorApplication.update -= OnUpdate;
            EditorUtility.ClearProgressBar();
            if (studio != null)
            {
                studio.Dispose();
            }
            studio = null;
            session = null;
        }

        static GUIContent[] Texts(IList<string> names)
        {
            var texts = new GUIContent[names.Count];
            for (int i = 0; i < texts.Length; i++)
            {
                texts[i] = new GUIContent(names[i]);
            }
            return texts;
        }
    }
}
