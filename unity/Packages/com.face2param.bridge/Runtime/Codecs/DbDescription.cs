using System;
using System.Collections.Generic;
using System.Text;

namespace Face2Param
{
    /// <summary>
    /// The records of a db_description, the file that lists a database's pictures; the same as
    /// Python's face2param.schema.facenn. Little-endian. facenn95: records of the length byte 8,
    /// eight ASCII bytes of picture name and 95 float32. All other schemas: int32 record count,
    /// then records of the length byte 10, ten bytes of name and the encoded vector.
    /// </summary>
    public sealed class DbDescription
    {
        public const long MaximumBytes = 1L << 30;

        /// <exception cref="CodecException">A name has the wrong length, or a vector another length
        /// than the schema's.</exception>
        public DbDescription(CharacterSchema schema, IList<string> names, IList<float[]> encoded)
        {
            if (names.Count != encoded.Count) throw new CodecException("encoded: got " + encoded.Count + " vectors for " + names.Count + " names");
            int length = NameLength(schema);
            foreach (string name in names)
                if (name.Length != length || !IsAscii(name))
                    throw new CodecException("names: '" + name + "' has " + name.Length + " characters; records of '" + schema.Name + "' hold " + length + " ASCII characters");
            foreach (float[] vector in encoded)
                if (vector.Length != schema.Width)
                    throw new CodecException("encoded: got " + vector.Length + " values, schema '" + schema.Name + "' wants " + schema.Width);
            Schema = schema;
            Names = names;
            Encoded = encoded;
        }

        public CharacterSchema Schema { get; private set; }

        /// <summary>Picture names without folder and suffix.</summary>
        public IList<string> Names { get; private set; }

        /// <summary>The floats of the records. Label noise may leave [0, 1]; it is kept.</summary>
        public IList<float[]> Encoded { get; private set; }

        /// <summary>One record as a character; the largest entry of a choice block counts.</summary>
        public Character Character(int record) { return Schema.Decode(Encoded[record]); }

        /// <summary>The name that a record can hold: db_007_3 for facenn95, else db_00007_3.</summary>
        /// <param name="index">Number of the record, from 0.</param>
        /// <param name="schema">Whose records.</param>
        /// <param name="shape">3 male, 4 female.</param>
        /// <exception cref="CodecException">The index has too many digits.</exception>
        public static string PictureName(int index, CharacterSchema schema, int shape = BytesFile.Male)
        {
            int digits = NameLength(schema) - 5, limit = 1;
            for (int i = 0; i < digits; i++) limit *= 10;
            if (index < 0 || index >= limit) throw new CodecException("index: got " + index + "; names of '" + schema.Name + "' hold 0 to " + (limit - 1));
            return "db_" + index.ToString("D" + digits) + "_" + shape;
        }

        /// <summary>Bytes of one record.</summary>
        public static int RecordSize(CharacterSchema schema) { return 1 + NameLength(schema) + 4 * schema.Width; }

        /// <summary>Reads a file.</summary>
        /// <param name="path">The file.</param>
        /// <param name="schema">What it must hold; null: facenn95 or facenn99, by its size.</param>
        /// <exception cref="CodecException">It cannot be read, its size fits no layout, a name length is
        /// wrong, or a value is not a number.</exception>
        public static DbDescription Read(string path, CharacterSchema schema = null)
        {
            return Parse(Files.Read(path, MaximumBytes), path, schema);
        }

        /// <summary>Reads the bytes of a file; see Read.</summary>
        public static DbDescription Parse(byte[] data, string where, CharacterSchema schema = null)
        {
            CharacterSchema[] candidates = schema != null ? new[] { schema } : new[] { Facenn95Schema.Schema, Facenn99Schema.Schema };
            foreach (CharacterSchema candidate in candidates)
            {
                int start, count = Count(data, candidate, out start);
                if (count >= 0) return Records(data, start, count, candidate, where);
            }
            throw new CodecException(where + ": " + SizesSeen(data, candidates));
        }

        /// <summary>Writes the file, whole or not at all.</summary>
        /// <exception cref="OutputException">It cannot be written.</exception>
        public void Write(string path) { Files.Write(path, ToBytes()); }

        /// <summary>The bytes of the file.</summary>
        public byte[] ToBytes()
        {
            bool header = Schema.Name != Facenn95Schema.Schema.Name;
            int size = RecordSize(Schema), length = NameLength(Schema), at = header ? 4 : 0;
            var data = new byte[at + (long)size * Names.Count];
            if (header) LittleEndian.Put(data, 0, Names.Count);
            for (int i = 0; i < Names.Count; i++, at += size)
            {
                data[at] = (byte)length;
                Encoding.ASCII.GetBytes(Names[i], 0, length, data, at + 1);
                LittleEndian.Put(data, at + 1 + length, Encoded[i]);
            }
            return data;
        }

        private static int NameLength(CharacterSchema schema) { return schema.Name == Facenn95Schema.Schema.Name ? 8 : 10; }

        private static int Count(byte[] data, CharacterSchema schema, out int start)
        {
            int size = RecordSize(schema);
            start = 0;
            if (schema.Name == Facenn95Schema.Schema.Name) return data.Length > 0 && data.Length % size == 0 ? data.Length / size : -1;
            start = 4;
            if (data.Length < 4) return -1;
            int count = LittleEndian.Int(data, 0);
            return count >= 0 && data.Length == 4 + (long)count * size ? count : -1;
        }

        private static DbDescription Records(byte[] data, int start, int count, CharacterSchema schema, string where)
        {
            int size = RecordSize(schema), length = NameLength(schema);
            var names = new string[count];
            var encoded = new float[count][];
            int wrong = 0;
            for (int i = 0, at = start; i < count; i++, at += size)
            {
                if (data[at] != length) throw new CodecException(where + ": record " + i + " has a name of " + data[at] + " bytes; '" + schema.Name + "' has " + length);
                for (int k = 1; k <= length; k++)
                    if (data[at + k] > 127) throw new CodecException(where + ": a picture name is not ASCII: record " + i);
                // As NumPy reads fixed texts: zeros at the end are no characters.
                names[i] = Encoding.ASCII.GetString(data, at + 1, length).TrimEnd('\0');
                encoded[i] = LittleEndian.Floats(data, at + 1 + length, schema.Width);
                foreach (float value in encoded[i]) if (float.IsNaN(value) || float.IsInfinity(value)) wrong++;
            }
            if (wrong > 0) throw new CodecException(where + ": holds " + wrong + " values not a number");
            foreach (string name in names)
                if (name.Length != length) throw new CodecException(where + ": the picture name '" + name + "' has " + name.Length + " characters; '" + schema.Name + "' has " + length);
            return new DbDescription(schema, names, encoded);
        }

        private static string SizesSeen(byte[] data, CharacterSchema[] candidates)
        {
            var wanted = new List<string>();
            foreach (CharacterSchema schema in candidates)
                wanted.Add((schema.Name == Facenn95Schema.Schema.Name ? "" : "4 + ") + "n * " + RecordSize(schema) + " (" + schema.Name + ")");
            string seen = "has " + data.Length + " bytes";
            if (data.Length >= 4) seen += " and its first int32 is " + LittleEndian.Int(data, 0);
            return seen + "; a db_description has " + string.Join(" or ", wanted) + " bytes, n the number of records. It is cut short or has another layout";
        }

        private static bool IsAscii(string text)
        {
            foreach (char c in text) if (c == 0 || c > 127) return false;
            return true;
        }
    }
}
