using System;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Takes a node's matrix apart, in double.</summary>
    internal static class GltfTransforms
    {
        /// <param name="m">16 numbers, column by column.</param>
        /// <param name="item">For the message.</param>
        /// <param name="node">Gets translation, rotation and scale.</param>
        /// <exception cref="CodecException">The matrix shears or projects.</exception>
        public static void Decompose(float[] m, GltfItem item, GltfNode node)
        {
            if (Math.Abs(m[3]) + Math.Abs(m[7]) + Math.Abs(m[11]) + Math.Abs(m[15] - 1) > 1e-6)
                throw item.Error("matrix", "cannot be read: its last row must be 0, 0, 0, 1");
            var scale = new double[3];
            var turn = new double[3, 3];
            double size = 0;
            for (int c = 0; c < 3; c++)
            {
                for (int r = 0; r < 3; r++) size = Math.Max(size, Math.Abs(m[4 * c + r]));
                scale[c] = Math.Sqrt((double)m[4 * c] * m[4 * c] + (double)m[4 * c + 1] * m[4 * c + 1] + (double)m[4 * c + 2] * m[4 * c + 2]);
            }
            double determinant = 0;
            for (int c = 0; c < 3; c++)
                determinant += m[4 * c] * ((double)m[4 * ((c + 1) % 3) + 1] * m[4 * ((c + 2) % 3) + 2] - (double)m[4 * ((c + 1) % 3) + 2] * m[4 * ((c + 2) % 3) + 1]);
            if (determinant < 0) scale[0] = -scale[0];
            for (int c = 0; c < 3; c++)
            {
                if (!(Math.Abs(scale[c]) > 1e-12 * Math.Max(size, 1e-300))) throw item.Error("matrix", "cannot be read: an axis has length zero");
                for (int r = 0; r < 3; r++) turn[r, c] = m[4 * c + r] / scale[c];
            }
            for (int a = 0; a < 3; a++)
            {
                int b = (a + 1) % 3;
                double along = turn[0, a] * turn[0, b] + turn[1, a] * turn[1, b] + turn[2, a] * turn[2, b];
                if (!(Math.Abs(along) < 1e-3)) throw item.Error("matrix", "cannot be read: it shears, which is no product of translation, rotation and scale");
            }
            node.Translation = new Vector3(m[12], m[13], m[14]);
            node.Rotation = Rotation(turn);
            node.Scale = new Vector3((float)scale[0], (float)scale[1], (float)scale[2]);
        }

        // Shepperd 1978: the largest of the four is taken from the diagonal.
        private static Quaternion Rotation(double[,] m)
        {
            double trace = m[0, 0] + m[1, 1] + m[2, 2];
            var q = new double[4];
            int i = m[0, 0] > m[1, 1] ? 0 : 1;
            if (m[2, 2] > m[i, i]) i = 2;
            if (trace > m[i, i])
            {
                q[3] = 1 + trace;
                q[0] = m[2, 1] - m[1, 2];
                q[1] = m[0, 2] - m[2, 0];
                q[2] = m[1, 0] - m[0, 1];
            }
            else
            {
                int j = (i + 1) % 3, k = (i + 2) % 3;
                q[i] = 1 + m[i, i] - m[j, j] - m[k, k];
                q[j] = m[j, i] + m[i, j];
                q[k] = m[k, i] + m[i, k];
                q[3] = m[k, j] - m[j, k];
            }
            double length = Math.Sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
            if (q[3] < 0) length = -length;
            return new Quaternion((float)(q[0] / length), (float)(q[1] / length), (float)(q[2] / length), (float)(q[3] / length));
        }
    }
}
