using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>
    /// What the preview shows and every step that led to it, without any window: set, undo, redo,
    /// reset, random, load and save.
    /// </summary>
    public sealed class PreviewModel
    {
        /// <summary>Steps that are remembered; the oldest are forgotten first.</summary>
        public const int MaximumSteps = 200;

        readonly List<Character> history = new List<Character>();
        int forgotten, shown;
        string open;

        /// <summary>Begins with the neutral character.</summary>
        public PreviewModel(CharacterSchema schema)
        {
            Schema = schema;
            history.Add(schema.Neutral());
            Nuisance = schema.NeutralNuisance();
        }

        /// <summary>Called after every change of character or nuisance.</summary>
        public event Action Changed;

        /// <summary>What can be set.</summary>
        public CharacterSchema Schema { get; private set; }

        /// <summary>Expression and pose; they belong to the picture, so they have no undo.</summary>
        public float[] Nuisance { get; private set; }

        /// <summary>Body shape of .bytes files: 3 male, 4 female.</summary>
        public int Shape = BytesFile.Male;

        /// <summary>The character that is shown.</summary>
        public Character Character
        {
            get { return history[shown]; }
        }

        /// <summary>Number of the step that is shown; steps keep their numbers.</summary>
        public int Step
        {
            get { return forgotten + shown; }
        }

        /// <summary>Whether there is an earlier step.</summary>
        public bool CanUndo
        {
            get { return shown > 0; }
        }

        /// <summary>Whether there is a later step.</summary>
        public bool CanRedo
        {
            get { return shown + 1 < history.Count; }
        }

        /// <summary>Sets a slider. Moves of one slider are one step until <see cref="EndDrag"/>.
        /// </summary>
        /// <exception cref="SchemaException">No such parameter.</exception>
        public void Set(string name, float value)
        {
            SetAll(new[] { name }, new[] { value });
        }

        /// <summary>Sets several sliders in one step, such as those of a colour.</summary>
        /// <exception cref="SchemaException">No such parameter.</exception>
        public void SetAll(string[] names, float[] values)
        {
            Character next = Character;
            for (int i = 0; i < names.Length; i++)
            {
                next = next.With(names[i], Math.Max(0, Math.Min(1, values[i])));
            }
            if (open == names[0] && shown > 0)
            {
                Forget();
                history[shown] = next;
                Tell();
                return;
            }
            Push(next);
            open = names[0];
        }

        /// <summary>Picks an option.</summary>
        /// <exception cref="SchemaException">No such choice or option.</exception>
        public void Set(string name, string option)
        {
            Push(Character.With(name, option));
        }

        /// <summary>Sets an expression or pose.</summary>
        /// <exception cref="SchemaException">No such control.</exception>
        public void SetNuisance(string name, float value)
        {
            int i = Schema.NuisanceIndex(name);
            if (i < 0)
            {
                throw new SchemaException(
                    "schema '" + Schema.Name + "' has no nuisance control '" + name + "'");
            }
            NuisanceControl control = Schema.Nuisance[i];
            Nuisance[i] = (float)Math.Max(control.Minimum, Math.Min(control.Maximum, value));
            Tell();
        }

        /// <summary>The mouse was let go: the next move is a step of its own.</summary>
        public void EndDrag()
        {
            open = null;
        }

        /// <summary>One step back.</summary>
        public void Undo()
        {
            GoTo(Step - 1);
        }

        /// <summary>One step forth.</summary>
        public void Redo()
        {
            GoTo(Step + 1);
        }

        /// <summary>Shows a step of the history; one that is not there changes nothing.</summary>
        public void GoTo(int step)
        {
            int place = step - forgotten;
            if (place < 0 || place >= history.Count || place == shown)
            {
                return;
            }
            shown = place;
            open = null;
            Tell();
        }

        /// <summary>The neutral character and expression.</summary>
        public void Reset()
        {
            Nuisance = Schema.NeutralNuisance();
            Push(Schema.Neutral());
        }

        /// <summary>A random character; the same seed gives the same one, here and in Python.
        /// </summary>
        public void Randomise(long seed, double spread)
        {
            Push(Sampler.DrawCharacter(Schema, new NumpyRandom(seed), spread));
        }

        /// <summary>Shows a character from elsewhere.</summary>
        /// <exception cref="SchemaException">It belongs to another schema.</exception>
        public void Show(Character character)
        {
            Schema.CheckSame(character.Schema.Name, character.Schema.Hash, "the character");
            Push(character);
        }

        /// <summary>Loads params.json or a .bytes file, by its name.</summary>
        /// <exception cref="Face2ParamException">Damaged, or of another schema.</exception>
        public void Load(string path)
        {
            if (IsBytes(path))
            {
                BytesFile file = BytesFile.Read(path);
                Show(file.Character.Clipped());
                Shape = file.Shape;
                return;
            }
            Show(ParamsJson.Read(path, Schema));
        }

        /// <summary>Saves params.json or a .bytes file, by its name.</summary>
        /// <exception cref="Face2ParamException">It cannot be written, or the schema has no .bytes
        /// form.</exception>
        public void Save(string path)
        {
            if (IsBytes(path))
            {
                new BytesFile(Character, Shape).Write(path);
                return;
            }
            ParamsJson.Write(path, Character);
        }

        static bool IsBytes(string path)
        {
            return path.EndsWith(".bytes", StringComparison.OrdinalIgnoreCase);
        }

        void Push(Character next)
        {
            Forget();
            history.Add(next);
            if (history.Count > MaximumSteps)
            {
                history.RemoveAt(0);
                forgotten++;
            }
            shown = history.Count - 1;
            open = null;
            Tell();
        }

        void Forget()
        {
            history.RemoveRange(shown + 1, history.Count - shown - 1);
        }

        void Tell()
        {
            if (Changed != null)
            {
                Changed();
            }
        }
    }
}
