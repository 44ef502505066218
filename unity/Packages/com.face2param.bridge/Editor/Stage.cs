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
        /// <exception cref="EngineException">There is no head.</exception>
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
                    + "face2param export --template --format unity "
                    + "--output unity/Assets/Heads/builtin");
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
