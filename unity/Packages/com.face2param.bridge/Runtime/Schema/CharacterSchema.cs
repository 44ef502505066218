using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>
    /// Everything that one family of characters can do: continuous parameters, choices, nuisance
    /// controls. The encoded vector of a character holds the continuous values in schema order and
    /// then one one-hot block for each choice. The same as Python's face2param.schema.Schema.
    /// </summary>
    public sealed class CharacterSchema
    {
        private readonly Dictionary<string, int> indices = new Dictionary<string, int>(StringComparer.Ordinal);
        private string hash;

        /// <exception cref="SchemaException">Two controls share a name, or a mirror partner does not
        /// fit; the message names it.</exception>
        public CharacterSchema(string name, string version, IList<ContinuousControl> continuous,
            IList<ChoiceControl> choices, IList<NuisanceControl> nuisance, string description = "")
        {
            if (string.IsNullOrEmpty(name)) throw new SchemaException("schema: field 'name' must be a text");
            if (string.IsNullOrEmpty(version)) throw new SchemaException("schema: field 'version' must be a text");
            Name = name;
            Version = version;
            Description = description ?? "";
            Continuous = new List<ContinuousControl>(continuous).AsReadOnly();
            Choices = new List<ChoiceControl>(choices).AsReadOnly();
            Nuisance = new List<NuisanceControl>(nuisance).AsReadOnly();
            if (continuous.Count + choices.Count == 0) throw new SchemaException("schema '" + name + "': fields 'continuous' and 'choices' are empty");
            Number(Continuous);
            Number(Choices);
            Number(Nuisance);
            foreach (ContinuousControl control in Continuous) Mirrors.Check(this, control);
            foreach (NuisanceControl control in Nuisance) Mirrors.Check(this, control);
            Width = Continuous.Count;
            ChoiceStarts = new int[Choices.Count];
            for (int i = 0; i < Choices.Count; i++)
            {
                ChoiceStarts[i] = Width;
                Width += Choices[i].Options.Count;
            }
        }

        public string Name { get; private set; }
        public string Version { get; private set; }
        public string Description { get; private set; }
        public IList<ContinuousControl> Continuous { get; private set; }
        public IList<ChoiceControl> Choices { get; private set; }
        public IList<NuisanceControl> Nuisance { get; private set; }

        /// <summary>Length of the encoded vector.</summary>
        public int Width { get; private set; }

        /// <summary>Where each choice's block begins in the encoded vector.</summary>
        internal int[] ChoiceStarts { get; private set; }

        /// <summary>16 hexadecimal characters that identify what the vectors mean.</summary>
        public string Hash { get { return hash ?? (hash = SchemaJson.Hash(this)); } }

        /// <summary>Groups of continuous parameters and choices, in order of appearance.</summary>
        public IList<string> Groups
        {
            get
            {
                var groups = new List<string>();
                foreach (ContinuousControl control in Continuous) if (!groups.Contains(control.Group)) groups.Add(control.Group);
                foreach (ChoiceControl control in Choices) if (!groups.Contains(control.Group)) groups.Add(control.Group);
                return groups;
            }
        }

        /// <summary>Position of a continuous parameter, or -1.</summary>
        public int ContinuousIndex(string name) { return Index(name, Continuous.Count, n => Continuous[n].Name); }

        /// <summary>Position of a choice, or -1.</summary>
        public int ChoiceIndex(string name) { return Index(name, Choices.Count, n => Choices[n].Name); }

        /// <summary>Position of a nuisance control, or -1.</summary>
        public int NuisanceIndex(string name) { return Index(name, Nuisance.Count, n => Nuisance[n].Name); }

        /// <summary>The character with all defaults.</summary>
        public Character Neutral()
        {
            var values = new float[Continuous.Count];
            var picks = new int[Choices.Count];
            for (int i = 0; i < values.Length; i++) values[i] = (float)Continuous[i].Default;
            for (int i = 0; i < picks.Length; i++) picks[i] = Choices[i].DefaultIndex;
            return new Character(this, values, picks);
        }

        /// <summary>Neutral expression, frontal pose.</summary>
        public float[] NeutralNuisance()
        {
            var values = new float[Nuisance.Count];
            for (int i = 0; i < values.Length; i++) values[i] = (float)Nuisance[i].Default;
            return values;
        }

        /// <summary>A character from an encoded vector: the largest entry of a choice block counts.</summary>
        /// <exception cref="SchemaException">Wrong length, or a value that is not a number.</exception>
        public Character Decode(float[] encoded)
        {
            if (encoded.Length != Width) throw new SchemaException("encoded: got " + encoded.Length + " values, schema '" + Name + "' wants " + Width);
            foreach (float value in encoded) if (float.IsNaN(value)) throw new SchemaException("encoded: holds a value that is not a number");
            var values = new float[Continuous.Count];
            Array.Copy(encoded, values, values.Length);
            var picks = new int[Choices.Count];
            for (int i = 0; i < picks.Length; i++)
            {
                int start = ChoiceStarts[i];
                for (int k = 1; k < Choices[i].Options.Count; k++) if (encoded[start + k] > encoded[start + picks[i]]) picks[i] = k;
            }
            return new Character(this, values, picks);
        }

        /// <summary>Refuses data of another schema.</summary>
        /// <exception cref="SchemaException">The hash differs; the message says both.</exception>
        public void CheckSame(string otherName, string otherHash, string what)
        {
            if (otherHash == Hash) return;
            throw new SchemaException(what + " belongs to schema '" + otherName + "' (" + otherHash + "), not to '" + Name
                + "' version " + Version + " (" + Hash + ")");
        }

        private void Number<T>(IList<T> controls) where T : Control
        {
            for (int i = 0; i < controls.Count; i++)
            {
                if (indices.ContainsKey(controls[i].Name)) throw new SchemaException("schema '" + Name + "': more than one control is called '" + controls[i].Name + "'");
                indices.Add(controls[i].Name, i);
            }
        }

        private int Index(string name, int count, Func<int, string> at)
        {
            int i;
            return name != null && indices.TryGetValue(name, out i) && i < count && at(i) == name ? i : -1;
        }
    }
}
