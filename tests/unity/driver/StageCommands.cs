using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using Face2Param;
using Face2Param.Editor;
using Face2Param.Link;
using UnityEditor;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.SceneManagement;

namespace Face2ParamDriver
{
    /// <summary>A head whose landmarks are a grid of 17 x 4 points, one centimetre apart; its first
    /// parameter moves them up by as many decimetres.</summary>
    public sealed class ToyHead : MonoBehaviour, IPosedHead
    {
        public CharacterSchema Schema { get; set; }
        public bool Knows = true;
        public int Applied;
        float up;

        public string Version { get { return "toy 1"; } }
        public bool HasLandmarks { get { return Knows; } }

        public HeadView View
        {
            get { return new HeadView { Position = new Vector3(0, 0, 2), Target = Vector3.zero, FieldOfView = 18 }; }
        }

        public void Apply(Character character, float[] nuisance)
        {
            Applied++;
            up = character.Value(0) / 10;
        }

        public Vector3[] Landmarks()
        {
            var points = new Vector3[68];
            for (int i = 0; i < 68; i++) points[i] = new Vector3(0.01f * (i % 17), up + 0.01f * (i / 17), 0);
            return points;
        }
    }

    /// <summary>Windows, menus, batch runs and the studio, on a scene with the toy head.</summary>
    public static class StageCommands
    {
        const int Enough = 10000;

        /// <summary>Schema file, "landmarks" or "none", labels or not: a scene with the head.</summary>
        [Command("scene")]
        public static string Scene(string[] arguments)
        {
            Close();
            SceneManager.Roots.Clear();
            EditorUtility.Said.Clear();
            EditorUtility.Patience = int.MaxValue;
            Camera.Drawn.Clear();
            SystemInfo.graphicsDeviceType = GraphicsDeviceType.OpenGLCore;
            GraphicsSettings.renderPipelineAsset = null;
            foreach (string name in new[] { "Labels", "Depth", "Normals", "Makeup" }) Shader.Learn("Hidden/Face2Param/" + name);
            if (arguments.Length == 0) return "";
            var root = new GameObject("head");
            ToyHead head = root.AddComponent<ToyHead>();
            head.Schema = SchemaJson.Load(arguments[0]);
            head.Knows = arguments[1] == "landmarks";
            if (arguments[2] != "-") root.AddComponent<FaceLabels>().entries.Add(new FaceLabels.Entry { map = arguments[2] == "labels" ? new Texture2D(2, 2) : null });
            SceneManager.Roots.Add(root);
            return "";
        }

        /// <summary>Picture, output, count, patience, "labels" or "-": presses Generate and lets the
        /// editor update until nothing happens. What was said, and whether the bar stayed.</summary>
        [Command("generate_window")]
        public static string Generate(string[] arguments)
        {
            CameraExtensions.Jpeg = File.ReadAllBytes(arguments[0]);
            var window = ScriptableObject.CreateInstance<GenerateDatabaseWindow>();
            Send(window, "OnEnable");
            Set(window, "output", arguments[1]);
            Set(window, "count", int.Parse(arguments[2]));
            var settings = (DatabaseSettings)Get(window, "settings");
            settings.Size = 64;
            settings.Labels = arguments[4] == "labels";
            EditorUtility.Patience = int.Parse(arguments[3]);
            GUILayout.Pressed = "Generate";
            Send(window, "OnGUI");
            for (int i = 0; i < Enough && EditorApplication.update != null; i++) EditorApplication.update();
            string answer = (EditorUtility.HasBar ? "bar" : "no bar") + "|" + RenderTexture.Lent + "|" + string.Join("|", EditorUtility.Said.ToArray());
            Send(window, "OnDisable");
            return answer;
        }

        /// <summary>Steps of the preview's window: "press NAME", "choose FILE", "menu NAME", "look",
        /// "value NAME".</summary>
        [Command("preview_window")]
        public static string Preview(string[] arguments)
        {
            PreviewWindow window = PreviewWindow.Get();
            var answers = new List<string>();
            foreach (string step in arguments)
            {
                string[] words = step.Split(new[] { ' ' }, 2);
                if (words[0] == "press") GUILayout.Pressed = words[1];
                if (words[0] == "choose") EditorUtility.Chosen = words[1];
                if (words[0] == "menu") Menu(words[1]);
                if (words[0] == "undo") Undo.undoRedoPerformed();
                Send(window, "OnGUI");
                if (words[0] == "value") answers.Add(window.Character.Value(words[1]).ToString("R"));
            }
            answers.Add("problem " + Get(window, "problem"));
            answers.Add("said " + string.Join(";", EditorUtility.Said.ToArray()));
            answers.Add("drawn " + Camera.Drawn.Count);
            Send(window, "OnDisable");
            Set(window, "problem", null);
            return string.Join("|", answers.ToArray());
        }

        /// <summary>A port, then Connect and Close through their menus, or Reload of the scripts: the
        /// states between.</summary>
        [Command("link_menu")]
        public static string Link(string[] arguments)
        {
            Environment.SetEnvironmentVariable(LinkMenu.PortVariable, arguments[0]);
            string states = "";
            for (int i = 1; i < arguments.Length; i++)
            {
                if (arguments[i] == "Reload") AssemblyReloadEvents.Reload(typeof(LinkMenu).Assembly);
                else Menu(arguments[i]);
                if (EditorApplication.update != null) EditorApplication.update();
                states += EditorApplication.update != null ? "open " : "closed ";
            }
            return states + string.Join(";", EditorUtility.Said.ToArray());
        }

