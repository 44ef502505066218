using System;
using System.Collections.Generic;
using UnityEditor;
using UnityEngine;
using UnityEngine.SceneManagement;

namespace Face2Param.Editor
{
    /// <summary>Finds the head that the menus work on, or puts one into the scene.</summary>
    public static class Stage
    {
        /// <summary>End of the names of head files.</summary>
        public const string HeadFileEnd = ".schema.json";

        /// <summary>The head files of the project, by name.</summary>
        public static IList<string> HeadFiles()
        {
            var paths = new List<string>();
            foreach (string guid in AssetDatabase.FindAssets("t:TextAsset", new[] { "Assets" }))
            {
                string path = AssetDatabase.GUIDToAssetPath(guid);
                if (path.EndsWith(HeadFileEnd, StringComparison.OrdinalIgnoreCase))
                {
                    paths.Add(path);
                }
            }
            paths.Sort(StringComparer.Ordinal);
            return paths;
        }

        /// <summary>A head before the camera. The caller disposes of the camera.</summary>
        /// <param name="headPath">A head file of the project; null: the head in the scene, or the
        /// one of the family.</param>
        /// <param name="family">See <see cref="ProjectPaths.Pick"/>.</param>
        /// <param name="shape">3 male, 4 female.</param>
        /// <exception cref="EngineException">There is no head, or the project clamps its blend
        /// shapes.</exception>
        public static HeadStudio Open(string headPath, string family, int shape)
        {
            Component head = headPath == null && string.IsNullOrEmpty(family) ? InScene() : null;
            string path = headPath;
            if (head == null)
            {
                path = headPath ?? ProjectPaths.Pick(HeadFiles(), family);
                head = path == null ? InScene() : Place(path);
            }
            if (head == null)
            {
                throw new EngineException(
                    "there is no head: put one into the scene, or a model with its head file "
                    + "(*" + HeadFileEnd + ") into Assets. One to begin with: "
                    + "face2param export --format unity --detail small "
                    + "--output unity/Assets/Heads/builtin");
            }
            var rig = head.GetComponent<FaceRig>();
            if (rig != null && PlayerSettings.legacyClampBlendShapeWeights)
            {
                RefuseClamping(rig.Head);
            }
            Refresh(head, path);
            Studio.Illuminate();
            return new HeadStudio(
                (IPosedHead)head, head.GetComponent<FaceLabels>(), shape);
        }

        /// <summary>The first head of the open scene, or null.</summary>
        public static Component InScene()
        {
            foreach (GameObject root in SceneManager.GetActiveScene().GetRootGameObjects())
            {
                var head = root.GetComponentInChildren<IPosedHead>() as Component;
                if (head != null)
                {
                    return head;
                }
            }
            return null;
        }

        /// <summary>Puts the head of a head file into the scene, where it is not yet.</summary>
        public static Component Place(string headPath)
        {
            string name = ProjectPaths.Family(headPath);
            Component found = null;
            foreach (GameObject root in SceneManager.GetActiveScene().GetRootGameObjects())
            {
                IPosedHead[] heads = root.GetComponentsInChildren<IPosedHead>(true);
                if (heads.Length == 0)
                {
                    continue;
                }
                var head = heads[0] as Component;
                // One head at a time stands before the camera.
                bool isIt = root.name == name;
                root.SetActive(isIt);
                found = isIt ? head : found;
            }
            if (found != null)
            {
                return found;
            }
            GameObject made = HeadSetup.Create(headPath);
            made.name = name;
            return made.AddComponent<RigHead>();
        }

        // Half of what such sliders do would be missing, in every picture and unnoticed.
        static void RefuseClamping(HeadFile head)
        {
            foreach (KeyValuePair<string, IList<SliderChannel>> slider in head.Sliders)
            {
                foreach (SliderChannel channel in slider.Value)
                {
                    bool isMorph = channel.Target.Kind == TargetKind.Morph;
                    double low = Math.Min(channel.Minimum[0], channel.Maximum[0]);
                    double high = Math.Max(channel.Minimum[0], channel.Maximum[0]);
                    if (isMorph && (low < 0 || high > 1))
                    {
                        throw new EngineException(
                            "slider '" + slider.Key + "' needs blend shapes beyond 0 and 100%, "
                            + "which this project clamps; switch Clamp BlendShapes off in "
                            + "Project Settings > Player > Other Settings");
                    }
                }
            }
        }

        // What is read from files is read anew each time: they may have changed.
        static void Refresh(Component head, string headPath)
        {
            var posed = head as RigHead;
            string path = headPath ?? (posed == null ? null : posed.HeadPath);
            if (posed == null || string.IsNullOrEmpty(path))
            {
                return;
            }
            posed.GetComponent<FaceRig>().Forget();
            posed.SetUp(path, HeadVersion.Of(path));
            LabelMapSetup.Prepare(path, posed.GetComponent<FaceLabels>());
            MaskSetup.Prepare(path, posed.GetComponent<MakeupWearer>());
        }
    }
}
