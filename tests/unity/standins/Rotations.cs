using System;

namespace UnityEngine
{
    public static class Mathf
    {
        public const float PI = (float)Math.PI;
        public const float Deg2Rad = PI * 2f / 360f;
        public const float Rad2Deg = 1f / Deg2Rad;
        public const float Infinity = float.PositiveInfinity;
        public const float Epsilon = 1.401298E-45f;

        public static float Sin(float f) { return (float)Math.Sin(f); }
        public static float Cos(float f) { return (float)Math.Cos(f); }
        public static float Tan(float f) { return (float)Math.Tan(f); }
        public static float Asin(float f) { return (float)Math.Asin(f); }
        public static float Acos(float f) { return (float)Math.Acos(f); }
        public static float Atan(float f) { return (float)Math.Atan(f); }
        public static float Atan2(float y, float x) { return (float)Math.Atan2(y, x); }
        public static float Sqrt(float f) { return (float)Math.Sqrt(f); }
        public static float Pow(float f, float p) { return (float)Math.Pow(f, p); }
        public static float Exp(float f) { return (float)Math.Exp(f); }
        public static float Log(float f) { return (float)Math.Log(f); }
        public static float Abs(float f) { return Math.Abs(f); }
        public static int Abs(int i) { return Math.Abs(i); }
        public static float Min(float a, float b) { return a < b ? a : b; }
        public static float Max(float a, float b) { return a > b ? a : b; }
        public static int Min(int a, int b) { return a < b ? a : b; }
        public static int Max(int a, int b) { return a > b ? a : b; }
        public static float Max(params float[] v) { float m = v[0]; foreach (float f in v) m = Max(m, f); return m; }
        public static float Min(params float[] v) { float m = v[0]; foreach (float f in v) m = Min(m, f); return m; }
        public static float Floor(float f) { return (float)Math.Floor(f); }
        public static float Ceil(float f) { return (float)Math.Ceiling(f); }
        public static float Round(float f) { return (float)Math.Round(f); }
        public static int FloorToInt(float f) { return (int)Math.Floor(f); }
        public static int CeilToInt(float f) { return (int)Math.Ceiling(f); }
        public static int RoundToInt(float f) { return (int)Math.Round(f); }
        public static float Sign(float f) { return f >= 0 ? 1 : -1; }
        public static float Clamp(float v, float low, float high) { return v < low ? low : v > high ? high : v; }
        public static int Clamp(int v, int low, int high) { return v < low ? low : v > high ? high : v; }
        public static float Clamp01(float v) { return Clamp(v, 0, 1); }
        public static float Lerp(float a, float b, float t) { return a + (b - a) * Clamp01(t); }
        public static float LerpUnclamped(float a, float b, float t) { return a + (b - a) * t; }
        public static float Repeat(float t, float length) { return Clamp(t - Floor(t / length) * length, 0, length); }

        public static bool Approximately(float a, float b)
        {
            return Abs(b - a) < Max(1e-6f * Max(Abs(a), Abs(b)), Epsilon * 8);
        }

        public static float GammaToLinearSpace(float v)
        {
            return v <= 0.04045f ? v / 12.92f : Pow((v + 0.055f) / 1.055f, 2.4f);
        }

        public static float LinearToGammaSpace(float v)
        {
            return v <= 0.0031308f ? 12.92f * v : 1.055f * Pow(v, 1 / 2.4f) - 0.055f;
        }
    }

    public struct Quaternion
    {
        public float x, y, z, w;

        public Quaternion(float x, float y, float z, float w) { this.x = x; this.y = y; this.z = z; this.w = w; }

        public static Quaternion identity { get { return new Quaternion(0, 0, 0, 1); } }

        public Quaternion normalized
        {
            get
            {
                float size = Mathf.Sqrt(Dot(this, this));
                return size < Mathf.Epsilon ? identity : new Quaternion(x / size, y / size, z / size, w / size);
            }
        }

