using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>One JSON object of a glTF file, read one checked value at a time. Every message
    /// names the place.</summary>
    internal sealed class GltfItem
    {
        private const int MaximumEntries = 1 << 18;

        private readonly JsonValue value;
        private readonly string where;

        public GltfItem(JsonValue value, string where)
        {
            this.value = value;
            this.where = where;
            if (value.Kind != JsonKind.Object) throw Error("must be an object, got " + value.Describe());
        }

        public bool Has(string name) { return value[name] != null; }

        public CodecException Error(string message) { return new CodecException(where + " " + message); }

        public CodecException Error(string name, string message) { return new CodecException(where + "." + name + " " + message); }

        /// <summary>A whole number in these limits; without a default it must be there.</summary>
        public int Integer(string name, long otherwise, long lowest, long highest)
        {
            JsonValue found = value[name];
            if (found == null && otherwise >= lowest) return (int)otherwise;
            bool whole = found != null && found.Kind == JsonKind.Number && System.Math.Floor(found.Number) == found.Number;
            if (!whole || found.Number < lowest || found.Number > highest)
                throw Error(name, "must be a whole number in " + lowest + ".." + highest + ", got " + (found == null ? "nothing" : found.Describe()));
            return (int)found.Number;
        }

        /// <summary>Index of one of so many things, or -1 where there is none.</summary>
        public int Index(string name, int count) { return Has(name) ? Integer(name, -1, 0, count - 1) : -1; }

        public float Number(string name, double otherwise)
        {
            JsonValue found = value[name];
            if (found == null) return (float)otherwise;
            return Single(found, name);
        }

        /// <summary>So many numbers (-1: any count), or null where there are none.</summary>
        public float[] Numbers(string name, int count)
        {
            if (!Has(name)) return null;
            IList<JsonValue> items = List(name);
            if (count >= 0 && items.Count != count) throw Error(name, "must hold " + count + " numbers, got " + items.Count);
            var numbers = new float[items.Count];
            for (int i = 0; i < numbers.Length; i++) numbers[i] = Single(items[i], name);
            return numbers;
        }

        public int[] Indices(string name, int count)
        {
            if (!Has(name)) return new int[0];
            IList<JsonValue> items = List(name);
            var found = new int[items.Count];
            for (int i = 0; i < found.Length; i++)
            {
                JsonValue item = items[i];
                bool good = item.Kind == JsonKind.Number && item.IsInteger && item.Number >= 0 && item.Number < count;
                if (!good) throw Error(name, "must hold whole numbers in 0.." + (count - 1) + ", got " + item.Describe());
                found[i] = (int)item.Number;
            }
            return found;
        }

        /// <summary>A text; empty where there is none.</summary>
        public string Text(string name)
        {
            JsonValue found = value[name];
            if (found == null) return "";
            if (found.Kind != JsonKind.Text) throw Error(name, "must be a text, got " + found.Describe());
            return found.Text;
        }

        public IList<string> Texts(string name)
        {
            var texts = new List<string>();
            if (!Has(name)) return texts;
            foreach (JsonValue item in List(name))
            {
                if (item.Kind != JsonKind.Text) throw Error(name, "must hold texts, got " + item.Describe());
                texts.Add(item.Text);
            }
            return texts;
        }

        /// <summary>Texts in the extras, which may hold anything; empty where there are none.</summary>
        public IList<string> ExtraTexts(string name)
        {
            var texts = new List<string>();
            JsonValue extras = value["extras"];
            JsonValue list = extras == null || extras.Kind != JsonKind.Object ? null : extras[name];
            if (list == null || list.Kind != JsonKind.List) return texts;
            foreach (JsonValue item in list.Items)
            {
                if (item.Kind != JsonKind.Text) return new List<string>();
                texts.Add(item.Text);
            }
            return texts;
        }

        public bool Flag(string name)
        {
            JsonValue found = value[name];
            if (found == null) return false;
            if (found.Kind != JsonKind.Boolean) throw Error(name, "must be true or false, got " + found.Describe());
            return found.Truth;
        }

        /// <summary>The object of this name, or null.</summary>
        public GltfItem Item(string name) { return Has(name) ? new GltfItem(value[name], where + "." + name) : null; }

        public IList<GltfItem> Items(string name)
        {
            var found = new List<GltfItem>();
            if (!Has(name)) return found;
            IList<JsonValue> items = List(name);
            if (items.Count > MaximumEntries) throw Error(name, "has " + items.Count + " entries; at most " + MaximumEntries + " are read");
            for (int i = 0; i < items.Count; i++) found.Add(new GltfItem(items[i], where + "." + name + "[" + i + "]"));
            return found;
        }

        /// <summary>The extension of this name, or null.</summary>
        public GltfItem Extension(string name)
        {
            GltfItem extensions = Item("extensions");
            return extensions == null ? null : extensions.Item(name);
        }

        private float Single(JsonValue item, string name)
        {
            if (item.Kind != JsonKind.Number) throw Error(name, "must be a number, got " + item.Describe());
            var number = (float)item.Number;
            if (float.IsInfinity(number)) throw Error(name, "must be a finite number, got " + item.Describe());
            return number;
        }

        private IList<JsonValue> List(string name)
        {
            JsonValue found = value[name];
            if (found.Kind != JsonKind.List) throw Error(name, "must be a list, got " + found.Describe());
            return found.Items;
        }
    }
}
