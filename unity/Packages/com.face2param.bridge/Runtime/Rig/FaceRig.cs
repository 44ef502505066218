using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>A picture by the name that a head file gives it.</summary>
    [Serializable]
    public sealed class NamedTexture
    {
        public string name;
        public Texture2D texture;
    }

    /// <summary>Drives an imported model by a head file: bones, blend shapes, hidden nodes, colours
    /// and textures of a character. On the root object of the model.</summary>
    [ExecuteAlways]
    [DisallowMultipleComponent]
    [AddComponentMenu("Face2Param/Face Rig")]
    public sealed class FaceRig : MonoBehaviour
    {
        [SerializeField, Tooltip("The head file, NAME.schema.json.")]
        private TextAsset head;

        [SerializeField, Tooltip("Masks and textures that the head file names.")]
        private List<NamedTexture> images = new List<NamedTexture>();

        private HeadFile file;
        private RigScene scene;
        private ValueRule rule;

        /// <summary>After Apply; makeup is composed here.</summary>
        public event Action<FaceRig> Applied;

        public HeadFile Head { get { Bind(); return file; } }
        public CharacterSchema Schema { get { return Head.Schema; } }

        /// <summary>As last applied, or null.</summary>
        public Character Character { get; private set; }
        public float[] Nuisance { get; private set; }
        public RigOutcome Outcome { get; private set; }

        /// <summary>Sets what the inspector sets.</summary>
        public void Set(TextAsset headFile, IEnumerable<NamedTexture> pictures)
        {
            head = headFile;
            images = new List<NamedTexture>(pictures);
            Forget();
        }

        /// <summary>Reads the head file anew at the next use.</summary>
        public void Forget() { rule = null; }

        /// <summary>Shows a character.</summary>
        /// <param name="character">Of the head's schema.</param>
        /// <param name="nuisance">Expression and pose; null: neutral.</param>
        /// <exception cref="EngineException">The head file does not fit the model, or the character not the
        /// head file.</exception>
        /// <exception cref="CodecException">The head file is damaged.</exception>
        public void Apply(Character character, float[] nuisance = null)
        {
            Bind();
            RigOutcome outcome = rule.Apply(character, nuisance);
            Character = character;
            Nuisance = nuisance ?? file.Schema.NeutralNuisance();
            Outcome = outcome;
            scene.Pose(outcome, rule.Governed, file.Unit);
            scene.Paint(outcome, this);
            if (Applied != null) Applied(this);
        }

        /// <summary>The picture of a name in the head file, or null.</summary>
        public Texture2D Image(string name)
        {
            foreach (NamedTexture image in images) if (image.name == name) return image.texture;
            return null;
        }

        /// <summary>This rig's own instances of a material; safe to change.</summary>
        public IList<Material> MaterialsNamed(string material) { Bind(); return scene.MaterialsNamed(material); }

        /// <summary>The base texture that a material rests with, or null.</summary>
        public Texture RestTexture(string material) { Bind(); return scene.RestTexture(material); }

        /// <summary>The 68 landmarks where they are now, or null where the head file has none.</summary>
        /// <exception cref="EngineException">The model has no such triangle.</exception>
        public Vector3[] WorldLandmarks()
        {
            Bind();
            return file.Landmarks == null ? null : scene.Landmarks(file.Landmarks);
        }

        private void OnEnable()
        {
            // A scene is saved without the rig's own materials; they are made anew here.
            if (head != null && Outcome == null) Apply(Schema.Neutral());
        }

        private void OnDestroy()
        {
            if (scene != null) scene.Undress();
        }

        private void Bind()
        {
            if (rule != null && scene.IsWhole) return;
            if (head == null) throw new EngineException("the Face Rig of '" + name + "' has no head file; put NAME.schema.json into its field Head");
            HeadFile read = HeadFile.Parse(head.text, "head file " + head.name);
            var nodes = GetComponentInChildren<ModelNodes>();
            if (nodes == null)
            {
                nodes = gameObject.AddComponent<ModelNodes>();
                nodes.Capture();
            }
            if (scene != null) scene.Undress();
            var found = new RigScene(nodes);
            rule = new ValueRule(found.Model, read);
            file = read;
            scene = found;
        }
    }
}
