namespace Face2Param
{
    /// <summary>
    /// The .bytes file of face-nn, one character: int32 body shape (3 male, 4 female), then 95 or 99
    /// float32. The same as Python's face2param.schema.facenn.read_bytes and write_bytes.
    /// </summary>
    public sealed class BytesFile
    {
        public const int Male = 3;
        public const int Female = 4;

        private const int MaximumBytes = 4096;

        /// <exception cref="CodecException">Another schema than facenn95 and facenn99, or another shape.</exception>
        public BytesFile(Character character, int shape)
        {
            string name = character.Schema.Name;
            if (name != Facenn95Schema.Schema.Name && name != Facenn99Schema.Schema.Name)
                throw new CodecException("character: .bytes files hold facenn95 or facenn99, not '" + name + "'");
            CheckShape(shape, "shape");
            Character = character;
            Shape = shape;
        }

        public Character Character { get; private set; }

        /// <summary>3 male, 4 female.</summary>
        public int Shape { get; private set; }

        /// <summary>Reads a file: 384 bytes are facenn95, 400 are facenn99.</summary>
        /// <exception cref="CodecException">It cannot be read, has another size or shape, or holds a
        /// value that is not a number.</exception>
        public static BytesFile Read(string path) { return Parse(Files.Read(path, MaximumBytes), path); }

        /// <summary>Reads the bytes of a file; see Read.</summary>
        public static BytesFile Parse(byte[] data, string where)
        {
            foreach (CharacterSchema schema in new[] { Facenn95Schema.Schema, Facenn99Schema.Schema })
            {
                if (data.Length != 4 + 4 * schema.Width) continue;
                int shape = LittleEndian.Int(data, 0), wrong = 0;
                CheckShape(shape, where + ": shape");
                float[] encoded = LittleEndian.Floats(data, 4, schema.Width);
                foreach (float value in encoded) if (float.IsNaN(value) || float.IsInfinity(value)) wrong++;
                if (wrong > 0) throw new CodecException(where + ": holds " + wrong + " values not a number");
                return new BytesFile(schema.Decode(encoded), shape);
            }
            throw new CodecException(where + " has " + data.Length + " bytes; a .bytes file has 384 (shape and 95 floats) or 400 (shape and 99 floats)");
        }

        /// <summary>Writes the file, whole or not at all.</summary>
        /// <exception cref="OutputException">It cannot be written.</exception>
        public void Write(string path) { Files.Write(path, ToBytes()); }

        /// <summary>The bytes of the file.</summary>
        public byte[] ToBytes()
        {
            float[] encoded = Character.Encode();
            var data = new byte[4 + 4 * encoded.Length];
            LittleEndian.Put(data, 0, Shape);
            LittleEndian.Put(data, 4, encoded);
            return data;
        }

        private static void CheckShape(int shape, string where)
        {
            if (shape != Male && shape != Female) throw new CodecException(where + " is " + shape + "; it must be 3 (male) or 4 (female)");
        }
    }
}
