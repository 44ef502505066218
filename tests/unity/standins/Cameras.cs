using System.Collections.Generic;

namespace UnityEngine.Rendering
{
    public enum GraphicsDeviceType { Direct3D11 = 2, Null = 4, OpenGLCore = 17 }
    public enum AmbientMode { Skybox = 0, Trilight = 1, Flat = 3 }

    public class RenderPipelineAsset : ScriptableObject { public virtual Shader defaultShader { get { return null; } } }

    public static class GraphicsSettings
    {
        public static RenderPipelineAsset renderPipelineAsset { get; set; }
        public static RenderPipelineAsset currentRenderPipeline { get { return renderPipelineAsset; } }
    }
}

namespace UnityEngine
{
    using UnityEngine.Rendering;

    public enum CameraClearFlags { Skybox = 1, SolidColor = 2, Depth = 3, Nothing = 4 }
    public enum RenderingPath { UsePlayerSettings = -1, VertexLit = 0, Forward = 1 }
    public enum RenderTextureFormat { ARGB32 = 0, Depth = 1, ARGBHalf = 2, ARGBFloat = 11, RFloat = 14 }
    public enum RenderTextureReadWrite { Default, Linear, sRGB }
    public enum LightType { Spot, Directional, Point }
    public enum LightShadows { None, Hard, Soft }

    public class RenderTexture : Texture
    {
        public RenderTexture(int width, int height, int depth, RenderTextureFormat format, RenderTextureReadWrite readWrite)
        {
            this.width = width;
            this.height = height;
            this.format = format;
        }

        public static RenderTexture active { get; set; }
        // Temporary textures that were not given back: a leak.
        public static int Lent { get; private set; }

        public RenderTextureFormat format { get; private set; }
        public bool useMipMap { get; set; }

        public static RenderTexture GetTemporary(int width, int height, int depth, RenderTextureFormat format, RenderTextureReadWrite readWrite)
        {
            return GetTemporary(width, height, depth, format, readWrite, 1);
        }

        public static RenderTexture GetTemporary(int width, int height, int depth, RenderTextureFormat format, RenderTextureReadWrite readWrite, int antiAliasing)
        {
            Lent++;
            return new RenderTexture(width, height, depth, format, readWrite);
        }

        public static void ReleaseTemporary(RenderTexture texture) { Lent--; }
        public void Release() { }
    }

    // Draws nothing; remembers what it was asked for.
    public sealed class Camera : Behaviour
    {
        public static readonly List<string> Drawn = new List<string>();

        public CameraClearFlags clearFlags { get; set; }
        public Color backgroundColor { get; set; }
        public float nearClipPlane { get; set; }
        public float farClipPlane { get; set; }
        public float fieldOfView { get; set; }
        public bool allowHDR { get; set; }
        public bool allowMSAA { get; set; }
        public bool useOcclusionCulling { get; set; }
        public RenderingPath renderingPath { get; set; }
        public RenderTexture targetTexture { get; set; }
        public static Camera main { get { return null; } }

        public void Render() { Drawn.Add("picture " + targetTexture.width + "x" + targetTexture.height); }
        public void RenderWithShader(Shader shader, string tag) { Drawn.Add(shader.name + " " + targetTexture.width + "x" + targetTexture.height); }
    }

    public sealed class Light : Behaviour
    {
        public LightType type { get; set; }
        public Color color { get; set; }
        public float intensity { get; set; }
        public LightShadows shadows { get; set; }
    }

    public static class RenderSettings
    {
        public static AmbientMode ambientMode { get; set; }
        public static Color ambientLight { get; set; }
        public static Material skybox { get; set; }
    }

    public static class Graphics
    {
        public static void Blit(Texture source, RenderTexture target) { }
        public static void Blit(Texture source, RenderTexture target, Material material, int pass) { }
    }

    public static class SystemInfo
    {
        public static GraphicsDeviceType graphicsDeviceType { get; set; }
    }

    public sealed class MaterialPropertyBlock
    {
        private readonly Dictionary<string, object> values = new Dictionary<string, object>();

        public void SetFloat(string key, float value) { values[key] = value; }
        public void SetTexture(string key, Texture value) { values[key] = value; }
        public float GetFloat(string key) { return values.ContainsKey(key) ? (float)values[key] : 0; }
    }

    // In Unity methods of Renderer and Texture2D, and of the module for pictures.
    public static class CameraExtensions
    {
        private static readonly Dictionary<string, MaterialPropertyBlock> Blocks = new Dictionary<string, MaterialPropertyBlock>();

        public static void SetPropertyBlock(this Renderer renderer, MaterialPropertyBlock block, int material)
        {
            Blocks[renderer.GetInstanceID() + "/" + material] = block;
        }

        public static void GetPropertyBlock(this Renderer renderer, MaterialPropertyBlock block, int material) { }

        public static float LabelOf(Renderer renderer, int material)
        {
            return Blocks[renderer.GetInstanceID() + "/" + material].GetFloat("_Face2ParamLabel");
        }

        public static void ReadPixels(this Texture2D texture, Rect source, int x, int y, bool mipmaps) { }
        // What every drawn picture looks like.
        public static byte[] Jpeg = { 0xff, 0xd8 }, Png = { 0x89 };
        public static byte[] EncodeToJPG(this Texture2D texture, int quality) { return Jpeg; }
        public static byte[] EncodeToPNG(this Texture2D texture) { return Png; }
    }
}
