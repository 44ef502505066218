using System;

namespace UnityEngine
{
    public struct Color
    {
        public float r, g, b, a;

        public Color(float r, float g, float b, float a) { this.r = r; this.g = g; this.b = b; this.a = a; }
        public Color(float r, float g, float b) : this(r, g, b, 1) { }

        public static Color white { get { return new Color(1, 1, 1); } }
        public static Color black { get { return new Color(0, 0, 0); } }
        public static Color clear { get { return new Color(0, 0, 0, 0); } }
        public static Color red { get { return new Color(1, 0, 0); } }
        public static Color grey { get { return new Color(0.5f, 0.5f, 0.5f); } }
        public static Color gray { get { return grey; } }
        public Color linear { get { return new Color(Mathf.GammaToLinearSpace(r), Mathf.GammaToLinearSpace(g), Mathf.GammaToLinearSpace(b), a); } }
        public Color gamma { get { return new Color(Mathf.LinearToGammaSpace(r), Mathf.LinearToGammaSpace(g), Mathf.LinearToGammaSpace(b), a); } }

        public float this[int i]
        {
            get { return i == 0 ? r : i == 1 ? g : i == 2 ? b : a; }
            set
            {
                if (i == 0) r = value;
                else if (i == 1) g = value;
                else if (i == 2) b = value;
                else a = value;
            }
        }

        public static Color Lerp(Color x, Color y, float t) { return x + (y - x) * Mathf.Clamp01(t); }
        public static Color operator +(Color x, Color y) { return new Color(x.r + y.r, x.g + y.g, x.b + y.b, x.a + y.a); }
        public static Color operator -(Color x, Color y) { return new Color(x.r - y.r, x.g - y.g, x.b - y.b, x.a - y.a); }
        public static Color operator *(Color x, Color y) { return new Color(x.r * y.r, x.g * y.g, x.b * y.b, x.a * y.a); }
        public static Color operator *(Color x, float s) { return new Color(x.r * s, x.g * s, x.b * s, x.a * s); }
        public static implicit operator Vector4(Color c) { return new Vector4(c.r, c.g, c.b, c.a); }
        public static implicit operator Color(Vector4 v) { return new Color(v.x, v.y, v.z, v.w); }
        public override string ToString() { return "RGBA(" + r + ", " + g + ", " + b + ", " + a + ")"; }
    }

    public struct Color32
    {
        public byte r, g, b, a;

        public Color32(byte r, byte g, byte b, byte a) { this.r = r; this.g = g; this.b = b; this.a = a; }

        public static implicit operator Color(Color32 c) { return new Color(c.r / 255f, c.g / 255f, c.b / 255f, c.a / 255f); }

        public static implicit operator Color32(Color c)
        {
            return new Color32(Byte(c.r), Byte(c.g), Byte(c.b), Byte(c.a));
        }

        private static byte Byte(float v) { return (byte)Math.Round(Mathf.Clamp01(v) * 255); }
    }
}
