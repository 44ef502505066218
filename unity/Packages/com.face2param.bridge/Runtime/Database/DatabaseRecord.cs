using System;

namespace Face2Param
{
    /// <summary>What is known about one picture of a database, as bytes of fixed length.</summary>
    public sealed class DatabaseRecord
    {
        /// <summary>Of the record.</summary>
        public int Index;

        /// <summary>Encoded character.</summary>
        public float[] Character;

        /// <summary>In engine units.</summary>
        public float[] Nuisance;

        /// <summary>x, y of 68 points in pixels.</summary>
        public float[] Landmarks;

        /// <summary>1 where a landmark is seen.</summary>
        public byte[] Visibility;

        /// <summary>Bytes of a record of this schema: Python's records.record_type.</summary>
        public static int Size(CharacterSchema schema)
        {
            int floats = schema.Width + schema.Nuisance.Count + 2 * Shot.Points;
            return 4 + 4 * floats + Shot.Points + 4;
        }

        /// <summary>Index, floats, visibility and a checksum of what is before it.</summary>
        public byte[] ToBytes()
        {
            int floats = 4 * (Character.Length + Nuisance.Length + Landmarks.Length);
            var data = new byte[4 + floats + Visibility.Length + 4];
            int at = Put(data, 0, new[] { Index }, 4);
            at = Put(data, at, Character, 4 * Character.Length);
            at = Put(data, at, Nuisance, 4 * Nuisance.Length);
            at = Put(data, at, Landmarks, 4 * Landmarks.Length);
            at = Put(data, at, Visibility, Visibility.Length);
            Put(data, at, new[] { Crc32.Of(data, 0, at) }, 4);
            return data;
        }

        /// <summary>The record that begins at an offset, or null where it is damaged.</summary>
        public static DatabaseRecord FromBytes(byte[] data, int offset, CharacterSchema schema)
        {
            int size = Size(schema);
            if (offset + size > data.Length
                || Crc32.Of(data, offset, size - 4) != BitConverter.ToUInt32(data, offset + size - 4))
            {
                return null;
            }
            var record = new DatabaseRecord();
            record.Index = BitConverter.ToInt32(data, offset);
            record.Character = Get(data, offset + 4, schema.Width);
            record.Nuisance = Get(data, offset + 4 + 4 * schema.Width, schema.Nuisance.Count);
            int points = offset + 4 + 4 * (schema.Width + schema.Nuisance.Count);
            record.Landmarks = Get(data, points, 2 * Shot.Points);
            record.Visibility = new byte[Shot.Points];
            Buffer.BlockCopy(data, points + 8 * Shot.Points, record.Visibility, 0, Shot.Points);
            return record;
        }

        static int Put(byte[] data, int at, Array values, int size)
        {
            Buffer.BlockCopy(values, 0, data, at, size);
            return at + size;
        }

        static float[] Get(byte[] data, int at, int count)
        {
            var values = new float[count];
            Buffer.BlockCopy(data, at, values, 0, 4 * count);
            return values;
        }
    }
}
