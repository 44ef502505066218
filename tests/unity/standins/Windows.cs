using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public static class Application
    {
        public static string productName { get { return "Stand-in"; } }
        public static string unityVersion { get { return "2019.2.1f1"; } }
        public static string dataPath { get { return "/project/unity/Assets"; } }
        public static bool isBatchMode { get; set; }
        public static bool isPlaying { get { return false; } }
        public static void OpenURL(string url) { }
    }

    public enum EventType { MouseDown = 0, MouseUp = 1, Layout = 8, Used = 12, Repaint = 7 }
    public enum ScaleMode { StretchToFill, ScaleAndCrop, ScaleToFit }

    public sealed class Event
    {
        private static readonly Event now = new Event { type = EventType.Layout };
        public static Event current { get { return now; } }
        public EventType type { get; set; }
        public EventType rawType { get; set; }
    }

    public class GUIContent
    {
        public GUIContent(string text) : this(text, "") { }
        public GUIContent(string text, string tooltip) { this.text = text; }
        public string text { get; set; }
    }

    public sealed class GUILayoutOption { }

    public class GUIStyle { }

    public static class GUI
    {
        public static bool enabled = true;
        public static bool changed { get; set; }
        public static void DrawTexture(Rect position, Texture image, ScaleMode mode) { }
        public static void Label(Rect position, string text) { }
    }

    public static class GUILayout
    {
        // The button that the test presses at the next event.
        public static string Pressed;

        public static bool Button(string text, params GUILayoutOption[] options)
        {
            if (!GUI.enabled || text != Pressed) return false;
            Pressed = null;
            return true;
        }

        public static bool Button(GUIContent content, params GUILayoutOption[] options) { return false; }
        public static void Label(string text, params GUILayoutOption[] options) { }
        public static void FlexibleSpace() { }
        public static GUILayoutOption Width(float width) { return new GUILayoutOption(); }
        public static GUILayoutOption Height(float height) { return new GUILayoutOption(); }
        public static GUILayoutOption ExpandWidth(bool expand) { return new GUILayoutOption(); }
    }

    public static class GUILayoutUtility
    {
        public static Rect GetRect(float width, float height, params GUILayoutOption[] options) { return new Rect(0, 0, width, height); }
    }

    public static class Resources
    {
        public static T[] FindObjectsOfTypeAll<T>() where T : Object { return new T[0]; }
    }
}

namespace UnityEngine.SceneManagement
{
    public struct Scene
    {
        public string path { get { return ""; } }
        public GameObject[] GetRootGameObjects() { return SceneManager.Roots.ToArray(); }
    }

    public static class SceneManager
    {
        // What a test put into the open scene.
        public static readonly List<GameObject> Roots = new List<GameObject>();

        public static Scene GetActiveScene() { return new Scene(); }
    }
}

namespace UnityEditor.SceneManagement
{
    using UnityEngine.SceneManagement;

    public enum NewSceneSetup { EmptyScene, DefaultGameObjects }
    public enum NewSceneMode { Single, Additive }

    public static class EditorSceneManager
    {
        public static bool SaveCurrentModifiedScenesIfUserWantsTo() { return true; }
        public static Scene NewScene(NewSceneSetup setup, NewSceneMode mode) { return new Scene(); }
        public static bool SaveScene(Scene scene, string path) { return true; }
    }
}

