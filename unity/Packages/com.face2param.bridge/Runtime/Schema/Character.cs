using System;

namespace Face2Param
{
    /// <summary>
    /// One character: values of all parameters of a schema. Immutable; the methods return new
    /// characters. The same as Python's face2param.schema.Character.
    /// </summary>
    public sealed class Character
    {
        private readonly float[] values;
        private readonly int[] choices;

        /// <param name="schema">What the values mean.</param>
        /// <param name="values">One for each continuous parameter; in [0, 1] for an engine.</param>
        /// <param name="choices">Index of the picked option, per choice.</param>
        /// <exception cref="SchemaException">Wrong counts, a value that is not finite, or an option
        /// index out of range.</exception>
        public Character(CharacterSchema schema, float[] values, int[] choices)
        {
            if (values.Length != schema.Continuous.Count)
                throw new SchemaException("values: got " + values.Length + ", schema '" + schema.Name + "' wants " + schema.Continuous.Count);
            for (int i = 0; i < values.Length; i++)
                if (float.IsNaN(values[i]) || float.IsInfinity(values[i]))
                    throw new SchemaException("values: '" + schema.Continuous[i].Name + "' is not a finite number");
            if (choices.Length != schema.Choices.Count)
                throw new SchemaException("choices: got " + choices.Length + ", schema '" + schema.Name + "' wants " + schema.Choices.Count);
            for (int i = 0; i < choices.Length; i++)
                if (choices[i] < 0 || choices[i] >= schema.Choices[i].Options.Count)
                    throw new SchemaException("choices: index " + choices[i] + " of '" + schema.Choices[i].Name + "' is outside its " + schema.Choices[i].Options.Count + " options");
            Schema = schema;
            this.values = (float[])values.Clone();
            this.choices = (int[])choices.Clone();
        }

        public CharacterSchema Schema { get; private set; }

        /// <summary>A copy of the continuous values, in schema order.</summary>
        public float[] Values { get { return (float[])values.Clone(); } }

        /// <summary>A copy of the picked options, in schema order.</summary>
        public int[] Choices { get { return (int[])choices.Clone(); } }

        /// <summary>The value of a continuous parameter.</summary>
        /// <exception cref="SchemaException">The schema has no such parameter.</exception>
        public float Value(string name) { return values[Known(Schema.ContinuousIndex(name), name)]; }

        /// <summary>The value of a continuous parameter by its number.</summary>
        public float Value(int index) { return values[index]; }

        /// <summary>The picked option of a choice.</summary>
        /// <exception cref="SchemaException">The schema has no such choice.</exception>
        public string Option(string name)
        {
            int i = Known(Schema.ChoiceIndex(name), name);
            return Schema.Choices[i].Options[choices[i]];
        }

        /// <summary>The picked option's number of a choice's number.</summary>
        public int Pick(int index) { return choices[index]; }

        /// <summary>A copy with one value changed.</summary>
        /// <exception cref="SchemaException">No such parameter, or not a finite number.</exception>
        public Character With(string name, float value)
        {
            float[] changed = Values;
            changed[Known(Schema.ContinuousIndex(name), name)] = value;
            return new Character(Schema, changed, choices);
        }

        /// <summary>A copy with another option.</summary>
        /// <exception cref="SchemaException">No such choice or option.</exception>
        public Character With(string name, string option)
        {
            int i = Known(Schema.ChoiceIndex(name), name);
            int pick = Schema.Choices[i].Options.IndexOf(option);
            if (pick < 0) throw new SchemaException("'" + name + "' is '" + option + "'; it must be one of " + string.Join(", ", Schema.Choices[i].Options));
            int[] changed = Choices;
            changed[i] = pick;
            return new Character(Schema, values, changed);
        }

        /// <summary>The character as its mirror image.</summary>
        public Character Mirrored()
        {
            float[] changed = Values;
            for (int i = 0; i < changed.Length; i++)
            {
                ContinuousControl control = Schema.Continuous[i];
                if (control.Mirror == control.Name) changed[i] = 1 - values[i];
                else if (control.Mirror != null) changed[i] = values[Schema.ContinuousIndex(control.Mirror)];
            }
            return new Character(Schema, changed, choices);
        }

        /// <summary>The character with all values brought into [0, 1].</summary>
        public Character Clipped()
        {
            float[] changed = Values;
            for (int i = 0; i < changed.Length; i++) changed[i] = Math.Max(0f, Math.Min(1f, changed[i]));
            return new Character(Schema, changed, choices);
        }

        /// <summary>The encoded vector: values, then one one-hot block for each choice.</summary>
        public float[] Encode()
        {
            var encoded = new float[Schema.Width];
            Array.Copy(values, encoded, values.Length);
            for (int i = 0; i < choices.Length; i++) encoded[Schema.ChoiceStarts[i] + choices[i]] = 1;
            return encoded;
        }

        private int Known(int index, string name)
        {
            if (index < 0) throw new SchemaException("schema '" + Schema.Name + "' has no parameter '" + name + "'");
            return index;
        }
    }
}
