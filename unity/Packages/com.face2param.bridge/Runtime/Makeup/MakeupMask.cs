using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// What a mask picture means: alpha is cover and colours are colours, but a grey picture is
    /// cover alone.
    /// </summary>
    public static class MakeupMask
    {
        /// <summary>Whether a PNG or JPEG file has one grey channel and nothing else.</summary>
        /// <param name="file">Its bytes.</param>
        public static bool IsGrey(byte[] file)
        {
            bool isPng = file.Length > 25 && file[0] == 0x89 && file[1] == 'P' && file[2] == 'N';
            return isPng ? file[25] == 0 && !HasTransparentGrey(file) : JpegChannels(file) == 1;
        }

        /// <summary>Turns grey pixels into alpha under white, in place.</summary>
        public static void GreyToAlpha(Color32[] pixels)
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = new Color32(255, 255, 255, pixels[i].r);
            }
        }

        // A tRNS chunk before the pixels gives a grey picture transparency: Python reads RGBA.
        static bool HasTransparentGrey(byte[] file)
        {
            long at = 8;
            while (at + 12 <= file.Length)
            {
                long size = ((long)file[at] << 24) | ((long)file[at + 1] << 16)
                    | ((long)file[at + 2] << 8) | file[at + 3];
                if (file[at + 4] == 't' && file[at + 5] == 'R')
                {
                    return true;
                }
                if (file[at + 4] == 'I' && file[at + 5] == 'D')
                {
                    return false;
                }
                at += 12 + size;
            }
            return false;
        }

        static int JpegChannels(byte[] file)
        {
            int at = 2;
            while (at + 9 < file.Length && file[at] == 0xff)
            {
                int kind = file[at + 1];
                bool isFrame = kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8
                    && kind != 0xcc;
                if (isFrame)
                {
                    return file[at + 9];
                }
                at += 2 + ((file[at + 2] << 8) | file[at + 3]);
            }
            return 0;
        }
    }
}
