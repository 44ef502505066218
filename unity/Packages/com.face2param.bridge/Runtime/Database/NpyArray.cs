using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace Face2Param
{
    /// <summary>One array of a NumPy file (.npy, format 1.0), little-endian, in C order.</summary>
    public sealed class NpyArray
    {
        const int HeaderMultiple = 64;
        static readonly byte[] Magic = { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y' };
        static readonly Regex Description = new Regex("'descr': *'([^']*)'");
        static readonly Regex Order = new Regex("'fortran_order': *False");
        static readonly Regex Shape = new Regex(@"'shape': *\(([^)]*)\)");

        /// <summary>Type of the elements: "&lt;f4" (float) or "|b1" (bool).</summary>
        public readonly string Type;

        /// <summary>Length of each axis.</summary>
        public readonly int[] Lengths;

        /// <summary>The elements.</summary>
        public readonly byte[] Data;

        /// <summary>Keeps the parts; the data must have the size that type and lengths say.</summary>
        public NpyArray(string type, int[] lengths, byte[] data)
        {
            Type = type;
            Lengths = lengths;
            Data = data;
            long wanted = type == "<f4" ? 4 : type == "|b1" ? 1 : -1;
            foreach (int length in lengths)
            {
                wanted = length < 0 ? -1 : wanted * length;
            }
            if (wanted != data.Length)
            {
                throw new InvalidDataException(string.Format(
                    "an array of type {0} and shape [{1}] cannot have {2} bytes",
                    type, string.Join(", ", lengths), data.Length));
            }
        }

        /// <summary>The bytes of the .npy file.</summary>
        public byte[] ToBytes()
        {
            string shape = string.Join(", ", Lengths) + (Lengths.Length == 1 ? "," : "");
            string header = string.Format(
                "{{'descr': '{0}', 'fortran_order': False, 'shape': ({1}), }}", Type, shape);
            int before = Magic.Length + 4;
            int total = before + header.Length + 1;
            int padding = (HeaderMultiple - total % HeaderMultiple) % HeaderMultiple;
            header += new string(' ', padding) + "\n";
            var result = new byte[before + header.Length + Data.Length];
            Magic.CopyTo(result, 0);
            result[6] = 1;
            result[8] = (byte)header.Length;
            result[9] = (byte)(header.Length >> 8);
            Encoding.ASCII.GetBytes(header).CopyTo(result, before);
            Data.CopyTo(result, before + header.Length);
            return result;
        }

        /// <summary>Reads a .npy file.</summary>
        /// <exception cref="InvalidDataException">It is damaged or of another type.</exception>
        public static NpyArray FromBytes(byte[] file)
        {
            for (int i = 0; i < Magic.Length; i++)
            {
                if (file.Length < 10 || file[i] != Magic[i])
                {
                    throw new InvalidDataException("it is no NumPy array");
                }
            }
            int start = 10 + (file[8] | (file[9] << 8));
            if (file[6] != 1 || start > file.Length)
            {
                throw new InvalidDataException("its NumPy header is cut short or of format 2");
            }
            string header = Encoding.ASCII.GetString(file, 10, start - 10);
            Match type = Description.Match(header), shape = Shape.Match(header);
            if (!type.Success || !shape.Success || !Order.IsMatch(header))
            {
                throw new InvalidDataException("its NumPy header cannot be read: " + header.Trim());
            }
            string[] parts = shape.Groups[1].Value.Split(
                new[] { ',', ' ' }, StringSplitOptions.RemoveEmptyEntries);
            var lengths = new int[parts.Length];
            for (int i = 0; i < parts.Length; i++)
            {
                if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture,
                                  out lengths[i]))
                {
                    throw new InvalidDataException("its shape cannot be read: " + shape.Value);
                }
            }
            var data = new byte[file.Length - start];
            Buffer.BlockCopy(file, start, data, 0, data.Length);
            return new NpyArray(type.Groups[1].Value, lengths, data);
        }
    }
}
