using System;

namespace Face2Param
{
    /// <summary>Numbers in bytes, lowest byte first on every machine.</summary>
    public static class LittleEndian
    {
        public static void Put(byte[] data, int at, int value)
        {
            for (int i = 0; i < 4; i++) data[at + i] = (byte)(value >> 8 * i);
        }

        public static void Put(byte[] data, int at, float[] values)
        {
            Buffer.BlockCopy(values, 0, data, at, 4 * values.Length);
            if (!BitConverter.IsLittleEndian) Turn(data, at, values.Length);
        }

        public static int Int(byte[] data, int at)
        {
            return data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24;
        }

        public static float[] Floats(byte[] data, int at, int count)
        {
            var values = new float[count];
            if (BitConverter.IsLittleEndian)
            {
                Buffer.BlockCopy(data, at, values, 0, 4 * count);
                return values;
            }
            var turned = new byte[4 * count];
            Buffer.BlockCopy(data, at, turned, 0, turned.Length);
            Turn(turned, 0, count);
            Buffer.BlockCopy(turned, 0, values, 0, turned.Length);
            return values;
        }

        private static void Turn(byte[] data, int at, int count)
        {
            for (int i = 0; i < count; i++) Array.Reverse(data, at + 4 * i, 4);
        }
    }
}
