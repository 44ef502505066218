using UnityEngine;

namespace Face2Param
{
    /// <summary>A camera as plain numbers: where points of the scene lie in the picture.</summary>
    public sealed class Pinhole
    {
        /// <summary>Metres that a landmark may lie behind what is drawn and still be seen.</summary>
        public const float Tolerance = 0.005f;

        readonly Vector3 position;
        readonly Quaternion toCamera;
        readonly float tangent;

        /// <summary>Of the picture in pixels.</summary>
        public readonly int Width, Height;

        /// <summary>A camera that looks along its own +z, as Unity's do.</summary>
        /// <param name="position">In metres.</param>
        /// <param name="rotation">Of the camera.</param>
        /// <param name="fieldOfView">Vertical, degrees.</param>
        /// <param name="width">In pixels.</param>
        /// <param name="height">In pixels.</param>
        public Pinhole(
            Vector3 position, Quaternion rotation, float fieldOfView, int width, int height)
        {
            this.position = position;
            toCamera = Quaternion.Inverse(rotation);
            tangent = Mathf.Tan(fieldOfView * Mathf.Deg2Rad / 2);
            Width = width;
            Height = height;
        }

        /// <summary>Where a point lies: x to the right and y down in pixels, z its depth.</summary>
        public Vector3 Project(Vector3 point)
        {
            Vector3 local = toCamera * (point - position);
            float half = Height / 2f / (tangent * local.z);
            return new Vector3(Width / 2f + local.x * half, Height / 2f - local.y * half, local.z);
        }

        /// <summary>Whether a projected point lies in the picture and nothing is before it.</summary>
        /// <param name="projected">Of <see cref="Project"/>.</param>
        /// <param name="depth">Metres per pixel, row 0 on top, infinite on the background; null
        /// where it is not known.</param>
        public bool IsVisible(Vector3 projected, float[] depth)
        {
            int x = Mathf.FloorToInt(projected.x), y = Mathf.FloorToInt(projected.y);
            if (projected.z <= 0 || x < 0 || y < 0 || x >= Width || y >= Height)
            {
                return false;
            }
            if (depth == null)
            {
                return true;
            }
            // The farthest of the neighbours: a point of the outline may fall on either side of it.
            float farthest = 0;
            for (int i = Mathf.Max(y - 1, 0); i <= Mathf.Min(y + 1, Height - 1); i++)
            {
                for (int j = Mathf.Max(x - 1, 0); j <= Mathf.Min(x + 1, Width - 1); j++)
                {
                    farthest = Mathf.Max(farthest, depth[i * Width + j]);
                }
            }
            return projected.z <= farthest + Tolerance;
        }
    }
}