        /// <summary>Takes the head out of the scene, and says nothing.</summary>
        [Command("remove_head")]
        public static string RemoveHead(string[] arguments)
        {
            SceneManager.Roots.Clear();
            return "";
        }

        /// <summary>Lets the editor update until there is a file, for twenty seconds at most.</summary>
        [Command("update_until")]
        public static string UpdateUntil(string[] arguments)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            while (!File.Exists(arguments[0]) && watch.Elapsed.TotalSeconds < 20)
            {
                if (EditorApplication.update != null) EditorApplication.update();
                System.Threading.Thread.Sleep(2);
            }
            return "";
        }

        /// <summary>Model, head file, names of its pictures: a scene with that head, set up. Its
        /// version, the classes of its materials, and what its material "skin" wears.</summary>
        [Command("rig_scene")]
        public static string RigScene(string[] arguments)
        {
            Scene(new string[0]);
            GameObject root = GlbScene.Build(GlbFile.Read(arguments[0])).Root;
            FaceRig rig = root.AddComponent<FaceRig>();
            var images = new List<NamedTexture>();
            for (int i = 2; i < arguments.Length; i++) images.Add(new NamedTexture { name = arguments[i], texture = new Texture2D(2, 2) });
            rig.Set(new TextAsset(File.ReadAllText(arguments[1])), images);
            RigHead head = root.AddComponent<RigHead>();
            head.SetUp(arguments[1], "");
            AssetDatabase.Assets.Clear();
            foreach (string path in Directory.GetFiles(Path.GetDirectoryName(arguments[1]), "*.png")) AssetDatabase.Assets[path] = new Texture2D(2, 2) { name = Path.GetFileName(path) };
            SceneManager.Roots.Add(root);
            MakeupWearer wearer = root.GetComponent<MakeupWearer>();
            if (wearer != null) Send(wearer, "OnEnable");
            using (HeadStudio studio = Stage.Open(null, null, BytesFile.Male)) studio.Show(rig.Schema.Neutral().Encode(), rig.Schema.NeutralNuisance());
            var classes = new List<string>();
            foreach (FaceLabels.Entry entry in root.GetComponent<FaceLabels>().entries) classes.Add(entry.renderer.name + "=" + (entry.map != null ? entry.map.name : FaceLabels.Classes[entry.label]));
            Texture worn = GlbMaterials.GetTexture(rig.MaterialsNamed("skin")[0], false);
            string makeup = wearer == null ? "none" : worn.GetType().Name + " " + worn.width + " grey " + string.Join(",", wearer.greyMasks.ToArray());
            return head.Version + "|" + string.Join(",", classes.ToArray()) + "|" + makeup;
        }

        /// <summary>A RENDER payload and where its PICTURE goes.</summary>
        [Command("studio")]
        public static string Draw(string[] arguments)
        {
            using (HeadStudio studio = Stage.Open(null, null, BytesFile.Male))
            {
                LinkRequest request = LinkRequest.Parse(File.ReadAllBytes(arguments[0]), true, studio.EncodedLength, studio.NuisanceLength);
                File.WriteAllBytes(arguments[1], studio.Draw(request).Pack(request.Wanted, 1 << 26));
                return (int)studio.Sections + " " + RenderTexture.Lent + " " + string.Join(",", Camera.Drawn.ToArray());
            }
        }

        /// <summary>Whether the project clamps blend shapes.</summary>
        [Command("clamp")]
        public static string Clamp(string[] arguments)
        {
            PlayerSettings.legacyClampBlendShapeWeights = arguments[0] == "1";
            return "";
        }

        /// <summary>A scriptable render pipeline, or no graphics at all.</summary>
        [Command("pipeline")]
        public static string Pipeline(string[] arguments)
        {
            if (arguments[0] == "urp") GraphicsSettings.renderPipelineAsset = ScriptableObject.CreateInstance<RenderPipelineAsset>();
            if (arguments[0] == "none") SystemInfo.graphicsDeviceType = GraphicsDeviceType.Null;
            return "";
        }

        /// <summary>Run with a command line of its own: schema, picture, then Unity's arguments; the
        /// exit code.</summary>
        [Command("batch")]
        public static string Batched(string[] arguments)
        {
            Scene(new[] { arguments[0], "landmarks", "-" });
            CameraExtensions.Jpeg = File.ReadAllBytes(arguments[1]);
            Batch.GenerateDatabase();
            return "exit " + EditorApplication.ExitCode;
        }

        static void Menu(string name)
        {
            foreach (Type type in typeof(Stage).Assembly.GetTypes())
                foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
                    foreach (MenuItem item in method.GetCustomAttributes(typeof(MenuItem), false))
                        if (item.itemName == "Tools/" + name && method.ReturnType == typeof(void)) method.Invoke(null, null);
        }

        static void Close() { Menu("Close"); }

        static void Send(object target, string message)
        {
            try
            {
                target.GetType().GetMethod(message, BindingFlags.Instance | BindingFlags.NonPublic).Invoke(target, null);
            }
            catch (TargetInvocationException error)
            {
                throw new Exception(error.InnerException.ToString());
            }
        }

        static FieldInfo Field(object target, string name)
        {
            return target.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        }

        static object Get(object target, string name) { return Field(target, name).GetValue(target); }
        static void Set(object target, string name, object value) { Field(target, name).SetValue(target, value); }
    }
}