namespace UnityEditor
{
    using UnityEngine;

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName) : this(itemName, false, 1000) { }
        public MenuItem(string itemName, bool isValidateFunction) : this(itemName, isValidateFunction, 1000) { }
        public MenuItem(string itemName, bool isValidateFunction, int priority) { this.itemName = itemName; }
        public readonly string itemName;
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class InitializeOnLoadAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class InitializeOnLoadMethodAttribute : Attribute { }

    public enum MessageType { None, Info, Warning, Error }

    public class EditorWindow : ScriptableObject
    {
        public GUIContent titleContent { get; set; }
        public Vector2 minSize { get; set; }
        public Rect position { get; set; }
        private static readonly Dictionary<Type, EditorWindow> Opened = new Dictionary<Type, EditorWindow>();

        public static T GetWindow<T>(string title) where T : EditorWindow
        {
            EditorWindow window;
            if (!Opened.TryGetValue(typeof(T), out window)) Opened.Add(typeof(T), window = CreateInstance<T>());
            return (T)window;
        }

        public void Repaint() { }
        public void Show() { }
        public void Close() { }
        public void ShowNotification(GUIContent notification) { }
    }

    public static class EditorGUILayout
    {
        public static float Slider(GUIContent label, float value, float left, float right, params GUILayoutOption[] options) { return value; }
        public static int IntSlider(GUIContent label, int value, int left, int right, params GUILayoutOption[] options) { return value; }
        public static int IntField(GUIContent label, int value, params GUILayoutOption[] options) { return value; }
        public static int Popup(GUIContent label, int selected, GUIContent[] options, params GUILayoutOption[] layout) { return selected; }
        public static Color ColorField(GUIContent label, Color value, params GUILayoutOption[] options) { return value; }
        public static string TextField(GUIContent label, string text, params GUILayoutOption[] options) { return text; }
        public static bool Toggle(GUIContent label, bool value, params GUILayoutOption[] options) { return value; }
        public static bool Foldout(bool foldout, string content, bool toggleOnLabelClick) { return foldout; }
        public static void LabelField(string label, params GUILayoutOption[] options) { }
        public static void HelpBox(string message, MessageType type) { }
        public static void Space() { }
        public static Rect BeginHorizontal(params GUILayoutOption[] options) { return new Rect(); }
        public static void EndHorizontal() { }
        public static Vector2 BeginScrollView(Vector2 position, params GUILayoutOption[] options) { return position; }
        public static void EndScrollView() { }
    }

    public static class EditorGUI
    {
        public static int indentLevel { get; set; }
        public static void BeginChangeCheck() { }
        public static bool EndChangeCheck() { return false; }
        public static void BeginDisabledGroup(bool disabled) { GUI.enabled = !disabled; }
        public static void EndDisabledGroup() { GUI.enabled = true; }
        public static void ProgressBar(Rect position, float value, string text) { }
    }

    public static class EditorUtility
    {
        // What was said, and how often the progress bar may be shown before somebody cancels.
        public static readonly List<string> Said = new List<string>();
        public static int Patience = int.MaxValue;
        public static bool HasBar;
        public static string Chosen = "";

        public static bool DisplayDialog(string title, string message, string ok) { Said.Add(message); return true; }
        public static bool DisplayDialog(string title, string message, string ok, string cancel) { Said.Add(message); return true; }

        public static bool DisplayCancelableProgressBar(string title, string info, float progress)
        {
            HasBar = true;
            return --Patience < 0;
        }

        public static void ClearProgressBar() { HasBar = false; }
        public static string OpenFilePanel(string title, string directory, string extension) { return Chosen; }
        public static string OpenFilePanelWithFilters(string title, string directory, string[] filters) { return Chosen; }
        public static string OpenFolderPanel(string title, string folder, string defaultName) { return ""; }
        public static string SaveFilePanel(string title, string directory, string defaultName, string extension) { return Chosen; }
        public static void RevealInFinder(string path) { }
        public static void SetDirty(Object target) { }
    }

    public static class Undo
    {
        public delegate void UndoRedoCallback();
        public static UndoRedoCallback undoRedoPerformed;
        public static void RecordObject(Object thing, string name) { }
        public static void IncrementCurrentGroup() { }
        public static void ClearUndo(Object thing) { }
    }

    public static class EditorApplication
    {
        public delegate void CallbackFunction();
        public static CallbackFunction update;
        public static CallbackFunction delayCall;
        public static event Action quitting { add { } remove { } }
        public static bool isPlayingOrWillChangePlaymode { get { return false; } }
        // Every look at the clock finds it a second later.
        private static double now;
        public static double timeSinceStartup { get { return now += 1; } }
        public static int ExitCode = -1;
        public static void Exit(int code) { ExitCode = code; }
        public static void QueuePlayerLoopUpdate() { }
    }

    public static class AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback();
        public static event AssemblyReloadCallback beforeAssemblyReload;

        // What the editor does to its scripts when they have changed, as far as a test can see it.
        public static void Reload(System.Reflection.Assembly assembly)
        {
            if (beforeAssemblyReload != null) beforeAssemblyReload();
            const System.Reflection.BindingFlags Any = System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic;
            foreach (Type type in assembly.GetTypes())
                foreach (System.Reflection.MethodInfo method in type.GetMethods(Any))
                    if (method.IsDefined(typeof(InitializeOnLoadMethodAttribute), false)) method.Invoke(null, null);
            EditorApplication.CallbackFunction later = EditorApplication.delayCall;
            EditorApplication.delayCall = null;
            if (later != null) later();
        }
    }

    public static class AssetDatabase
    {
        public static readonly List<string> Paths = new List<string>();
        public static string[] FindAssets(string filter, string[] folders) { return Paths.ToArray(); }
        public static string GUIDToAssetPath(string guid) { return guid; }
        public static readonly Dictionary<string, Object> Assets = new Dictionary<string, Object>();
        public static T LoadAssetAtPath<T>(string path) where T : Object { Object found; return Assets.TryGetValue(path, out found) ? found as T : null; }
        public static void CreateAsset(Object asset, string path) { }
        public static void Refresh() { }
    }

    public enum TextureImporterNPOTScale { None, ToNearest }
    public enum TextureImporterCompression { Uncompressed, Compressed }

    public sealed class TextureImporter : AssetImporter
    {
        // In Unity a method of AssetImporter.
        public static AssetImporter GetAtPath(string path) { return null; }
        public bool sRGBTexture { get; set; }
        public bool mipmapEnabled { get; set; }
        public FilterMode filterMode { get; set; }
        public TextureImporterNPOTScale npotScale { get; set; }
        public TextureWrapMode wrapMode { get; set; }
        public TextureImporterCompression textureCompression { get; set; }
        public void SaveAndReimport() { }
    }

    public static class PrefabUtility
    {
        public static Object InstantiatePrefab(Object asset) { return asset; }
    }

    public static class EditorPrefs
    {
        public static string GetString(string key, string otherwise) { return otherwise; }
        public static void SetString(string key, string value) { }
    }

    public static class SessionState
    {
        private static readonly Dictionary<string, bool> Values = new Dictionary<string, bool>();
        public static bool GetBool(string key, bool otherwise) { return Values.ContainsKey(key) ? Values[key] : otherwise; }
        public static void SetBool(string key, bool value) { Values[key] = value; }
        private static readonly Dictionary<string, int> Numbers = new Dictionary<string, int>();
        public static int GetInt(string key, int otherwise) { return Numbers.ContainsKey(key) ? Numbers[key] : otherwise; }
        public static void SetInt(string key, int value) { Numbers[key] = value; }
    }

    public static class Selection
    {
        public static Object activeObject { get; set; }
        public static GameObject activeGameObject { get; set; }
    }
}

namespace UnityEngine
{
    public enum ColorSpace { Gamma, Linear }
}

namespace UnityEditor
{
    public enum SerializationMode { Mixed, ForceBinary, ForceText }

    public static class PlayerSettings
    {
        public static UnityEngine.ColorSpace colorSpace { get; set; }
        public static string productName { get; set; }
        public static bool legacyClampBlendShapeWeights { get; set; }
    }

    public static class EditorSettings
    {
        public static SerializationMode serializationMode { get; set; }
    }
}
