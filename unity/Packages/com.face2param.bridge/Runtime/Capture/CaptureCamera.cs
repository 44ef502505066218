using System;
using UnityEngine;
using UnityEngine.Rendering;
using Object = UnityEngine.Object;

namespace Face2Param
{
    /// <summary>
    /// The fixed camera: draws the scene off screen, and the classes, depths and normals of its
    /// pixels. It is switched off between pictures and draws only when asked.
    /// </summary>
    public sealed class CaptureCamera : IDisposable
    {
        /// <summary>Vertical field of view in degrees, as in the original.</summary>
        public const float FieldOfView = 18f;

        /// <summary>Where the camera stands unless the head says otherwise, in front of a head
        /// whose eyes are at the origin.</summary>
        public static readonly Vector3 Position = new Vector3(0, 0, 1.2f);

        const float Near = 0.05f, Far = 100f;
        const string Tag = "RenderType";

        readonly GameObject holder;
        readonly Camera camera;

        /// <summary>Makes the camera in the open scene; it is not saved with it.</summary>
        public CaptureCamera()
        {
            holder = new GameObject("Face2Param Capture");
            holder.hideFlags = HideFlags.HideAndDontSave;
            camera = holder.AddComponent<Camera>();
            camera.enabled = false;
            camera.clearFlags = CameraClearFlags.SolidColor;
            camera.nearClipPlane = Near;
            camera.farClipPlane = Far;
            camera.allowHDR = false;
            camera.allowMSAA = false;
            camera.useOcclusionCulling = false;
            camera.renderingPath = RenderingPath.Forward;
            Background = new Color(0.5f, 0.5f, 0.5f);
            Look(Position, Vector3.zero, FieldOfView);
        }

        /// <summary>Colour behind the head, in display values.</summary>
        public Color Background { get; set; }

        /// <summary>Whether the camera was not removed, as a new scene removes it.</summary>
        public bool IsAlive
        {
            get { return holder != null; }
        }

        /// <summary>Whether classes, depths and normals can be drawn: replacement shaders exist
        /// in the built-in pipeline only.</summary>
        public static bool HasPasses
        {
            get
            {
#if UNITY_2019_3_OR_NEWER
                return GraphicsSettings.currentRenderPipeline == null;
#else
                return GraphicsSettings.renderPipelineAsset == null;
#endif
            }
        }

        /// <summary>Places the camera.</summary>
        /// <param name="position">In metres, Unity's axes.</param>
        /// <param name="target">The point in the middle of the picture.</param>
        /// <param name="fieldOfView">Vertical, degrees.</param>
        public void Look(Vector3 position, Vector3 target, float fieldOfView)
        {
            holder.transform.position = position;
            holder.transform.LookAt(target);
            camera.fieldOfView = fieldOfView;
        }

        /// <summary>The camera as plain numbers, for a picture of this size.</summary>
        public Pinhole View(int width, int height)
        {
            return new Pinhole(
                holder.transform.position, holder.transform.rotation, camera.fieldOfView,
                width, height);
        }

        /// <summary>Draws the picture; the caller destroys the texture.</summary>
        /// <param name="width">In pixels.</param>
        /// <param name="height">In pixels.</param>
        /// <param name="supersample">Samples per pixel along each axis: 1, 2 or 4 (3 counts as
        /// 4).</param>
        public Texture2D Picture(int width, int height, int supersample)
        {
            RequireGraphics();
            int factor = supersample >= 3 ? 4 : Mathf.Max(supersample, 1);
            RenderTexture target = Temporary(
                factor * width, factor * height, RenderTextureFormat.ARGB32,
                RenderTextureReadWrite.sRGB);
            target.filterMode = FilterMode.Bilinear;
            camera.backgroundColor = Background;
            camera.targetTexture = target;
            camera.Render();
            camera.targetTexture = null;
            while (factor > 1)
            {
                // Bilinear at half the size is the mean of four pixels.
                factor /= 2;
                RenderTexture half = Temporary(
                    factor * width, factor * height, RenderTextureFormat.ARGB32,
                    RenderTextureReadWrite.sRGB);
                half.filterMode = FilterMode.Bilinear;
                Graphics.Blit(target, half);
                RenderTexture.ReleaseTemporary(target);
                target = half;
            }
            return Read(target, TextureFormat.RGB24, false);
        }

        /// <summary>The picture as the bytes of a JPEG file.</summary>
        public byte[] Jpeg(int width, int height, int supersample, int quality)
        {
            return Taken(
                Picture(width, height, supersample),
                picture => picture.EncodeToJPG(quality));
        }

