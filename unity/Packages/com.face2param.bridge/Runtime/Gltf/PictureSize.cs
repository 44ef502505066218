namespace Face2Param
{
    /// <summary>Width and height of a PNG or JPEG file from its header, before anything decodes it.</summary>
    public static class PictureSize
    {
        /// <returns>False where the bytes are neither.</returns>
        public static bool Read(byte[] data, int start, int size, out int width, out int height)
        {
            width = height = 0;
            if (size > 24 && data[start] == 0x89 && data[start + 1] == 'P' && data[start + 2] == 'N' && data[start + 3] == 'G')
            {
                width = Big(data, start + 16) << 16 | Big(data, start + 18);
                height = Big(data, start + 20) << 16 | Big(data, start + 22);
                return true;
            }
            if (size < 4 || data[start] != 0xFF || data[start + 1] != 0xD8) return false;
            int at = start + 2, end = start + size;
            while (at + 9 <= end && data[at] == 0xFF)
            {
                int marker = data[at + 1];
                // Frame headers, but not tables (C4, CC) and reserved ones (C8).
                if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC)
                {
                    height = Big(data, at + 5);
                    width = Big(data, at + 7);
                    return true;
                }
                at += marker == 0xFF ? 1 : 2 + Big(data, at + 2);
            }
            return false;
        }

        private static int Big(byte[] data, int at) { return data[at] << 8 | data[at + 1]; }
    }
}
