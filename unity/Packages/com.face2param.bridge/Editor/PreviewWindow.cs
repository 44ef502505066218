using System;
using System.Collections.Generic;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Tools/Preview: shapes a face by hand.</summary>
    public sealed class PreviewWindow : EditorWindow
    {
        const int PictureSize = 512;
        const float LeastWidth = 360, LeastHeight = 480;
        static readonly string[] FileKinds = { "Parameters", "json,bytes", "All files", "*" };

        readonly Dictionary<string, bool> isOpen = new Dictionary<string, bool>();
        PreviewModel model;
        IList<PreviewRow> rows;
        HeadStudio studio;
        PreviewState state;
        Texture2D picture;
        Vector2 scroll;
        long seed = 1;
        float spread = 1;
        string problem;
        bool isStale;

        /// <summary>What is shown; null before <see cref="Begin"/>.</summary>
        public Character Character
        {
            get { return model == null ? null : model.Character; }
        }

        [MenuItem("Tools/Preview", false, 1)]
        static void Open()
        {
            Get().Show();
        }

        /// <summary>The window, opened where it was not.</summary>
        public static PreviewWindow Get()
        {
            var window = GetWindow<PreviewWindow>("Preview");
            window.minSize = new Vector2(LeastWidth, LeastHeight);
            return window;
        }

        /// <summary>Shows a character and its picture.</summary>
        /// <exception cref="Face2ParamException">There is no head, or it takes other characters.
        /// </exception>
        public void Show(Character character)
        {
            Begin();
            model.Show(character);
            Show();
        }

        /// <summary>Loads a params.json or .bytes file and shows it.</summary>
        public void Load(string path)
        {
            Begin();
            model.Load(path);
            Show();
        }

        /// <summary>Makes the model, the camera and, where there is none, the head.</summary>
        public void Begin()
        {
            if (model != null && studio != null && studio.IsAlive)
            {
                return;
            }
            End();
            studio = Stage.Open(null, null, BytesFile.Male);
            model = new PreviewModel(studio.Schema);
            rows = PreviewRow.Of(studio.Schema);
            state = CreateInstance<PreviewState>();
            state.hideFlags = HideFlags.HideAndDontSave;
            model.Changed += OnChanged;
            Undo.undoRedoPerformed += OnUndo;
            isStale = true;
        }

        void OnDisable()
        {
            End();
        }

        void End()
        {
            Undo.undoRedoPerformed -= OnUndo;
            if (studio != null)
            {
                studio.Dispose();
            }
            DestroyImmediate(picture);
            DestroyImmediate(state);
            model = null;
            studio = null;
            picture = null;
            state = null;
        }

        void OnChanged()
        {
            if (state.step != model.Step)
            {
                Undo.RecordObject(state, "Face");
                state.step = model.Step;
            }
            isStale = true;
            Repaint();
        }

        void OnUndo()
        {
            model.GoTo(state.step);
        }

        void OnGUI()
        {
            Try(Begin);
            if (problem != null)
            {
                EditorGUILayout.HelpBox(problem, MessageType.Error);
                if (GUILayout.Button("Try again"))
                {
                    problem = null;
                }
                return;
            }
            if (isStale && Event.current.type == EventType.Layout)
            {
                isStale = false;
                Try(Draw);
            }
            if (picture != null)
            {
                Rect place = GUILayoutUtility.GetRect(LeastWidth, LeastWidth);
                GUI.DrawTexture(place, picture, ScaleMode.ScaleToFit);
            }
            Buttons();
            scroll = EditorGUILayout.BeginScrollView(scroll);
            Parameters();
            Nuisance();
            EditorGUILayout.EndScrollView();
            if (Event.current.rawType == EventType.MouseUp)
            {
                model.EndDrag();
            }
        }

        void Draw()
        {
            DestroyImmediate(picture);
            picture = studio.Picture(model.Character, model.Nuisance, PictureSize, 1);
            picture.Apply();
        }

        void Buttons()
        {
            EditorGUILayout.BeginHorizontal();
            EditorGUI.BeginDisabledGroup(!model.CanUndo);
            if (GUILayout.Button("Undo"))
            {
                model.Undo();
            }
            EditorGUI.EndDisabledGroup();
            EditorGUI.BeginDisabledGroup(!model.CanRedo);
            if (GUILayout.Button("Redo"))
            {
                model.Redo();
            }
            EditorGUI.EndDisabledGroup();
            if (GUILayout.Button("Reset"))
            {
                model.Reset();
            }
            if (GUILayout.Button("Random"))
            {
                model.Randomise(seed++, spread);
            }
            EditorGUILayout.EndHorizontal();
            EditorGUILayout.BeginHorizontal();
            if (GUILayout.Button("Load..."))
            {
                string path = EditorUtility.OpenFilePanelWithFilters(
                    "Load a face", ProjectPaths.Beside(Application.dataPath), FileKinds);
                Unless(path, () => model.Load(path));
            }
            if (GUILayout.Button("Save..."))
            {
                string path = EditorUtility.SaveFilePanel(
                    "Save the face", ProjectPaths.Beside(Application.dataPath), "params", "json");
                Unless(path, () => model.Save(path));
            }
            if (GUILayout.Button("Save .bytes..."))
            {
                string path = EditorUtility.SaveFilePanel(
                    "Save the face for face-nn", ProjectPaths.Beside(Application.dataPath), "face",
                    "bytes");
                Unless(path, () => model.Save(path));
            }
            EditorGUILayout.EndHorizontal();
            seed = Math.Max(0, EditorGUILayout.IntField(new GUIContent("Seed"), (int)seed));
            spread = EditorGUILayout.Slider(
                new GUIContent("Spread", "1: the full range of every slider"), spread, 0, 1);
        }

        void Parameters()
        {
            string group = null;
            bool isShown = false;
            foreach (PreviewRow row in rows)
            {
                if (row.Group != group)
                {
                    group = row.Group;
                    isShown = Heading(group);
                }
                if (isShown)
                {
                    RowGui(row);
                }
            }
        }

        void RowGui(PreviewRow row)
        {
            var label = new GUIContent(row.Label, row.Description);
            string name = row.Names[0];
            EditorGUI.indentLevel++;
            EditorGUI.BeginChangeCheck();
            switch (row.Kind)
            {
                case PreviewRowKind.Popup:
                    ChoiceControl choice = model.Schema.Choices[model.Schema.ChoiceIndex(name)];
                    var options = new GUIContent[choice.Options.Count];
                    for (int i = 0; i < options.Length; i++)
                    {
                        options[i] = new GUIContent(choice.Options[i]);
                    }
                    int pick = choice.Options.IndexOf(model.Character.Option(name));
                    pick = EditorGUILayout.Popup(label, pick, options);
                    if (EditorGUI.EndChangeCheck())
                    {
                        model.Set(name, choice.Options[pick]);
                    }
                    break;
                case PreviewRowKind.Colour:
                    Color colour = EditorGUILayout.ColorField(label, row.Colour(model.Character));
                    if (EditorGUI.EndChangeCheck())
                    {
                        model.SetAll(row.Names, row.Numbers(colour));
                    }
                    break;
                default:
                    float value = EditorGUILayout.Slider(label, model.Character.Value(name), 0, 1);
                    if (EditorGUI.EndChangeCheck())
                    {
                        model.Set(name, value);
                    }
                    break;
            }
            EditorGUI.indentLevel--;
        }

        void Nuisance()
        {
            string group = null;
            bool isShown = false;
            for (int i = 0; i < model.Schema.Nuisance.Count; i++)
            {
                NuisanceControl control = model.Schema.Nuisance[i];
                if (control.Group != group)
                {
                    group = control.Group;
                    isShown = Heading(group);
                }
                if (!isShown)
                {
                    continue;
                }
                EditorGUI.BeginChangeCheck();
                float value = EditorGUILayout.Slider(
                    new GUIContent(control.Name, control.Description), model.Nuisance[i],
                    (float)control.Minimum, (float)control.Maximum);
                if (EditorGUI.EndChangeCheck())
                {
                    model.SetNuisance(control.Name, value);
                }
            }
        }

        bool Heading(string group)
        {
            bool shown;
            isOpen.TryGetValue(group, out shown);
            isOpen[group] = EditorGUILayout.Foldout(shown, PreviewRow.Words(group), true);
            return isOpen[group];
        }

        void Unless(string path, Action action)
        {
            if (string.IsNullOrEmpty(path))
            {
                return;
            }
            try
            {
                action();
                ShowNotification(new GUIContent(Path.GetFileName(path)));
            }
            catch (Face2ParamException error)
            {
                EditorUtility.DisplayDialog("Preview", error.Message, "OK");
            }
        }

        void Try(Action action)
        {
            if (problem != null)
            {
                return;
            }
            try
            {
                action();
            }
            catch (Face2ParamException error)
            {
                problem = error.Message;
            }
        }
    }
}
