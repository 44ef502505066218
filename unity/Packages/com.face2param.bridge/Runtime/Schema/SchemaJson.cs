using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;

namespace Face2Param
{
    /// <summary>Schemas as JSON, read with suspicion, and the hash that identifies them; the same
    /// as Python's face2param.schema.serialization.</summary>
    public static class SchemaJson
    {
        private static readonly string[] Fields = { "name", "version", "description", "continuous", "choices", "nuisance" };

        /// <summary>Reads a schema file.</summary>
        /// <exception cref="SchemaException">It cannot be read, or a field is wrong.</exception>
        public static CharacterSchema Load(string path)
        {
            try
            {
                return Parse(JsonReader.ReadObject(path, "schema"), "schema " + path);
            }
            catch (CodecException error)
            {
                throw new SchemaException(error.Message);
            }
        }

        /// <summary>Reads the JSON text of a schema.</summary>
        /// <exception cref="SchemaException">Not JSON, or a field is wrong.</exception>
        public static CharacterSchema FromText(string text, string where)
        {
            try
            {
                return Parse(JsonReader.Parse(text, where), where);
            }
            catch (CodecException error)
            {
                throw new SchemaException(error.Message);
            }
        }

        /// <summary>Reads the JSON object of a schema.</summary>
        /// <exception cref="SchemaException">A field is missing, unknown or of a wrong type.</exception>
        public static CharacterSchema Parse(JsonValue data, string where)
        {
            if (data.Kind != JsonKind.Object) throw new SchemaException(where + ": a schema must be a JSON object, not " + data.Describe());
            Known(data, Fields, where);
            var continuous = new List<ContinuousControl>();
            foreach (Entry entry in Entries(data, "continuous", where)) continuous.Add(entry.Continuous());
            var choices = new List<ChoiceControl>();
            foreach (Entry entry in Entries(data, "choices", where)) choices.Add(entry.Choice());
            var nuisance = new List<NuisanceControl>();
            foreach (Entry entry in Entries(data, "nuisance", where)) nuisance.Add(entry.Nuisance());
            var texts = new Entry(data, where);
            return new CharacterSchema(texts.Text("name"), texts.Text("version"), continuous, choices, nuisance, texts.Text("description", ""));
        }

        /// <summary>The JSON text of a schema, byte for byte as Python writes it.</summary>
        public static string ToText(CharacterSchema schema)
        {
            JsonValue data = JsonValue.NewObject().Add("name", JsonValue.Of(schema.Name)).Add("version", JsonValue.Of(schema.Version))
                .Add("description", JsonValue.Of(schema.Description));
            JsonValue continuous = JsonValue.NewList(), choices = JsonValue.NewList(), nuisance = JsonValue.NewList();
            foreach (ContinuousControl c in schema.Continuous)
            {
                JsonValue entry = Head(c);
                if (c.Default != 0.5) entry.Add("default", JsonValue.Of(c.Default));
                if (c.Mirror != null) entry.Add("mirror", JsonValue.Of(c.Mirror));
                continuous.Add(Tail(entry, c));
            }
            foreach (ChoiceControl c in schema.Choices)
                choices.Add(Tail(Head(c).Add("options", JsonValue.ListOf(c.Options)).Add("default", JsonValue.Of(c.Default)), c));
            foreach (NuisanceControl c in schema.Nuisance)
            {
                JsonValue entry = Head(c);
                if (c.Minimum != 0) entry.Add("minimum", JsonValue.Of(c.Minimum));
                if (c.Maximum != 1) entry.Add("maximum", JsonValue.Of(c.Maximum));
                if (c.Default != 0) entry.Add("default", JsonValue.Of(c.Default));
                if (c.Unit != "weight") entry.Add("unit", JsonValue.Of(c.Unit));
                if (c.Mirror != null) entry.Add("mirror", JsonValue.Of(c.Mirror));
                if (c.MirrorSign != 1) entry.Add("mirror_sign", JsonValue.Of(c.MirrorSign));
                nuisance.Add(Tail(entry, c));
            }
            data.Add("continuous", continuous).Add("choices", choices).Add("nuisance", nuisance);
            return JsonWriter.Indented(data, 1) + "\n";
        }

