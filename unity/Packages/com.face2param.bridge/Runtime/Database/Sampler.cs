using System;

namespace Face2Param
{
    /// <summary>Which character record i of a database shows: the same one as in Python.</summary>
    public static class Sampler
    {
        /// <summary>A character whose parameters are all independent.</summary>
        /// <param name="schema">The family.</param>
        /// <param name="random">Source of the numbers.</param>
        /// <param name="spread">1 draws from [0, 1], smaller ones from the interval shrunk by this
        /// factor towards the default. Choices are always uniform.</param>
        /// <exception cref="SchemaException">The spread is outside [0, 1].</exception>
        public static Character DrawCharacter(CharacterSchema schema, NumpyRandom random, double spread)
        {
            if (!(spread >= 0 && spread <= 1))
            {
                throw new SchemaException(
                    "spread: got " + Decimals.Repr(spread) + ", wants a number in [0, 1]");
            }
            var values = new float[schema.Continuous.Count];
            var picks = new int[schema.Choices.Count];
            for (int i = 0; i < values.Length; i++)
            {
                double neutral = schema.Continuous[i].Default;
                double value = neutral + spread * (random.NextDouble() - neutral);
                values[i] = (float)Math.Max(0, Math.Min(1, value));
            }
            for (int i = 0; i < picks.Length; i++)
            {
                picks[i] = random.Below(schema.Choices[i].Options.Count);
            }
            return new Character(schema, values, picks);
        }

        /// <summary>A random expression and pose.</summary>
        /// <param name="schema">The family.</param>
        /// <param name="random">Source of the numbers.</param>
        /// <param name="amount">How far from neutral, 0 to 1.</param>
        public static float[] DrawNuisance(CharacterSchema schema, NumpyRandom random, double amount)
        {
            float[] values = schema.NeutralNuisance();
            for (int i = 0; i < values.Length; i++)
            {
                NuisanceControl control = schema.Nuisance[i];
                double drawn = random.Uniform(control.Minimum, control.Maximum);
                values[i] = (float)(values[i] + amount * (drawn - values[i]));
            }
            return values;
        }

        /// <summary>Character and nuisance of one record.</summary>
        /// <param name="schema">The family.</param>
        /// <param name="settings">Seed, spread and jitter count.</param>
        /// <param name="index">Of the record; two indices draw independently.</param>
        /// <param name="nuisance">Expression and pose; neutral without jitter.</param>
        public static Character DrawRecord(
            CharacterSchema schema, DatabaseSettings settings, int index, out float[] nuisance)
        {
            var random = new NumpyRandom(settings.Seed, index);
            Character character = DrawCharacter(schema, random, settings.Spread);
            nuisance = settings.Jitter == 0
                ? schema.NeutralNuisance()
                : DrawNuisance(schema, random, settings.Jitter);
            return character;
        }
    }
}
