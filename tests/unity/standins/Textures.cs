using System;

namespace UnityEngine
{
    // Row 0 is at the bottom, as in Unity. PNG and JPEG are not decoded here: LoadImage keeps the
    // bytes and EncodeTo* gives them (or a header with the size) back.
    public sealed class Texture2D : Texture
    {
        private Color32[] pixels;

        public Texture2D(int width, int height) : this(width, height, TextureFormat.RGBA32, true) { }
        public Texture2D(int width, int height, TextureFormat format, bool mipChain) : this(width, height, format, mipChain, false) { }

        public Texture2D(int width, int height, TextureFormat format, bool mipChain, bool linear)
        {
            this.width = width;
            this.height = height;
            this.format = format;
            isLinear = linear;
            pixels = new Color32[width * height];
        }

        public TextureFormat format { get; private set; }
        public bool isReadable { get { return true; } }
        public byte[] encoded { get; private set; }
        public bool isLinear { get; private set; }

        public bool LoadImage(byte[] data) { return LoadImage(data, false); }

        public bool LoadImage(byte[] data, bool markNonReadable)
        {
            bool png = data.Length > 24 && data[0] == 0x89 && data[1] == 'P';
            if (!png && !(data.Length > 2 && data[0] == 0xFF && data[1] == 0xD8)) return false;
            encoded = data;
            if (!png) return true;
            width = data[16] << 24 | data[17] << 16 | data[18] << 8 | data[19];
            height = data[20] << 24 | data[21] << 16 | data[22] << 8 | data[23];
            return true;
        }

        public Color32[] GetPixels32() { return (Color32[])pixels.Clone(); }
        public void SetPixels32(Color32[] values) { pixels = (Color32[])values.Clone(); }
        public void SetPixel(int x, int y, Color value) { pixels[y * width + x] = value; }
        public Color GetPixel(int x, int y) { return pixels[y * width + x]; }
        public void Apply() { }
        public void Apply(bool updateMipmaps) { }
        public void Apply(bool updateMipmaps, bool makeNoLongerReadable) { }

        public void SetPixels(Color[] values)
        {
            pixels = new Color32[values.Length];
            for (int i = 0; i < values.Length; i++) pixels[i] = values[i];
        }

        public Color[] GetPixels()
        {
            var values = new Color[pixels.Length];
            for (int i = 0; i < values.Length; i++) values[i] = pixels[i];
            return values;
        }

        // RGB24 or RGBA32, rows from the bottom.
        public byte[] GetRawTextureData()
        {
            int n = format == TextureFormat.RGB24 ? 3 : 4;
            var data = new byte[pixels.Length * n];
            for (int i = 0; i < pixels.Length; i++)
            {
                data[n * i] = pixels[i].r;
                data[n * i + 1] = pixels[i].g;
                data[n * i + 2] = pixels[i].b;
                if (n == 4) data[4 * i + 3] = pixels[i].a;
            }
            return data;
        }

        public void LoadRawTextureData(byte[] data)
        {
            int n = format == TextureFormat.RGB24 ? 3 : 4;
            if (data.Length < pixels.Length * n) throw new UnityException("LoadRawTextureData: not enough data provided");
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = new Color32(data[n * i], data[n * i + 1], data[n * i + 2], n == 4 ? data[n * i + 3] : (byte)255);
        }
    }

    public class UnityException : Exception
    {
        public UnityException(string message) : base(message) { }
    }
}
