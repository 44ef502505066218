using System;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Unity's pixels begin at the bottom, everybody else's on top.</summary>
    public static class Rows
    {
        /// <summary>The rows in the other order.</summary>
        /// <param name="data">Rows of equal length.</param>
        /// <param name="height">Number of rows.</param>
        public static byte[] Flip(byte[] data, int height)
        {
            int stride = data.Length / height;
            var flipped = new byte[data.Length];
            for (int row = 0; row < height; row++)
            {
                Buffer.BlockCopy(data, row * stride, flipped, (height - 1 - row) * stride, stride);
            }
            return flipped;
        }

        /// <summary>The classes of a label picture, row 0 on top.</summary>
        /// <param name="pixels">As Unity read them; red holds the class.</param>
        /// <param name="height">Number of rows.</param>
        public static byte[] Labels(Color32[] pixels, int height)
        {
            int width = pixels.Length / height;
            var labels = new byte[pixels.Length];
            for (int i = 0; i < pixels.Length; i++)
            {
                labels[(height - 1 - i / width) * width + i % width] = pixels[i].r;
            }
            return labels;
        }

        /// <summary>Depths in metres, row 0 on top; 0 becomes infinite.</summary>
        public static float[] Depth(Color[] pixels, int height)
        {
            int width = pixels.Length / height;
            var depth = new float[pixels.Length];
            for (int i = 0; i < pixels.Length; i++)
            {
                float metres = pixels[i].r;
                depth[(height - 1 - i / width) * width + i % width]
                    = metres > 0 ? metres : float.PositiveInfinity;
            }
            return depth;
        }

        /// <summary>Normals with x turned into the right-handed world, row 0 on top.</summary>
        public static float[] Normals(Color[] pixels, int height)
        {
            int width = pixels.Length / height;
            var normals = new float[3 * pixels.Length];
            for (int i = 0; i < pixels.Length; i++)
            {
                int at = 3 * ((height - 1 - i / width) * width + i % width);
                normals[at] = -pixels[i].r;
                normals[at + 1] = pixels[i].g;
                normals[at + 2] = pixels[i].b;
            }
            return normals;
        }
    }
}