        public static float Dot(Quaternion a, Quaternion b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }

        // Unity's Inverse expects a unit quaternion.
        public static Quaternion Inverse(Quaternion q) { return new Quaternion(-q.x, -q.y, -q.z, q.w); }

        public static Quaternion operator *(Quaternion a, Quaternion b)
        {
            return new Quaternion(
                a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
                a.w * b.y + a.y * b.w + a.z * b.x - a.x * b.z,
                a.w * b.z + a.z * b.w + a.x * b.y - a.y * b.x,
                a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z);
        }

        public static Vector3 operator *(Quaternion q, Vector3 v)
        {
            var axis = new Vector3(q.x, q.y, q.z);
            Vector3 twice = Vector3.Cross(axis, v) * 2;
            return v + twice * q.w + Vector3.Cross(axis, twice);
        }

        // The shortest way, t brought into [0, 1], the result of unit length.
        public static Quaternion Lerp(Quaternion a, Quaternion b, float t) { return LerpUnclamped(a, b, Mathf.Clamp01(t)); }

        public static Quaternion LerpUnclamped(Quaternion a, Quaternion b, float t)
        {
            float s = 1 - t;
            if (Dot(a, b) < 0) t = -t;
            return new Quaternion(s * a.x + t * b.x, s * a.y + t * b.y, s * a.z + t * b.z, s * a.w + t * b.w).normalized;
        }

        public static Quaternion AngleAxis(float degrees, Vector3 axis)
        {
            float half = degrees * Mathf.Deg2Rad / 2;
            Vector3 v = axis.normalized * Mathf.Sin(half);
            return new Quaternion(v.x, v.y, v.z, Mathf.Cos(half));
        }

        // Unity: z first, then x, then y.
        public static Quaternion Euler(float x, float y, float z)
        {
            return AngleAxis(y, Vector3.up) * AngleAxis(x, Vector3.right) * AngleAxis(z, Vector3.forward);
        }

        public static Quaternion Euler(Vector3 degrees) { return Euler(degrees.x, degrees.y, degrees.z); }
        public static Quaternion LookRotation(Vector3 forward) { return LookRotation(forward, Vector3.up); }

        public static Quaternion LookRotation(Vector3 forward, Vector3 up)
        {
            Vector3 z = forward.normalized, x = Vector3.Cross(up, z).normalized, y = Vector3.Cross(z, x);
            var m = Matrix4x4.identity;
            m.SetColumn(0, x);
            m.SetColumn(1, y);
            m.SetColumn(2, z);
            return m.rotation;
        }

        public static float Angle(Quaternion a, Quaternion b)
        {
            float dot = Mathf.Min(Mathf.Abs(Dot(a, b)), 1);
            return dot > 0.999999f ? 0 : Mathf.Acos(dot) * 2 * Mathf.Rad2Deg;
        }

        public override string ToString() { return "(" + x + ", " + y + ", " + z + ", " + w + ")"; }
    }

    public struct Matrix4x4
    {
        public float m00, m10, m20, m30, m01, m11, m21, m31, m02, m12, m22, m32, m03, m13, m23, m33;

        public static Matrix4x4 identity { get { return TRS(Vector3.zero, Quaternion.identity, Vector3.one); } }

        public float this[int row, int column]
        {
            get { return GetColumn(column)[row]; }
            set { Vector4 c = GetColumn(column); c[row] = value; SetColumn(column, c); }
        }

        public Vector4 GetColumn(int i)
        {
            return i == 0 ? new Vector4(m00, m10, m20, m30) : i == 1 ? new Vector4(m01, m11, m21, m31)
                : i == 2 ? new Vector4(m02, m12, m22, m32) : new Vector4(m03, m13, m23, m33);
        }

