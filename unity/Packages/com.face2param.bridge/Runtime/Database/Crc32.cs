namespace Face2Param
{
    /// <summary>The checksum of zip files and of the record log (polynomial 0xEDB88320).</summary>
    public static class Crc32
    {
        static readonly uint[] Table = MakeTable();

        /// <summary>The checksum of a part of an array.</summary>
        public static uint Of(byte[] data, int offset, int count)
        {
            uint checksum = 0xffffffffu;
            for (int i = offset; i < offset + count; i++)
            {
                checksum = Table[(checksum ^ data[i]) & 0xff] ^ (checksum >> 8);
            }
            return ~checksum;
        }

        static uint[] MakeTable()
        {
            var table = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                uint entry = i;
                for (int bit = 0; bit < 8; bit++)
                {
                    entry = (entry & 1) != 0 ? (entry >> 1) ^ 0xedb88320u : entry >> 1;
                }
                table[i] = entry;
            }
            return table;
        }
    }
}