        /// <summary>The first 64 bits of the SHA-256 of what decides about vectors: order, names,
        /// defaults, options, ranges, mirror partners; not groups and descriptions.</summary>
        public static string Hash(CharacterSchema schema)
        {
            JsonValue continuous = JsonValue.NewList(), choices = JsonValue.NewList(), nuisance = JsonValue.NewList();
            foreach (ContinuousControl c in schema.Continuous)
                continuous.Add(JsonValue.NewObject().Add("default", JsonValue.Of(c.Default)).Add("mirror", JsonValue.Of(c.Mirror)).Add("name", JsonValue.Of(c.Name)));
            foreach (ChoiceControl c in schema.Choices)
                choices.Add(JsonValue.NewObject().Add("default", JsonValue.Of(c.Default)).Add("name", JsonValue.Of(c.Name)).Add("options", JsonValue.ListOf(c.Options)));
            foreach (NuisanceControl c in schema.Nuisance)
                nuisance.Add(JsonValue.NewObject().Add("default", JsonValue.Of(c.Default)).Add("maximum", JsonValue.Of(c.Maximum))
                    .Add("minimum", JsonValue.Of(c.Minimum)).Add("mirror", JsonValue.Of(c.Mirror)).Add("mirror_sign", JsonValue.Of(c.MirrorSign))
                    .Add("name", JsonValue.Of(c.Name)).Add("unit", JsonValue.Of(c.Unit)));
            JsonValue data = JsonValue.NewObject().Add("choices", choices).Add("continuous", continuous)
                .Add("name", JsonValue.Of(schema.Name)).Add("nuisance", nuisance).Add("version", JsonValue.Of(schema.Version));
            byte[] digest;
            using (SHA256 sha = SHA256.Create()) digest = sha.ComputeHash(Encoding.ASCII.GetBytes(JsonWriter.Compact(data)));
            var text = new StringBuilder();
            for (int i = 0; i < 8; i++) text.Append(digest[i].ToString("x2"));
            return text.ToString();
        }

        private static JsonValue Head(Control control)
        {
            return JsonValue.NewObject().Add("name", JsonValue.Of(control.Name)).Add("group", JsonValue.Of(control.Group));
        }

        private static JsonValue Tail(JsonValue entry, Control control)
        {
            return control.Description == "" ? entry : entry.Add("description", JsonValue.Of(control.Description));
        }

        private static void Known(JsonValue data, string[] fields, string where)
        {
            foreach (string name in data.Names)
                if (Array.IndexOf(fields, name) < 0)
                    throw new SchemaException(where + ": unknown field '" + name + "'; known are " + string.Join(", ", fields));
        }

        private static IEnumerable<Entry> Entries(JsonValue data, string field, string where)
        {
            JsonValue list = data[field];
            if (list == null) yield break;
            if (list.Kind != JsonKind.List) throw new SchemaException(where + ": field '" + field + "' is " + list.Describe() + "; it must be a list");
            for (int i = 0; i < list.Items.Count; i++)
            {
                string here = where + ": " + field + "[" + i + "]";
                if (list.Items[i].Kind != JsonKind.Object) throw new SchemaException(here + " is " + list.Items[i].Describe() + "; it must be a JSON object");
                yield return new Entry(list.Items[i], here);
            }
        }

        /// <summary>One control's object.</summary>
        private sealed class Entry
        {
            private static readonly string[] ContinuousFields = { "name", "group", "default", "mirror", "description" };
            private static readonly string[] ChoiceFields = { "name", "group", "options", "default", "description" };
            private static readonly string[] NuisanceFields = { "name", "group", "minimum", "maximum", "default", "unit", "mirror", "mirror_sign", "description" };
            private readonly JsonValue data;
            private readonly string where;

            public Entry(JsonValue data, string where)
            {
                this.data = data;
                this.where = where;
            }

            public ContinuousControl Continuous()
            {
                Known(data, ContinuousFields, where);
                return Placed(() => new ContinuousControl(Text("name"), Text("group"), Number("default", 0.5), Partner(), Text("description", "")));
            }

            public ChoiceControl Choice()
            {
                Known(data, ChoiceFields, where);
                JsonValue options = data["options"];
                if (options == null) throw new SchemaException(where + ": field 'options' is missing");
                if (options.Kind != JsonKind.List) throw new SchemaException(where + ": field 'options' is " + options.Describe() + "; it must be a list of at least two names");
                var names = new List<string>();
                foreach (JsonValue option in options.Items) names.Add(option.Kind == JsonKind.Text ? option.Text : null);
                return Placed(() => new ChoiceControl(Text("name"), Text("group"), names, Text("default"), Text("description", "")));
            }

            public NuisanceControl Nuisance()
            {
                Known(data, NuisanceFields, where);
                return Placed(() => new NuisanceControl(Text("name"), Text("group"), Number("minimum", 0), Number("maximum", 1), Number("default", 0),
                    Text("unit", "weight"), Partner(), Number("mirror_sign", 1), Text("description", "")));
            }

            public string Text(string field, string otherwise = null)
            {
                JsonValue value = data[field];
                if (value == null && otherwise != null) return otherwise;
                if (value == null) throw new SchemaException(where + ": field '" + field + "' is missing");
                if (value.Kind != JsonKind.Text) throw new SchemaException(where + ": field '" + field + "' is " + value.Describe() + "; it must be a text");
                return value.Text;
            }

            private string Partner()
            {
                JsonValue value = data["mirror"];
                return value == null || value.IsNull ? null : Text("mirror");
            }

            private double Number(string field, double otherwise)
            {
                JsonValue value = data[field];
                if (value == null) return otherwise;
                if (value.Kind != JsonKind.Number) throw new SchemaException(where + ": field '" + field + "' is " + value.Describe() + "; it must be a number");
                return value.Number;
            }

            private T Placed<T>(Func<T> make)
            {
                try
                {
                    return make();
                }
                catch (SchemaException error)
                {
                    throw error.Message.StartsWith(where, StringComparison.Ordinal) ? error : new SchemaException(where + ": " + error.Message);
                }
            }
        }
    }
}
