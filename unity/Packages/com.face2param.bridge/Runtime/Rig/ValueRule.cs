using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// The rule that turns values of controls into weights, places and colours; the same as Python's
    /// face2param.engines.rigged.value_rule. A control with limits low and high and the default d has
    /// t = (v - d) / (high - d) above d and (d - v) / (d - low) below; a channel of it moves its target
    /// by lerp(neutral, extreme, t) - neutral from where that rests. Differences on one target add
    /// up; turns are multiplied, the first innermost.
    /// </summary>
    public sealed class ValueRule
    {
        private struct Move
        {
            public int Control, Slot;
            public double Low, High;
        }

        private struct Turn
        {
            /// <summary>-1 of what an option sets.</summary>
            public int Control;

            /// <summary>-1: the whole model.</summary>
            public int Node;
            public Quaternion Neutral, Minimum, Maximum;
            public Vector3 Pivot;
        }

        private sealed class Settings
        {
            public readonly List<Move> Moves = new List<Move>();
            public readonly List<Turn> Turns = new List<Turn>();
            public readonly List<int> Shows = new List<int>();
            public readonly List<KeyValuePair<string, string>> Images = new List<KeyValuePair<string, string>>();
        }

        private readonly RigModel model;
        private readonly HeadFile head;
        private readonly RigSlots slots;
        private readonly List<Move> moves = new List<Move>();
        private readonly List<Turn> turns = new List<Turn>();
        private readonly Dictionary<string, Settings> options = new Dictionary<string, Settings>(StringComparer.Ordinal);

        /// <exception cref="EngineException">A binding or a layer names what the model lacks; the message says
        /// which.</exception>
        public ValueRule(RigModel model, HeadFile head)
        {
            this.model = model;
            this.head = head;
            foreach (string material in head.Layers.Keys) CheckMaterial(material, "layers");
            slots = new RigSlots(model, head.Layers);
            Governed = new List<int>();
            int control = 0;
            foreach (ContinuousControl c in head.Schema.Continuous) Bind(c.Name, control++);
            foreach (NuisanceControl c in head.Schema.Nuisance) Bind(c.Name, control++);
            foreach (KeyValuePair<string, IList<OptionChannel>> bound in head.Options) options.Add(bound.Key, Options(bound.Key, bound.Value));
        }

        /// <summary>Nodes that options show; the others are always there.</summary>
        public IList<int> Governed { get; private set; }

        /// <summary>Where everything goes.</summary>
        /// <param name="character">Of the head's schema.</param>
        /// <param name="nuisance">Expression and pose; null: neutral.</param>
        /// <exception cref="EngineException">A character of another schema, or numbers that do not fit.</exception>
        public RigOutcome Apply(Character character, float[] nuisance)
        {
            CharacterSchema schema = head.Schema;
            if (character.Schema.Hash != schema.Hash)
                throw new EngineException("character: of schema '" + character.Schema.Name + "' (" + character.Schema.Hash + "), this head has '" + schema.Name + "' (" + schema.Hash + ")");
            nuisance = nuisance ?? schema.NeutralNuisance();
            if (nuisance.Length != schema.Nuisance.Count) throw new EngineException("nuisance: got " + nuisance.Length + " values, schema '" + schema.Name + "' wants " + schema.Nuisance.Count);
            var travel = new double[schema.Continuous.Count + nuisance.Length];
            for (int i = 0; i < schema.Continuous.Count; i++) travel[i] = Travel(character.Value(i), 0, schema.Continuous[i].Default, 1);
            for (int i = 0; i < nuisance.Length; i++)
            {
                if (float.IsNaN(nuisance[i]) || float.IsInfinity(nuisance[i])) throw new EngineException("nuisance: '" + schema.Nuisance[i].Name + "' is not a finite number");
                NuisanceControl c = schema.Nuisance[i];
                travel[schema.Continuous.Count + i] = Travel(nuisance[i], c.Minimum, c.Default, c.Maximum);
            }
            var numbers = (double[])slots.Rest.Clone();
            var images = new Dictionary<string, string>(StringComparer.Ordinal);
            var outcome = new RigOutcome(slots, head, numbers, images) { Rotations = RestRotations(), RootPosition = Vector3.zero, RootRotation = Quaternion.identity };
            var hidden = new HashSet<int>(Governed);
            for (int i = 0; i < schema.Choices.Count; i++)
            {
                Settings set;
                if (!options.TryGetValue(schema.Choices[i].Name + "=" + schema.Choices[i].Options[character.Pick(i)], out set)) continue;
                foreach (Move move in set.Moves) numbers[move.Slot] += move.High;
                foreach (Turn turn in set.Turns) Apply(turn, 1, outcome);
                hidden.ExceptWith(set.Shows);
                foreach (KeyValuePair<string, string> image in set.Images) images[image.Key] = image.Value;
            }
            foreach (Move move in moves)
            {
                double t = travel[move.Control];
                numbers[move.Slot] += t < 0 ? -t * move.Low : t * move.High;
            }
            foreach (Turn turn in turns) if (travel[turn.Control] != 0) Apply(turn, travel[turn.Control], outcome);
            outcome.Shown = Shown(hidden);
            return outcome;
        }

        /// <summary>How far a value is from its default, -1 at the lowest to 1 at the highest.</summary>
        public static double Travel(double value, double low, double neutral, double high)
        {
            double offset = Math.Max(low, Math.Min(high, value)) - neutral;
            double room = offset < 0 ? neutral - low : high - neutral;
            return room > 0 ? offset / room : 0;
        }

        private static void Apply(Turn turn, double travel, RigOutcome outcome)
        {
            Quaternion reached = Quaternion.Lerp(turn.Neutral, travel >= 0 ? turn.Maximum : turn.Minimum, (float)Math.Abs(travel));
            Quaternion delta = reached * Quaternion.Inverse(turn.Neutral);
            if (turn.Node >= 0)
            {
                outcome.Rotations[turn.Node] = Unit(delta * outcome.Rotations[turn.Node]);
                return;
            }
            outcome.RootPosition = delta * (outcome.RootPosition - turn.Pivot) + turn.Pivot;
            outcome.RootRotation = Unit(delta * outcome.RootRotation);
        }

        private void Bind(string name, int control)
        {
            IList<SliderChannel> channels = head.Sliders[name];
            for (int i = 0; i < channels.Count; i++)
            {
                SliderChannel channel = channels[i];
                string where = "binding '" + name + "'[" + i + "]";
                if (channel.Target.IsRotation)
                {
                    int node = channel.Target.Name == null ? -1 : slots.Node(channel.Target.Name, where);
                    Quaternion neutral = channel.Neutral != null ? Of(channel.Neutral) : node < 0 ? Quaternion.identity : Unit(model.Nodes[node].Rotation);
                    turns.Add(new Turn { Control = control, Node = node, Neutral = neutral, Minimum = Of(channel.Minimum), Maximum = Of(channel.Maximum), Pivot = Pivot(channel.Target) });
                    continue;
                }
                foreach (int slot in slots.Of(channel.Target, where))
                    for (int k = 0; k < channel.Target.Width; k++)
                    {
                        double neutral = channel.Neutral == null ? slots.Rest[slot + k] : channel.Neutral[k];
                        moves.Add(new Move { Control = control, Slot = slot + k, Low = channel.Minimum[k] - neutral, High = channel.Maximum[k] - neutral });
                    }
            }
        }

        private Settings Options(string name, IList<OptionChannel> channels)
        {
            var set = new Settings();
            for (int i = 0; i < channels.Count; i++)
            {
                OptionChannel channel = channels[i];
                string where = "binding '" + name + "'[" + i + "]";
                if (channel.Show != null)
                {
                    foreach (string pattern in channel.Show) set.Shows.AddRange(Matching(pattern, where));
                }
                else if (channel.Image != null)
                {
                    CheckMaterial(channel.Material, where);
                    set.Images.Add(new KeyValuePair<string, string>(channel.Material + "\t" + channel.Slot, channel.Image));
                }
                else if (channel.Target.IsRotation)
                {
                    int node = channel.Target.Name == null ? -1 : slots.Node(channel.Target.Name, where);
                    Quaternion rest = node < 0 ? Quaternion.identity : Unit(model.Nodes[node].Rotation), value = Of(channel.Value);
                    set.Turns.Add(new Turn { Control = -1, Node = node, Neutral = rest, Minimum = value, Maximum = value, Pivot = Pivot(channel.Target) });
                }
                else
                {
                    foreach (int slot in slots.Of(channel.Target, where))
                        for (int k = 0; k < channel.Target.Width; k++) set.Moves.Add(new Move { Slot = slot + k, High = channel.Value[k] - slots.Rest[slot + k] });
                }
            }
            foreach (int node in set.Shows) if (!Governed.Contains(node)) Governed.Add(node);
            return set;
        }

        private List<int> Matching(string pattern, string where)
        {
            var found = new List<int>();
            var names = new List<string>();
            for (int i = 0; i < model.Nodes.Count; i++)
            {
                names.Add(model.Nodes[i].Name);
                if (Glob.Matches(pattern, model.Nodes[i].Name)) found.Add(i);
            }
            if (found.Count == 0) throw RigSlots.Missing(where, "node", pattern, names);
            return found;
        }

        private void CheckMaterial(string material, string where)
        {
            var names = new List<string>();
            foreach (RigModel.Surface surface in model.Surfaces) names.Add(surface.Name);
            if (!names.Contains(material)) throw RigSlots.Missing(where, "material", material, names);
        }

        private Quaternion[] RestRotations()
        {
            var rotations = new Quaternion[model.Nodes.Count];
            for (int i = 0; i < rotations.Length; i++) rotations[i] = Unit(model.Nodes[i].Rotation);
            return rotations;
        }

        private bool[] Shown(HashSet<int> hidden)
        {
            var shown = new bool[model.Nodes.Count];
            for (int i = 0; i < shown.Length; i++)
            {
                shown[i] = true;
                for (int above = i; above >= 0; above = model.Nodes[above].Parent) shown[i] &= !hidden.Contains(above);
            }
            return shown;
        }

        private static Vector3 Pivot(ChannelTarget target)
        {
            return target.Pivot == null ? Vector3.zero : new Vector3((float)target.Pivot[0], (float)target.Pivot[1], (float)target.Pivot[2]);
        }

        private static Quaternion Of(double[] v) { return new Quaternion((float)v[0], (float)v[1], (float)v[2], (float)v[3]); }
        private static Quaternion Unit(Quaternion q) { return q.normalized; }
    }
}
