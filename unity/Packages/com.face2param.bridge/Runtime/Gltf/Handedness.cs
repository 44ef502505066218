using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// glTF is right-handed, Unity left-handed; x changes its sign between them. The functions are
    /// their own inverses. A head that looks along glTF's +z looks along Unity's +z, too.
    /// </summary>
    public static class Handedness
    {
        public static Vector3 ToUnity(Vector3 v) { return new Vector3(-v.x, v.y, v.z); }
        public static Quaternion ToUnity(Quaternion q) { return new Quaternion(q.x, -q.y, -q.z, q.w); }

        /// <summary>The sign of the bitangent changes, since a cross product does in the mirrored space.</summary>
        public static Vector4 TangentToUnity(Vector4 t) { return new Vector4(-t.x, t.y, t.z, -t.w); }

        public static Matrix4x4 ToUnity(Matrix4x4 m)
        {
            // diag(-1, 1, 1, 1) m diag(-1, 1, 1, 1)
            m.m01 = -m.m01;
            m.m02 = -m.m02;
            m.m03 = -m.m03;
            m.m10 = -m.m10;
            m.m20 = -m.m20;
            m.m30 = -m.m30;
            return m;
        }

        /// <summary>v = 0 on top in glTF, at the bottom in Unity.</summary>
        public static Vector2 UvToUnity(Vector2 uv) { return new Vector2(uv.x, 1 - uv.y); }

        /// <summary>The other way round, so that the front stays the front.</summary>
        public static int[] TrianglesToUnity(int[] corners)
        {
            var turned = (int[])corners.Clone();
            for (int i = 0; i + 2 < turned.Length; i += 3)
            {
                turned[i + 1] = corners[i + 2];
                turned[i + 2] = corners[i + 1];
            }
            return turned;
        }
    }
}
