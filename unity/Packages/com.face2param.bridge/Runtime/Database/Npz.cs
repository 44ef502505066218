using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Face2Param
{
    /// <summary>NumPy's .npz: a zip file of .npy files, stored without compression.</summary>
    public static class Npz
    {
        const uint LocalSignature = 0x04034b50, CentralSignature = 0x02014b50,
            EndSignature = 0x06054b50;
        const int LocalSize = 30, CentralSize = 46, EndSize = 22;
        const ushort ZipVersion = 20, FirstOfJanuary1980 = 0x21;

        /// <summary>The bytes of the file.</summary>
        public static byte[] ToBytes(IList<KeyValuePair<string, NpyArray>> arrays)
        {
            var stream = new MemoryStream();
            var central = new MemoryStream();
            var writer = new BinaryWriter(stream);
            var directory = new BinaryWriter(central);
            foreach (KeyValuePair<string, NpyArray> array in arrays)
            {
                byte[] data = array.Value.ToBytes();
                byte[] name = Encoding.ASCII.GetBytes(array.Key + ".npy");
                uint checksum = Crc32.Of(data, 0, data.Length);
                uint offset = (uint)stream.Position;
                writer.Write(LocalSignature);
                WriteEntry(writer, checksum, data.Length, name.Length);
                writer.Write(name);
                writer.Write(data);
                directory.Write(CentralSignature);
                directory.Write(ZipVersion);
                WriteEntry(directory, checksum, data.Length, name.Length);
                directory.Write(new byte[10]);
                directory.Write(offset);
                directory.Write(name);
            }
            uint start = (uint)stream.Position;
            writer.Write(central.ToArray());
            writer.Write(EndSignature);
            writer.Write(0);
            writer.Write((ushort)arrays.Count);
            writer.Write((ushort)arrays.Count);
            writer.Write((uint)central.Length);
            writer.Write(start);
            writer.Write((ushort)0);
            return stream.ToArray();
        }

        /// <summary>Reads a file that NumPy's <c>savez</c> or <see cref="ToBytes"/> wrote.</summary>
        /// <exception cref="InvalidDataException">It is damaged or compressed.</exception>
        public static Dictionary<string, NpyArray> FromBytes(byte[] file)
        {
            int end = file.Length - EndSize;
            if (end < 0 || UInt32(file, end) != EndSignature)
            {
                throw new InvalidDataException("it is no zip file, or it is cut short");
            }
            int count = UInt16(file, end + 10);
            long place = UInt32(file, end + 16);
            var arrays = new Dictionary<string, NpyArray>();
            for (int i = 0; i < count; i++)
            {
                Require(file, place, CentralSize, CentralSignature);
                if (UInt16(file, place + 10) != 0)
                {
                    throw new InvalidDataException("its entries are compressed");
                }
                uint checksum = UInt32(file, place + 16);
                long size = UInt32(file, place + 24);
                int nameLength = UInt16(file, place + 28);
                long local = UInt32(file, place + 42);
                if (place + CentralSize + nameLength > file.Length)
                {
                    throw new InvalidDataException("its directory is cut short");
                }
                string name = Encoding.ASCII.GetString(
                    file, (int)place + CentralSize, nameLength);
                Require(file, local, LocalSize, LocalSignature);
                long start = local + LocalSize + UInt16(file, local + 26) + UInt16(file, local + 28);
                if (start + size > file.Length
                    || Crc32.Of(file, (int)start, (int)size) != checksum)
                {
                    throw new InvalidDataException("its entry '" + name + "' is damaged");
                }
                var data = new byte[size];
                System.Buffer.BlockCopy(file, (int)start, data, 0, data.Length);
                arrays[name.EndsWith(".npy") ? name.Substring(0, name.Length - 4) : name]
                    = NpyArray.FromBytes(data);
                place += CentralSize + nameLength + UInt16(file, place + 30)
                    + UInt16(file, place + 32);
            }
            return arrays;
        }

        static void WriteEntry(BinaryWriter writer, uint checksum, int size, int nameLength)
        {
            writer.Write(ZipVersion);
            writer.Write(0); // Flags, and the method: stored.
            writer.Write((ushort)0);
            writer.Write(FirstOfJanuary1980);
            writer.Write(checksum);
            writer.Write(size);
            writer.Write(size);
            writer.Write((ushort)nameLength);
            writer.Write((ushort)0);
        }

        static void Require(byte[] file, long place, int size, uint signature)
        {
            if (place + size > file.Length || UInt32(file, place) != signature)
            {
                throw new InvalidDataException("its directory is damaged");
            }
        }

        static ushort UInt16(byte[] file, long at)
        {
            return (ushort)(file[at] | (file[at + 1] << 8));
        }

        static uint UInt32(byte[] file, long at)
        {
            return UInt16(file, at) | ((uint)UInt16(file, at + 2) << 16);
        }
    }
}
