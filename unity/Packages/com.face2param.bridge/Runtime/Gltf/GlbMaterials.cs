using System.Collections.Generic;
using UnityEngine;
using UnityEngine.Rendering;

namespace Face2Param
{
    /// <summary>Makes Unity's materials: of the Standard shader, or of the default shader of the
    /// project's render pipeline.</summary>
    public static class GlbMaterials
    {
        /// <summary>One for each material of the model and a plain one at the end; the textures are
        /// added to the list.</summary>
        /// <exception cref="CodecException">A picture cannot be decoded.</exception>
        public static List<Material> Build(GltfModel model, List<Texture2D> textures)
        {
            var normal = new bool[model.Textures.Count];
            foreach (GltfMaterial material in model.Materials) if (material.NormalTexture >= 0) normal[material.NormalTexture] = true;
            for (int i = 0; i < normal.Length; i++) textures.Add(Texture(model.Textures[i], normal[i]));
            var made = new List<Material>();
            foreach (GltfMaterial material in model.Materials) made.Add(Material(material, textures));
            made.Add(Material(new GltfMaterial { Name = "plain", Metallic = 0 }, textures));
            return made;
        }

        /// <summary>The shader that draws the surfaces, by the project's pipeline.</summary>
        /// <exception cref="EngineException">A game was built without it.</exception>
        public static Shader Surface()
        {
#if UNITY_2019_3_OR_NEWER
            RenderPipelineAsset pipeline = GraphicsSettings.currentRenderPipeline;
#else
            RenderPipelineAsset pipeline = GraphicsSettings.renderPipelineAsset;
#endif
            Shader found = pipeline == null ? Shader.Find("Standard") : pipeline.defaultShader;
            if (found != null) return found;
            throw new EngineException("the shader " + (pipeline == null ? "Standard" : "of " + pipeline.name)
                + " is not in this build; add it to Always Included Shaders in the graphics settings");
        }

        /// <summary>Sets a linear colour under every name that a pipeline may have for it.</summary>
        public static void SetColor(Material material, Color linear)
        {
            Color shown = linear.gamma;
            foreach (string name in new[] { "_Color", "_BaseColor" }) if (material.HasProperty(name)) material.SetColor(name, shown);
        }

        public static void SetRoughness(Material material, float roughness)
        {
            foreach (string name in new[] { "_Glossiness", "_Smoothness" }) if (material.HasProperty(name)) material.SetFloat(name, 1 - roughness);
        }

        public static void SetTexture(Material material, bool normal, Texture texture)
        {
            string[] names = normal ? new[] { "_BumpMap", "_NormalMap" } : new[] { "_MainTex", "_BaseMap", "_BaseColorMap" };
            foreach (string name in names) if (material.HasProperty(name)) material.SetTexture(name, texture);
            if (normal && texture != null) material.EnableKeyword("_NORMALMAP");
        }

        public static Texture GetTexture(Material material, bool normal)
        {
            string[] names = normal ? new[] { "_BumpMap", "_NormalMap" } : new[] { "_BaseMap", "_BaseColorMap", "_MainTex" };
            foreach (string name in names) if (material.HasProperty(name) && material.GetTexture(name) != null) return material.GetTexture(name);
            return null;
        }

        /// <summary>For colours that hold their light already; null where the project has no such shader.</summary>
        private static Shader Unlit(string alphaMode)
        {
            string[] names = { "Universal Render Pipeline/Unlit", "HDRP/Unlit" };
            if (Surface().name == "Standard") names = new[] { alphaMode == "blend" ? "Unlit/Transparent" : alphaMode == "mask" ? "Unlit/Transparent Cutout" : "Unlit/Texture" };
            foreach (string name in names)
            {
                Shader found = Shader.Find(name);
                if (found != null && found.isSupported) return found;
            }
            return null;
        }

        private static Material Material(GltfMaterial source, List<Texture2D> textures)
        {
            Shader shader = source.Unlit ? Unlit(source.AlphaMode) : null;
            var made = new Material(shader == null ? Surface() : shader) { name = source.Name };
            SetColor(made, source.BaseColor);
            SetRoughness(made, source.Roughness);
            if (made.HasProperty("_Metallic")) made.SetFloat("_Metallic", source.Metallic);
            if (source.BaseTexture >= 0) SetTexture(made, false, textures[source.BaseTexture]);
            if (source.NormalTexture >= 0)
            {
                SetTexture(made, true, textures[source.NormalTexture]);
                if (made.HasProperty("_BumpScale")) made.SetFloat("_BumpScale", source.NormalScale);
            }
            if (source.Emissive.r + source.Emissive.g + source.Emissive.b > 0 && made.HasProperty("_EmissionColor"))
            {
                made.SetColor("_EmissionColor", source.Emissive.gamma);
                made.EnableKeyword("_EMISSION");
            }
            if (source.AlphaMode == "mask")
            {
                made.SetOverrideTag("RenderType", "TransparentCutout");
                made.EnableKeyword("_ALPHATEST_ON");
                if (made.HasProperty("_Cutoff")) made.SetFloat("_Cutoff", source.AlphaCutoff);
                if (made.HasProperty("_Mode")) made.SetFloat("_Mode", 1);
                if (made.HasProperty("_AlphaClip")) made.SetFloat("_AlphaClip", 1);
                made.renderQueue = (int)RenderQueue.AlphaTest;
            }
            if (source.AlphaMode == "blend") Blend(made);
            if (source.DoubleSided && made.HasProperty("_Cull")) made.SetFloat("_Cull", (float)CullMode.Off);
            return made;
        }

        private static void Blend(Material made)
        {
            made.SetOverrideTag("RenderType", "Transparent");
            if (made.HasProperty("_Mode")) made.SetFloat("_Mode", 2);
            if (made.HasProperty("_Surface")) made.SetFloat("_Surface", 1);
            if (made.HasProperty("_SrcBlend")) made.SetFloat("_SrcBlend", (float)BlendMode.SrcAlpha);
            if (made.HasProperty("_DstBlend")) made.SetFloat("_DstBlend", (float)BlendMode.OneMinusSrcAlpha);
            if (made.HasProperty("_ZWrite")) made.SetFloat("_ZWrite", 0);
            made.EnableKeyword("_ALPHABLEND_ON");
            made.EnableKeyword("_SURFACE_TYPE_TRANSPARENT");
            made.renderQueue = (int)RenderQueue.Transparent;
        }

        private static Texture2D Texture(GltfTexture source, bool linear)
        {
            var made = new Texture2D(2, 2, TextureFormat.RGBA32, true, linear) { name = source.Name, anisoLevel = 4 };
            if (!made.LoadImage(source.Encoded)) throw new CodecException("the picture '" + source.Name + "' cannot be decoded");
            made.wrapModeU = Wrap(source.WrapU);
            made.wrapModeV = Wrap(source.WrapV);
            return made;
        }

        private static TextureWrapMode Wrap(string mode)
        {
            return mode == "clamp" ? TextureWrapMode.Clamp : mode == "mirror" ? TextureWrapMode.Mirror : TextureWrapMode.Repeat;
        }
    }
}
