using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// Brings mask pictures to one form: colours with alpha, where a grey picture becomes alpha
    /// under white.
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

        /// <summary>Decodes a mask file into the texture that a layer needs.</summary>
        /// <param name="file">PNG or JPEG.</param>
        /// <param name="name">For the message.</param>
        /// <exception cref="CodecException">It is neither.</exception>
        public static Texture2D Load(byte[] file, string name)
        {
            // Linear: the shader wants the numbers of the file, not light.
            var texture = new Texture2D(2, 2, TextureFormat.RGBA32, false, true);
            texture.name = name;
            if (!texture.LoadImage(file))
            {
                Object.DestroyImmediate(texture);
                throw new CodecException("mask '" + name + "' is neither a PNG nor a JPEG file");
            }
            if (IsGrey(file))
            {
                Color32[] pixels = texture.GetPixels32();
                GreyToAlpha(pixels);
                var grey = new Texture2D(
                    texture.width, texture.height, TextureFormat.RGBA32, false, true);
                Object.DestroyImmediate(texture);
                texture = grey;
                texture.name = name;
                texture.SetPixels32(pixels);
                texture.Apply();
            }
            texture.wrapMode = TextureWrapMode.Clamp;
            return texture;
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
