using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>The head of a head file before the camera: its rig, its classes, its makeup.
    /// </summary>
    [RequireComponent(typeof(FaceRig))]
    [DisallowMultipleComponent]
    [AddComponentMenu("Face2Param/Rig Head")]
    public sealed class RigHead : MonoBehaviour, IPosedHead
    {
        [SerializeField]
        string headPath;

        [SerializeField]
        string version;

        FaceRig rig;

        /// <summary>Of the head file.</summary>
        public CharacterSchema Schema
        {
            get { return Rig.Schema; }
        }

        /// <summary>Changes with the head file and the model.</summary>
        public string Version
        {
            get { return version; }
        }

        /// <summary>The head file in the project; empty where the head was made otherwise.
        /// </summary>
        public string HeadPath
        {
            get { return headPath; }
        }

        /// <summary>Of the head file.</summary>
        public HeadView View
        {
            get
            {
                HeadCamera camera = Rig.Head.Camera;
                return new HeadView
                {
                    Position = Handedness.ToUnity(camera.Position),
                    Target = Handedness.ToUnity(camera.Target),
                    FieldOfView = camera.FieldOfView * Mathf.Rad2Deg,
                };
            }
        }

        /// <summary>Whether the head file has them.</summary>
        public bool HasLandmarks
        {
            get { return Rig.Head.Landmarks != null; }
        }

        FaceRig Rig
        {
            get
            {
                if (rig == null)
                {
                    rig = GetComponent<FaceRig>();
                }
                return rig;
            }
        }

        /// <summary>Adds what a new or changed head needs: classes of its materials, and makeup
        /// where it has layers.</summary>
        /// <param name="path">The head file.</param>
        /// <param name="newVersion">See <see cref="Version"/>.</param>
        public void SetUp(string path, string newVersion)
        {
            headPath = path;
            version = newVersion;
            FaceLabels labels = GetComponent<FaceLabels>();
            if (labels == null)
            {
                labels = gameObject.AddComponent<FaceLabels>();
            }
            labels.entries = Classes();
            if (Rig.Head.Layers.Count > 0 && GetComponent<MakeupWearer>() == null)
            {
                gameObject.AddComponent<MakeupWearer>();
            }
        }

        /// <summary>Shows a character.</summary>
        public void Apply(Character character, float[] nuisance)
        {
            Rig.Apply(character, nuisance);
        }

        /// <summary>Where the landmarks are.</summary>
        public Vector3[] Landmarks()
        {
            return Rig.WorldLandmarks();
        }

        List<FaceLabels.Entry> Classes()
        {
            var entries = new List<FaceLabels.Entry>();
            foreach (Renderer drawn in GetComponentsInChildren<Renderer>(true))
            {
                Material[] materials = drawn.sharedMaterials;
                for (int i = 0; i < materials.Length; i++)
                {
                    string material = materials[i] == null ? "" : materials[i].name;
                    entries.Add(new FaceLabels.Entry
                    {
                        renderer = drawn, material = i,
                        label = FaceLabels.ClassOf(Rig.Head.Regions, drawn.name + "/" + material),
                    });
                }
            }
            return entries;
        }
    }
}
