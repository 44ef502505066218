using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>How a row of the preview is set.</summary>
    public enum PreviewRowKind
    {
        /// <summary>One number.</summary>
        Slider,

        /// <summary>One of several options.</summary>
        Popup,

        /// <summary>Three numbers that are red, green, blue or hue, saturation, value.</summary>
        Colour,
    }

    /// <summary>One row of the preview: a slider, a popup or a colour field.</summary>
    public sealed class PreviewRow
    {
        /// <summary>How it is set.</summary>
        public PreviewRowKind Kind;

        /// <summary>Heading under which it stands.</summary>
        public string Group;

        /// <summary>For people.</summary>
        public string Label;

        /// <summary>One sentence for people.</summary>
        public string Description;

        /// <summary>The parameters: one, or the three of a colour.</summary>
        public string[] Names;

        /// <summary>Whether the three are hue, saturation and value.</summary>
        public bool IsHsv;

        /// <summary>The rows of a schema, group by group in the schema's order.</summary>
        public static IList<PreviewRow> Of(CharacterSchema schema)
        {
            var rows = new List<PreviewRow>();
            foreach (string group in schema.Groups)
            {
                var taken = new HashSet<string>();
                foreach (ContinuousControl control in schema.Continuous)
                {
                    if (control.Group != group || taken.Contains(control.Name))
                    {
                        continue;
                    }
                    PreviewRow row = Triple(schema, control) ?? new PreviewRow
                    {
                        Kind = PreviewRowKind.Slider, Names = new[] { control.Name },
                        Label = Words(control.Name),
                    };
                    row.Group = group;
                    row.Description = control.Description;
                    taken.UnionWith(row.Names);
                    rows.Add(row);
                }
                foreach (ChoiceControl control in schema.Choices)
                {
                    if (control.Group == group)
                    {
                        rows.Add(new PreviewRow
                        {
                            Kind = PreviewRowKind.Popup, Names = new[] { control.Name },
                            Label = Words(control.Name), Group = group,
                            Description = control.Description,
                        });
                    }
                }
            }
            return rows;
        }

        /// <summary>The colour that a character has there.</summary>
        public Color Colour(Character character)
        {
            var numbers = new Vector3(
                character.Value(Names[0]), character.Value(Names[1]), character.Value(Names[2]));
            Vector3 rgb = IsHsv ? Hsv.ToRgb(numbers) : numbers;
            return new Color(rgb.x, rgb.y, rgb.z);
        }

        /// <summary>The three values of a colour.</summary>
        public float[] Numbers(Color colour)
        {
            var numbers = new Vector3(colour.r, colour.g, colour.b);
            numbers = IsHsv ? Hsv.FromRgb(numbers) : numbers;
            return new[] { numbers.x, numbers.y, numbers.z };
        }

        /// <summary>"nose_tip_width" as "Nose tip width".</summary>
        public static string Words(string name)
        {
            string words = name.Replace('_', ' ');
            return char.ToUpperInvariant(words[0]) + words.Substring(1);
        }

        static PreviewRow Triple(CharacterSchema schema, ContinuousControl control)
        {
            foreach (string[] ends in new[]
            {
                new[] { "_red", "_green", "_blue" }, new[] { "_r", "_g", "_b" },
                new[] { "_hue", "_saturation", "_value" },
            })
            {
                foreach (string end in ends)
                {
                    if (!control.Name.EndsWith(end, StringComparison.Ordinal))
                    {
                        continue;
                    }
                    string stem = control.Name.Substring(0, control.Name.Length - end.Length);
                    string[] names = Array.ConvertAll(ends, other => stem + other);
                    if (stem != "" && Array.TrueForAll(names, name => InGroup(schema, name, control)))
                    {
                        return new PreviewRow
                        {
                            Kind = PreviewRowKind.Colour, Names = names, Label = Words(stem),
                            IsHsv = ends[0] == "_hue",
                        };
                    }
                }
            }
            return null;
        }

        static bool InGroup(CharacterSchema schema, string name, ContinuousControl control)
        {
            int i = schema.ContinuousIndex(name);
            return i >= 0 && schema.Continuous[i].Group == control.Group;
        }
    }
}