        /// <summary>The picture as the bytes of a PNG file.</summary>
        public byte[] Png(int width, int height, int supersample)
        {
            return Taken(
                Picture(width, height, supersample),
                picture => picture.EncodeToPNG());
        }

        /// <summary>The picture as RGB bytes, row 0 on top.</summary>
        public byte[] Rgb(int width, int height, int supersample)
        {
            return Taken(
                Picture(width, height, supersample),
                picture => Rows.Flip(picture.GetRawTextureData(), height));
        }

        /// <summary>The class of each pixel, row 0 on top; see <see cref="FaceLabels"/>.</summary>
        public byte[] Labels(int width, int height)
        {
            return Taken(
                Pass("Labels", width, height, RenderTextureFormat.ARGB32, TextureFormat.RGBA32),
                drawn => Rows.Labels(drawn.GetPixels32(), height));
        }

        /// <summary>The class of each pixel as the bytes of a PNG file.</summary>
        public byte[] LabelsPng(int width, int height)
        {
            return Taken(
                Pass("Labels", width, height, RenderTextureFormat.ARGB32, TextureFormat.RGB24),
                drawn => drawn.EncodeToPNG());
        }

        /// <summary>Metres along the camera's axis, row 0 on top, infinite on the background.
        /// </summary>
        public float[] Depth(int width, int height)
        {
            return Taken(
                Pass("Depth", width, height, RenderTextureFormat.RFloat, TextureFormat.RFloat),
                drawn => Rows.Depth(drawn.GetPixels(), height));
        }

        /// <summary>Three numbers a pixel in the right-handed world, row 0 on top; 0 on the
        /// background.</summary>
        public float[] Normals(int width, int height)
        {
            return Taken(
                Pass("Normals", width, height, RenderTextureFormat.ARGBFloat, TextureFormat.RGBAFloat),
                drawn => Rows.Normals(drawn.GetPixels(), height));
        }

        /// <summary>Removes the camera.</summary>
        public void Dispose()
        {
            Object.DestroyImmediate(holder);
        }

        /// <summary>What is read of a picture, which is then destroyed.</summary>
        static T[] Taken<T>(Texture2D picture, Func<Texture2D, T[]> read)
        {
            T[] data = read(picture);
            Object.DestroyImmediate(picture);
            return data;
        }

        Texture2D Pass(
            string name, int width, int height, RenderTextureFormat format, TextureFormat read)
        {
            RequireGraphics();
            if (!HasPasses)
            {
                throw new EngineException(
                    name + " cannot be drawn: this project uses a scriptable render pipeline, "
                    + "which has no replacement shaders. Ask for pictures and landmarks only");
            }
            Shader shader = Shader.Find("Hidden/Face2Param/" + name);
            if (shader == null || !shader.isSupported)
            {
                throw new EngineException(
                    "shader Hidden/Face2Param/" + name + " is not there or not supported by this "
                    + "graphics card; in a player build add it to Project Settings > Graphics > "
                    + "Always Included Shaders");
            }
            RenderTexture target = Temporary(
                width, height, format, RenderTextureReadWrite.Linear);
            target.filterMode = FilterMode.Point;
            camera.backgroundColor = new Color(0, 0, 0, 0);
            camera.targetTexture = target;
            camera.RenderWithShader(shader, Tag);
            camera.targetTexture = null;
            return Read(target, read, true);
        }

        static Texture2D Read(RenderTexture source, TextureFormat format, bool isLinear)
        {
            RenderTexture before = RenderTexture.active;
            RenderTexture.active = source;
            var texture = new Texture2D(source.width, source.height, format, false, isLinear);
            texture.hideFlags = HideFlags.HideAndDontSave;
            texture.ReadPixels(new Rect(0, 0, source.width, source.height), 0, 0, false);
            RenderTexture.active = before;
            RenderTexture.ReleaseTemporary(source);
            return texture;
        }

        static RenderTexture Temporary(
            int width, int height, RenderTextureFormat format, RenderTextureReadWrite readWrite)
        {
            return RenderTexture.GetTemporary(width, height, 24, format, readWrite, 1);
        }

        static void RequireGraphics()
        {
            if (SystemInfo.graphicsDeviceType == GraphicsDeviceType.Null)
            {
                throw new EngineException(
                    "no graphics device: start Unity without -nographics (on a server without a "
                    + "screen under xvfb-run)");
            }
        }
    }
}
