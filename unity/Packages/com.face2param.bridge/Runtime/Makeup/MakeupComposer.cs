using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Composes makeup on the graphics card, one blit per layer.</summary>
    public sealed class MakeupComposer : IDisposable
    {
        /// <summary>Name of the shader that paints a layer.</summary>
        public const string ShaderName = "Hidden/Face2Param/Makeup";

        const int Begin = 0, Layer = 1, End = 2;

        readonly Material material;
        RenderTexture result;

        /// <summary>Makes the material.</summary>
        /// <exception cref="EngineException">The shader is not there.</exception>
        public MakeupComposer()
        {
            Shader shader = Shader.Find(ShaderName);
            if (shader == null || !shader.isSupported)
            {
                throw new EngineException(
                    "shader " + ShaderName + " is not there or not supported by this graphics "
                    + "card; in a player build add it to Project Settings > Graphics > Always "
                    + "Included Shaders");
            }
            material = new Material(shader);
            material.hideFlags = HideFlags.HideAndDontSave;
        }

        /// <summary>Paints layers over a base texture.</summary>
        /// <param name="basis">The texture below all layers, sRGB.</param>
        /// <param name="layers">In the order of painting.</param>
        /// <param name="width">Of the result in pixels.</param>
        /// <param name="height">Of the result in pixels.</param>
        /// <returns>An sRGB texture that this object owns and paints anew at the next call.</returns>
        public RenderTexture Compose(
            Texture basis, IList<MakeupLayer> layers, int width, int height)
        {
            // Half floats between the layers: eight bits would lose half a step per layer.
            RenderTexture below = Temporary(width, height), above = Temporary(width, height);
            Graphics.Blit(basis, below, material, Begin);
            foreach (MakeupLayer layer in layers)
            {
                if (layer.mask == null || layer.amount <= 0 || layer.scale <= 0)
                {
                    continue;
                }
                Set(layer);
                Graphics.Blit(below, above, material, Layer);
                RenderTexture swap = below;
                below = above;
                above = swap;
            }
            if (result == null || result.width != width || result.height != height)
            {
                Release();
                result = new RenderTexture(
                    width, height, 0, RenderTextureFormat.ARGB32, RenderTextureReadWrite.sRGB);
                result.useMipMap = true;
                result.hideFlags = HideFlags.HideAndDontSave;
            }
            Graphics.Blit(below, result, material, End);
            RenderTexture.ReleaseTemporary(below);
            RenderTexture.ReleaseTemporary(above);
            return result;
        }

        /// <summary>Frees the result and the material.</summary>
        public void Dispose()
        {
            Release();
            UnityEngine.Object.DestroyImmediate(material);
        }

        void Set(MakeupLayer layer)
        {
            material.SetTexture("_Mask", layer.mask);
            material.SetFloat("_MaskIsGrey", layer.maskIsGrey ? 1 : 0);
            material.SetVector("_Paint", new Vector4(
                MakeupMath.ToGamma(layer.colour.x),
                MakeupMath.ToGamma(layer.colour.y),
                MakeupMath.ToGamma(layer.colour.z), 1));
            material.SetFloat("_Amount", layer.amount);
            material.SetFloat("_Mode", (float)layer.blend);
            material.SetVector("_Shift", new Vector4(
                layer.hue, layer.saturation, layer.value, 0));
            material.SetVector("_Place", new Vector4(
                layer.offset.x, layer.offset.y,
                Mathf.Cos(layer.rotation) / layer.scale, Mathf.Sin(layer.rotation) / layer.scale));
        }

        void Release()
        {
            if (result != null)
            {
                result.Release();
                UnityEngine.Object.DestroyImmediate(result);
                result = null;
            }
        }

        static RenderTexture Temporary(int width, int height)
        {
            return RenderTexture.GetTemporary(
                width, height, 0, RenderTextureFormat.ARGBHalf, RenderTextureReadWrite.Linear);
        }
    }
}
