using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>One control that a character family offers.</summary>
    public abstract class Control
    {
        protected Control(string name, string group, string description)
        {
            Name = name;
            Group = group;
            Description = description ?? "";
            if (!IsName(name)) throw Wrong("name", name, "a letter, then letters, digits and '_'");
            if (string.IsNullOrEmpty(group)) throw Wrong("group", group, "a text that is not empty");
        }

        /// <summary>Unique within the schema.</summary>
        public string Name { get; private set; }

        /// <summary>Heading under which a person looks for it.</summary>
        public string Group { get; private set; }

        /// <summary>One sentence for people; not part of the schema's hash.</summary>
        public string Description { get; private set; }

        protected abstract string Kind { get; }

        protected SchemaException Wrong(string field, object received, string wanted)
        {
            return new SchemaException(Kind + " '" + Name + "': field '" + field + "' is " + Show(received) + "; it must be " + wanted);
        }

        private static string Show(object received)
        {
            if (received is double) return Decimals.Repr((double)received);
            return received == null ? "null" : "'" + received + "'";
        }

        protected void CheckNumber(string field, double value, double low, double high)
        {
            if (!double.IsNaN(value) && !double.IsInfinity(value) && value >= low && value <= high) return;
            string wanted = double.IsInfinity(low) ? "a finite number" : "a number in [" + Decimals.Repr(low) + ", " + Decimals.Repr(high) + "]";
            throw Wrong(field, value, wanted);
        }

        private static bool IsName(string name)
        {
            if (string.IsNullOrEmpty(name) || !IsLetter(name[0])) return false;
            foreach (char c in name) if (!IsLetter(c) && !IsDigit(c) && c != '_') return false;
            return true;
        }

        protected static bool IsLetter(char c) { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'; }
        protected static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
    }

    /// <summary>A slider with values in [0, 1].</summary>
    public sealed class ContinuousControl : Control
    {
        /// <param name="name">Unique within the schema.</param>
        /// <param name="group">Heading for people.</param>
        /// <param name="defaultValue">The neutral value, usually 0.5.</param>
        /// <param name="mirror">null: symmetric. Another name: the two swap when the character is
        /// mirrored. Its own name: the value becomes 1 - value.</param>
        /// <param name="description">For people.</param>
        public ContinuousControl(string name, string group, double defaultValue = 0.5, string mirror = null, string description = "")
            : base(name, group, description)
        {
            Default = defaultValue;
            Mirror = mirror;
            CheckNumber("default", defaultValue, 0, 1);
        }

        public double Default { get; private set; }
        public string Mirror { get; private set; }
        protected override string Kind { get { return "continuous"; } }
    }

    /// <summary>A pick of one among named options, such as a hairstyle.</summary>
    public sealed class ChoiceControl : Control
    {
        public ChoiceControl(string name, string group, IList<string> options, string defaultOption, string description = "")
            : base(name, group, description)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (string option in options)
            {
                if (!IsOption(option)) throw Wrong("options", option, "letters, digits, '_' and '-'");
                if (!seen.Add(option)) throw Wrong("options", option, "at least two different names");
            }
            if (options.Count < 2) throw Wrong("options", string.Join(", ", options), "at least two different names");
            if (!seen.Contains(defaultOption ?? "")) throw Wrong("default", defaultOption, "one of " + string.Join(", ", options));
            Options = new List<string>(options).AsReadOnly();
            Default = defaultOption;
            DefaultIndex = options.IndexOf(defaultOption);
        }

        public IList<string> Options { get; private set; }
        public string Default { get; private set; }
        public int DefaultIndex { get; private set; }
        protected override string Kind { get { return "choice"; } }

        private static bool IsOption(string name)
        {
            if (string.IsNullOrEmpty(name) || !IsLetter(name[0]) && !IsDigit(name[0])) return false;
            foreach (char c in name) if (!IsLetter(c) && !IsDigit(c) && c != '_' && c != '-') return false;
            return true;
        }
    }

    /// <summary>A control of the picture that does not belong to the character: expression, pose.</summary>
    public sealed class NuisanceControl : Control
    {
        /// <param name="name">Unique within the schema; expressions have ARKit's names.</param>
        /// <param name="group">"expression", "pose", or another heading.</param>
        /// <param name="minimum">Lowest value, in the unit.</param>
        /// <param name="maximum">Highest value.</param>
        /// <param name="defaultValue">Of a neutral, frontal picture.</param>
        /// <param name="unit">"weight" or "radian".</param>
        /// <param name="mirror">The control that takes this one's value in the mirrored picture.</param>
        /// <param name="mirrorSign">1 or -1.</param>
        /// <param name="description">For people.</param>
        public NuisanceControl(string name, string group, double minimum = 0, double maximum = 1, double defaultValue = 0,
            string unit = "weight", string mirror = null, double mirrorSign = 1, string description = "")
            : base(name, group, description)
        {
            Minimum = minimum;
            Maximum = maximum;
            Default = defaultValue;
            Unit = unit;
            Mirror = mirror;
            MirrorSign = mirrorSign;
            CheckNumber("minimum", minimum, double.NegativeInfinity, double.PositiveInfinity);
            CheckNumber("maximum", maximum, double.NegativeInfinity, double.PositiveInfinity);
            if (!(minimum < maximum)) throw Wrong("maximum", maximum, "more than minimum " + Decimals.Repr(minimum));
            CheckNumber("default", defaultValue, minimum, maximum);
            if (unit != "weight" && unit != "radian") throw Wrong("unit", unit, "'weight' or 'radian'");
            if (mirrorSign != 1 && mirrorSign != -1) throw Wrong("mirror_sign", mirrorSign, "1.0 or -1.0");
        }

        public double Minimum { get; private set; }
        public double Maximum { get; private set; }
        public double Default { get; private set; }
        public string Unit { get; private set; }
        public string Mirror { get; private set; }
        public double MirrorSign { get; private set; }
        protected override string Kind { get { return "nuisance"; } }
    }
}
