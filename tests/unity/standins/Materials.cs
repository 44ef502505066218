using System.Collections.Generic;

namespace UnityEngine
{
    public enum TextureWrapMode { Repeat, Clamp, Mirror, MirrorOnce }
    public enum FilterMode { Point, Bilinear, Trilinear }
    public enum TextureFormat { Alpha8 = 1, RGB24 = 3, RGBA32 = 4, ARGB32 = 5, RFloat = 18, RGBAFloat = 20 }

    public sealed class Shader : Object
    {
        private static readonly HashSet<string> Known = new HashSet<string> { "Standard", "Unlit/Texture" };

        private Shader(string name) { this.name = name; }

        public bool isSupported { get { return true; } }

        // Stand-ins of the package's own shaders are added by the tests of the parts that draw.
        public static void Learn(string name) { Known.Add(name); }
        public static Shader Find(string name) { return Known.Contains(name) ? new Shader(name) : null; }
        public static int PropertyToID(string name) { return name.GetHashCode(); }
    }

    public class Material : Object
    {
        private readonly Dictionary<string, object> values = new Dictionary<string, object>();
        private static readonly string[] NotStandard = { "_Cull", "_BaseColor", "_BaseMap", "_BaseColorMap", "_NormalMap", "_Smoothness", "_Surface", "_AlphaClip" };
        private readonly HashSet<string> keywords = new HashSet<string>();

        public Material(Shader shader) { this.shader = shader; }

        public Material(Material source)
        {
            shader = source.shader;
            name = source.name;
            renderQueue = source.renderQueue;
            values = new Dictionary<string, object>(source.values);
            keywords = new HashSet<string>(source.keywords);
        }

        public Shader shader { get; set; }
        public int renderQueue { get; set; }
        public Color color { get { return GetColor("_Color"); } set { SetColor("_Color", value); } }
        public Texture mainTexture { get { return GetTexture("_MainTex"); } set { SetTexture("_MainTex", value); } }

        // The stand-in has every property but those that Unity's Standard shader lacks.
        public bool HasProperty(string key) { return shader.name != "Standard" || System.Array.IndexOf(NotStandard, key) < 0; }
        public void SetFloat(string key, float value) { values[key] = value; }
        public void SetInt(string key, int value) { values[key] = (float)value; }
        public void SetColor(string key, Color value) { values[key] = value; }
        public void SetVector(string key, Vector4 value) { values[key] = value; }
        public void SetTexture(string key, Texture value) { values[key] = value; }
        public void SetTextureOffset(string key, Vector2 value) { values[key + "_ST.zw"] = value; }
        public void SetTextureScale(string key, Vector2 value) { values[key + "_ST.xy"] = value; }
        public void SetMatrix(string key, Matrix4x4 value) { values[key] = value; }
        public float GetFloat(string key) { return Get(key, 0f); }
        public int GetInt(string key) { return (int)Get(key, 0f); }
        public Color GetColor(string key) { return Get(key, Color.white); }
        public Vector4 GetVector(string key) { return Get(key, Vector4.zero); }
        public Texture GetTexture(string key) { return Get<Texture>(key, null); }
        public void EnableKeyword(string keyword) { keywords.Add(keyword); }
        public void DisableKeyword(string keyword) { keywords.Remove(keyword); }
        public bool IsKeywordEnabled(string keyword) { return keywords.Contains(keyword); }
        public void SetOverrideTag(string tag, string value) { values["tag:" + tag] = value; }

        private T Get<T>(string key, T otherwise)
        {
            object value;
            return values.TryGetValue(key, out value) && value is T ? (T)value : otherwise;
        }
    }

    public class Texture : Object
    {
        public virtual int width { get; set; }
        public virtual int height { get; set; }
        public TextureWrapMode wrapMode { get; set; }
        public TextureWrapMode wrapModeU { get; set; }
        public TextureWrapMode wrapModeV { get; set; }
        public FilterMode filterMode { get; set; }
        public int anisoLevel { get; set; }
    }
}
