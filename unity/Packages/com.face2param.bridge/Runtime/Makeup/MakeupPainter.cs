using UnityEngine;

namespace Face2Param
{
    /// <summary>Pixels of a texture in memory: RGBA bytes, row 0 on top.</summary>
    public sealed class Pixels
    {
        /// <summary>In pixels.</summary>
        public readonly int Width, Height;

        /// <summary>Four bytes a pixel.</summary>
        public readonly byte[] Data;

        /// <summary>Keeps the parts, which must fit.</summary>
        public Pixels(int width, int height, byte[] data)
        {
            if (width < 1 || height < 1 || data.LongLength != 4L * width * height)
            {
                throw new CodecException(string.Format(
                    "pixels: {0} bytes cannot be {1}x{2} RGBA", data.LongLength, width, height));
            }
            Width = width;
            Height = height;
            Data = data;
        }

        /// <summary>Bilinear sample in [0, 1], clamped to the edge.</summary>
        /// <param name="u">To the right, 0 to 1.</param>
        /// <param name="v">Downwards, 0 to 1.</param>
        public Color Sample(float u, float v)
        {
            float x = Mathf.Clamp(u * Width - 0.5f, 0, Width - 1);
            float y = Mathf.Clamp(v * Height - 0.5f, 0, Height - 1);
            int left = (int)x, top = (int)y;
            int right = Mathf.Min(left + 1, Width - 1), bottom = Mathf.Min(top + 1, Height - 1);
            Color above = Mix(At(left, top), At(right, top), x - left);
            Color below = Mix(At(left, bottom), At(right, bottom), x - left);
            return Mix(above, below, y - top);
        }

        Color At(int x, int y)
        {
            int i = 4 * (y * Width + x);
            return new Color(
                Data[i] / 255f, Data[i + 1] / 255f, Data[i + 2] / 255f, Data[i + 3] / 255f);
        }

        static Color Mix(Color from, Color to, float t)
        {
            return from * (1 - t) + to * t;
        }
    }

    /// <summary>
    /// Composes makeup without a graphics card, pixel by pixel as
    /// <see cref="MakeupComposer"/> and Makeup.shader do with one.
    /// </summary>
    public static class MakeupPainter
    {
        /// <summary>Paints layers over a base texture; its alpha stays.</summary>
        /// <param name="basis">The texture below all layers; stretched to the size.</param>
        /// <param name="layers">In the order of painting.</param>
        /// <param name="masks">One per layer, see <see cref="MakeupMask"/>.</param>
        /// <param name="width">Of the result in pixels.</param>
        /// <param name="height">Of the result in pixels.</param>
        public static Pixels Compose(
            Pixels basis, MakeupLayer[] layers, Pixels[] masks, int width, int height)
        {
            if (layers.Length != masks.Length)
            {
                throw new EngineException(string.Format(
                    "makeup: {0} masks for {1} layers; each layer needs one",
                    masks.Length, layers.Length));
            }
            var data = new byte[4 * width * height];
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    float u = (x + 0.5f) / width, v = (y + 0.5f) / height;
                    Color colour = basis.Sample(u, v);
                    var below = new Vector3(colour.r, colour.g, colour.b);
                    for (int i = 0; i < layers.Length; i++)
                    {
                        below = Paint(below, layers[i], masks[i], u, v);
                    }
                    int at = 4 * (y * width + x);
                    data[at] = ToByte(below.x);
                    data[at + 1] = ToByte(below.y);
                    data[at + 2] = ToByte(below.z);
                    data[at + 3] = ToByte(colour.a);
                }
            }
            return new Pixels(width, height, data);
        }

        static Vector3 Paint(Vector3 below, MakeupLayer layer, Pixels mask, float u, float v)
        {
            if (layer.amount <= 0 || layer.scale <= 0)
            {
                return below;
            }
            Vector2 place = MakeupMath.MaskPoint(layer, u, v);
            if (place.x < 0 || place.y < 0 || place.x > 1 || place.y > 1)
            {
                return below;
            }
            Color own = mask.Sample(place.x, place.y);
            Vector3 paint = MakeupMath.Colour(layer, new Vector3(own.r, own.g, own.b));
            return MakeupMath.Blend(below, paint, own.a * layer.amount, layer.blend);
        }

        static byte ToByte(float value)
        {
            return (byte)(Mathf.Clamp01(value) * 255 + 0.5f);
        }
    }
}