        public void SetColumn(int i, Vector4 v)
        {
            if (i == 0) { m00 = v.x; m10 = v.y; m20 = v.z; m30 = v.w; }
            else if (i == 1) { m01 = v.x; m11 = v.y; m21 = v.z; m31 = v.w; }
            else if (i == 2) { m02 = v.x; m12 = v.y; m22 = v.z; m32 = v.w; }
            else { m03 = v.x; m13 = v.y; m23 = v.z; m33 = v.w; }
        }

        public static Matrix4x4 TRS(Vector3 position, Quaternion q, Vector3 scale)
        {
            var m = new Matrix4x4();
            m.SetColumn(0, q * Vector3.right * scale.x);
            m.SetColumn(1, q * Vector3.up * scale.y);
            m.SetColumn(2, q * Vector3.forward * scale.z);
            m.SetColumn(3, new Vector4(position.x, position.y, position.z, 1));
            return m;
        }

        public static Matrix4x4 operator *(Matrix4x4 a, Matrix4x4 b)
        {
            var m = new Matrix4x4();
            for (int i = 0; i < 4; i++) m.SetColumn(i, a * b.GetColumn(i));
            return m;
        }

        public static Vector4 operator *(Matrix4x4 m, Vector4 v)
        {
            return m.GetColumn(0) * v.x + m.GetColumn(1) * v.y + m.GetColumn(2) * v.z + m.GetColumn(3) * v.w;
        }

        public Vector3 MultiplyPoint3x4(Vector3 p) { return this * new Vector4(p.x, p.y, p.z, 1); }
        public Vector3 MultiplyVector(Vector3 v) { return this * new Vector4(v.x, v.y, v.z, 0); }

        public Vector3 MultiplyPoint(Vector3 p)
        {
            Vector4 v = this * new Vector4(p.x, p.y, p.z, 1);
            return new Vector3(v.x, v.y, v.z) / v.w;
        }

        public Matrix4x4 transpose
        {
            get
            {
                var m = new Matrix4x4();
                for (int r = 0; r < 4; r++) for (int c = 0; c < 4; c++) m[c, r] = this[r, c];
                return m;
            }
        }

        public Quaternion rotation
        {
            get
            {
                Vector3 a = ((Vector3)GetColumn(0)).normalized, b = ((Vector3)GetColumn(1)).normalized, c = ((Vector3)GetColumn(2)).normalized;
                float w = Mathf.Sqrt(Mathf.Max(0, 1 + a.x + b.y + c.z)) / 2;
                float x = Mathf.Sqrt(Mathf.Max(0, 1 + a.x - b.y - c.z)) / 2;
                float y = Mathf.Sqrt(Mathf.Max(0, 1 - a.x + b.y - c.z)) / 2;
                float z = Mathf.Sqrt(Mathf.Max(0, 1 - a.x - b.y + c.z)) / 2;
                if (b.z - c.y < 0) x = -x;
                if (c.x - a.z < 0) y = -y;
                if (a.y - b.x < 0) z = -z;
                return new Quaternion(x, y, z, w).normalized;
            }
        }

        public Vector3 lossyScale
        {
            get { return new Vector3(((Vector3)GetColumn(0)).magnitude, ((Vector3)GetColumn(1)).magnitude, ((Vector3)GetColumn(2)).magnitude); }
        }

        // Of an affine matrix, in double.
        public Matrix4x4 inverse
        {
            get
            {
                double a = m00, b = m01, c = m02, d = m10, e = m11, f = m12, g = m20, h = m21, i = m22;
                double det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
                double[] k =
                {
                    (e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det,
                    (f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det,
                    (d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det,
                };
                var m = identity;
                for (int r = 0; r < 3; r++)
                {
                    for (int n = 0; n < 3; n++) m[r, n] = (float)k[3 * r + n];
                    m[r, 3] = (float)-(k[3 * r] * m03 + k[3 * r + 1] * m13 + k[3 * r + 2] * m23);
                }
                return m;
            }
        }
    }
}
