using System;
using System.Collections.Generic;
using System.Text;

namespace Face2Param
{
    /// <summary>
    /// params.json, a character as people read it; the same as Python's Character.load and save,
    /// byte for byte.
    /// </summary>
    public static class ParamsJson
    {
        /// <summary>Reads a character file.</summary>
        /// <param name="path">Such as the params.json of a fit.</param>
        /// <param name="schema">The schema that the caller works with.</param>
        /// <exception cref="SchemaException">It cannot be read, belongs to another schema, or a value is
        /// missing, unknown, not a number in [0, 1], or not an option; the message names it.</exception>
        public static Character Read(string path, CharacterSchema schema)
        {
            try
            {
                return Parse(JsonReader.ReadObject(path, "character"), schema);
            }
            catch (CodecException error)
            {
                throw new SchemaException(error.Message);
            }
            catch (SchemaException error)
            {
                throw new SchemaException("character file " + path + ": " + error.Message);
            }
        }

        /// <summary>Reads the JSON object of a character; unknown further fields are left alone.</summary>
        /// <exception cref="SchemaException">See Read.</exception>
        public static Character Parse(JsonValue data, CharacterSchema schema)
        {
            foreach (string field in new[] { "schema", "schema_hash", "values", "choices" })
                if (data[field] == null) throw new SchemaException("field '" + field + "' is missing; this is not a character");
            JsonValue hash = data["schema_hash"], name = data["schema"];
            schema.CheckSame(name.Text ?? name.Describe(), hash.Text ?? hash.Describe(), "the character");
            JsonValue values = data["values"], choices = data["choices"];
            CheckNames(values, "values", schema.Continuous);
            CheckNames(choices, "choices", schema.Choices);
            var numbers = new float[schema.Continuous.Count];
            for (int i = 0; i < numbers.Length; i++)
            {
                string parameter = schema.Continuous[i].Name;
                JsonValue value = values[parameter];
                if (value.Kind != JsonKind.Number) throw new SchemaException("'" + parameter + "' is " + value.Describe() + "; it must be a number");
                if (!(value.Number >= 0 && value.Number <= 1)) throw new SchemaException("field 'values': '" + parameter + "' is " + value.Describe() + "; it must be in [0, 1]");
                numbers[i] = (float)value.Number;
            }
            var picks = new int[schema.Choices.Count];
            for (int i = 0; i < picks.Length; i++)
            {
                ChoiceControl choice = schema.Choices[i];
                JsonValue value = choices[choice.Name];
                picks[i] = value.Kind == JsonKind.Text ? choice.Options.IndexOf(value.Text) : -1;
                if (picks[i] < 0) throw new SchemaException("'" + choice.Name + "' is " + value.Describe() + "; it must be one of " + string.Join(", ", choice.Options));
            }
            return new Character(schema, numbers, picks);
        }

        /// <summary>Writes a character file, whole or not at all.</summary>
        /// <exception cref="OutputException">It cannot be written.</exception>
        public static void Write(string path, Character character)
        {
            Files.Write(path, new UTF8Encoding(false).GetBytes(ToText(character)));
        }

        /// <summary>The text of the file.</summary>
        public static string ToText(Character character) { return JsonWriter.Indented(ToJson(character), 2) + "\n"; }

        /// <summary>Schema name, version and hash, values by name, choices by name.</summary>
        public static JsonValue ToJson(Character character)
        {
            CharacterSchema schema = character.Schema;
            JsonValue values = JsonValue.NewObject(), choices = JsonValue.NewObject();
            for (int i = 0; i < schema.Continuous.Count; i++) values.Add(schema.Continuous[i].Name, JsonValue.Of(character.Value(i)));
            for (int i = 0; i < schema.Choices.Count; i++)
                choices.Add(schema.Choices[i].Name, JsonValue.Of(schema.Choices[i].Options[character.Pick(i)]));
            return JsonValue.NewObject().Add("schema", JsonValue.Of(schema.Name)).Add("schema_version", JsonValue.Of(schema.Version))
                .Add("schema_hash", JsonValue.Of(schema.Hash)).Add("values", values).Add("choices", choices);
        }

        private static void CheckNames<T>(JsonValue entries, string field, IList<T> controls) where T : Control
        {
            if (entries.Kind != JsonKind.Object) throw new SchemaException("field '" + field + "' is " + entries.Describe() + "; it must be an object");
            var wanted = new HashSet<string>(StringComparer.Ordinal);
            var missing = new List<string>();
            var unknown = new List<string>();
            foreach (T control in controls)
            {
                wanted.Add(control.Name);
                if (entries[control.Name] == null) missing.Add(control.Name);
            }
            foreach (string name in entries.Names) if (!wanted.Contains(name)) unknown.Add(name);
            if (missing.Count + unknown.Count > 0)
                throw new SchemaException("field '" + field + "': missing [" + string.Join(", ", missing) + "], unknown [" + string.Join(", ", unknown) + "]");
        }
    }
}
