using System;
using System.Collections.Generic;
using System.IO;

namespace Face2Param
{
    /// <summary>records.npz: the records of a finished database as four NumPy arrays.</summary>
    public static class RecordArrays
    {
        const long MaximumBytes = 1L << 30;

        /// <summary>Writes the file, whole or not at all.</summary>
        /// <param name="path">The file.</param>
        /// <param name="records">In the order of their index, from 0.</param>
        /// <param name="schema">Of the database.</param>
        public static void Write(
            string path, IList<DatabaseRecord> records, CharacterSchema schema)
        {
            var arrays = new List<KeyValuePair<string, NpyArray>>();
            int count = records.Count, points = Shot.Points;
            var character = new byte[4 * count * schema.Width];
            var nuisance = new byte[4 * count * schema.Nuisance.Count];
            var landmarks = new byte[8 * count * points];
            var visibility = new byte[count * points];
            for (int i = 0; i < count; i++)
            {
                Put(records[i].Character, character, i);
                Put(records[i].Nuisance, nuisance, i);
                Put(records[i].Landmarks, landmarks, i);
                Buffer.BlockCopy(records[i].Visibility, 0, visibility, i * points, points);
            }
            Add(arrays, "character", "<f4", character, count, schema.Width);
            Add(arrays, "nuisance", "<f4", nuisance, count, schema.Nuisance.Count);
            Add(arrays, "landmarks", "<f4", landmarks, count, points, 2);
            Add(arrays, "visibility", "|b1", visibility, count, points);
            Files.Write(path, Npz.ToBytes(arrays));
        }

        /// <summary>Reads the file; a damaged one holds no records, so that they are drawn again.
        /// </summary>
        public static Dictionary<int, DatabaseRecord> Read(string path, CharacterSchema schema)
        {
            var records = new Dictionary<int, DatabaseRecord>();
            if (!File.Exists(path))
            {
                return records;
            }
            try
            {
                Dictionary<string, NpyArray> arrays = Npz.FromBytes(Files.Read(path, MaximumBytes));
                int count = arrays["character"].Lengths[0], points = Shot.Points;
                byte[] character = Data(arrays["character"], "<f4", count, schema.Width);
                byte[] nuisance = Data(arrays["nuisance"], "<f4", count, schema.Nuisance.Count);
                byte[] landmarks = Data(arrays["landmarks"], "<f4", count, points, 2);
                byte[] visibility = Data(arrays["visibility"], "|b1", count, points);
                for (int i = 0; i < count; i++)
                {
                    var record = new DatabaseRecord
                    {
                        Index = i,
                        Character = Get(character, i, schema.Width),
                        Nuisance = Get(nuisance, i, schema.Nuisance.Count),
                        Landmarks = Get(landmarks, i, 2 * points),
                        Visibility = new byte[points],
                    };
                    Buffer.BlockCopy(visibility, i * points, record.Visibility, 0, points);
                    records[i] = record;
                }
            }
            catch (Exception error) when (
                error is InvalidDataException || error is KeyNotFoundException
                || error is IndexOutOfRangeException || error is CodecException)
            {
                records.Clear();
            }
            return records;
        }

        static void Add(
            List<KeyValuePair<string, NpyArray>> arrays, string name, string type, byte[] data,
            params int[] lengths)
        {
            arrays.Add(new KeyValuePair<string, NpyArray>(name, new NpyArray(type, lengths, data)));
        }

        static byte[] Data(NpyArray array, string type, params int[] lengths)
        {
            bool fits = array.Type == type && array.Lengths.Length == lengths.Length;
            for (int i = 0; fits && i < lengths.Length; i++)
            {
                fits = array.Lengths[i] == lengths[i];
            }
            if (!fits)
            {
                throw new InvalidDataException("an array has another shape");
            }
            return array.Data;
        }

        static void Put(float[] values, byte[] target, int row)
        {
            Buffer.BlockCopy(values, 0, target, row * 4 * values.Length, 4 * values.Length);
        }

        static float[] Get(byte[] source, int row, int width)
        {
            var values = new float[width];
            Buffer.BlockCopy(source, row * 4 * width, values, 0, 4 * width);
            return values;
        }
    }
}
