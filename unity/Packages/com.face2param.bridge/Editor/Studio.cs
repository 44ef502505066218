using UnityEditor;
using UnityEditor.SceneManagement;
using UnityEngine;
using UnityEngine.Rendering;
using UnityEngine.SceneManagement;

namespace Face2Param.Editor
{
    /// <summary>The light that all pictures are taken in, and the scene for it.</summary>
    public static class Studio
    {
        const string LightName = "Face2Param Light", ScenePath = "Assets/Face2Param.unity";
        const string Asked = "Face2Param.Studio.Asked";

        // From the head to the light, as in the built-in engine (x is Unity's, so it is negated).
        static readonly Vector3 ToLight = new Vector3(0.30f, 0.42f, 0.86f);
        static readonly Color KeyColour = new Color(1f, 0.985f, 0.965f);
        static readonly Color Ambient = new Color(0.62f, 0.62f, 0.63f);
        const float KeyIntensity = 0.75f;

        /// <summary>One fixed light from the front and an even room; made where it is not there.
        /// Scenes that have lights of their own keep them.</summary>
        public static void Illuminate()
        {
            foreach (GameObject root in SceneManager.GetActiveScene().GetRootGameObjects())
            {
                if (root.GetComponentInChildren<Light>() != null)
                {
                    return;
                }
            }
            var holder = new GameObject(LightName);
            holder.transform.position = ToLight;
            holder.transform.LookAt(Vector3.zero);
            Light light = holder.AddComponent<Light>();
            light.type = LightType.Directional;
            light.color = KeyColour;
            light.intensity = KeyIntensity;
            light.shadows = LightShadows.Soft;
            RenderSettings.ambientMode = AmbientMode.Flat;
            RenderSettings.ambientLight = Ambient;
        }

        /// <summary>A new scene with the light and the project's first head.</summary>
        [MenuItem("Tools/New Face Scene", false, 30)]
        public static void NewScene()
        {
            if (!EditorSceneManager.SaveCurrentModifiedScenesIfUserWantsTo())
            {
                return;
            }
            Scene scene = EditorSceneManager.NewScene(
                NewSceneSetup.EmptyScene, NewSceneMode.Single);
            try
            {
                Stage.Open(null, null, BytesFile.Male).Dispose();
                EditorSceneManager.SaveScene(scene, ScenePath);
            }
            catch (Face2ParamException error)
            {
                Debug.LogWarning(error.Message);
            }
        }

        // The project shows a face the moment it opens: an empty, unsaved scene gets the head.
        [InitializeOnLoadMethod]
        static void OnOpened()
        {
            if (Application.isBatchMode || SessionState.GetBool(Asked, false))
            {
                return;
            }
            SessionState.SetBool(Asked, true);
            EditorApplication.delayCall += () =>
            {
                Scene scene = SceneManager.GetActiveScene();
                bool isFresh = string.IsNullOrEmpty(scene.path) && Stage.InScene() == null;
                if (isFresh && Stage.HeadFiles().Count > 0)
                {
                    NewScene();
                }
            };
        }
    }
}
