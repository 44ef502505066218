using System.Collections.Generic;
using System.IO;
using System.Text;
using Face2Param;

namespace Face2ParamDriver
{
    /// <summary>Codecs and schemas. A schema is named as in Python, or is a path.</summary>
    public static class CodecCommands
    {
        [Command("schema-hash")]
        public static string SchemaHash(string[] a) { return Schema(a[0]).Hash; }

        [Command("schema-copy")]
        public static string SchemaCopy(string[] a)
        {
            Files.Write(a[1], new UTF8Encoding(false).GetBytes(SchemaJson.ToText(Schema(a[0]))));
            return "";
        }

        [Command("json-copy")]
        public static string JsonCopy(string[] a)
        {
            byte[] data = Files.Read(a[0], JsonReader.MaximumBytes);
            JsonValue value = JsonReader.Parse(data, 0, data.Length, a[0]);
            Files.Write(a[1], new UTF8Encoding(false).GetBytes(a[2] == "compact" ? JsonWriter.Compact(value) : JsonWriter.Indented(value, int.Parse(a[2]))));
            return "";
        }

        // Little-endian float64 (or float32) to one text a line.
        [Command("repr")]
        public static string Repr(string[] a)
        {
            byte[] data = File.ReadAllBytes(a[0]);
            var text = new StringBuilder();
            if (a[2] == "float32") foreach (float f in LittleEndian.Floats(data, 0, data.Length / 4)) text.Append(Decimals.Repr(f)).Append('\n');
            else for (int i = 0; i < data.Length; i += 8) text.Append(Decimals.Repr(System.BitConverter.ToDouble(data, i))).Append('\n');
            File.WriteAllText(a[1], text.ToString());
            return "";
        }

        // One text a line to little-endian float64.
        [Command("parse-numbers")]
        public static string ParseNumbers(string[] a)
        {
            var data = new List<byte>();
            foreach (string line in File.ReadAllLines(a[0])) data.AddRange(System.BitConverter.GetBytes(Decimals.ParseText(line)));
            File.WriteAllBytes(a[1], data.ToArray());
            return "";
        }

        [Command("db-copy")]
        public static string DbCopy(string[] a)
        {
            DbDescription read = DbDescription.Read(a[0], a[2] == "" ? null : Schema(a[2]));
            // Through characters, so that encoding and decoding are walked too.
            var encoded = new List<float[]>();
            for (int i = 0; i < read.Names.Count; i++) encoded.Add(read.Character(i).Encode());
            new DbDescription(read.Schema, read.Names, encoded).Write(a[1]);
            return read.Schema.Name + " " + read.Names.Count;
        }

        [Command("db-read")]
        public static string DbRead(string[] a)
        {
            DbDescription read = DbDescription.Read(a[0], a[1] == "" ? null : Schema(a[1]));
            return read.Schema.Name + " " + read.Names.Count;
        }

        // Names as PictureName makes them, vectors from a file of float32.
        [Command("db-write")]
        public static string DbWrite(string[] a)
        {
            CharacterSchema schema = Schema(a[2]);
            byte[] data = File.ReadAllBytes(a[0]);
            var names = new List<string>();
            var encoded = new List<float[]>();
            for (int at = 0; at < data.Length; at += 4 * schema.Width)
            {
                names.Add(DbDescription.PictureName(names.Count, schema, int.Parse(a[3])));
                encoded.Add(LittleEndian.Floats(data, at, schema.Width));
            }
            new DbDescription(schema, names, encoded).Write(a[1]);
            return "";
        }

        [Command("bytes-copy")]
        public static string BytesCopy(string[] a)
        {
            BytesFile read = BytesFile.Read(a[0]);
            new BytesFile(read.Character, read.Shape).Write(a[1]);
            return read.Shape + " " + read.Character.Schema.Name;
        }

        [Command("params-copy")]
        public static string ParamsCopy(string[] a)
        {
            ParamsJson.Write(a[1], ParamsJson.Read(a[0], Schema(a[2])));
            return "";
        }

        // Reads every record of a db_description and writes params.json of each into one file, and back.
        [Command("params-of-db")]
        public static string ParamsOfDb(string[] a)
        {
            CharacterSchema schema = Schema(a[2]);
            DbDescription read = DbDescription.Read(a[0], schema);
            using (var output = new StreamWriter(a[1], false, new UTF8Encoding(false)))
            {
                for (int i = 0; i < read.Names.Count; i++)
                {
                    Character character = read.Character(i);
                    string text = ParamsJson.ToText(character);
                    output.Write(text);
                    float[] back = ParamsJson.Parse(JsonReader.Parse(text, "record"), schema).Encode();
                    for (int k = 0; k < back.Length; k++)
                        if (back[k] != read.Encoded[i][k]) return "record " + i + " value " + k + " differs";
                }
            }
            return "same";
        }

        [Command("mirror")]
        public static string Mirror(string[] a)
        {
            ParamsJson.Write(a[1], ParamsJson.Read(a[0], Schema(a[2])).Mirrored());
            return "";
        }

        public static CharacterSchema Schema(string name)
        {
            return ShippedSchemas.Names.Contains(name) ? ShippedSchemas.Get(name) : SchemaJson.Load(name);
        }
    }
}
