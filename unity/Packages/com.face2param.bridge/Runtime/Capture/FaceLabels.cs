using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Which of face2param's parsing classes each material of a head shows.</summary>
    [DisallowMultipleComponent]
    [AddComponentMenu("Face2Param/Face Labels")]
    public sealed class FaceLabels : MonoBehaviour
    {
        /// <summary>The classes, in the order of face2param/regions.py.</summary>
        public static readonly string[] Classes =
        {
            "background", "skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "l_ear", "r_ear",
            "ear_r", "nose", "mouth", "u_lip", "l_lip", "neck", "neck_l", "cloth", "hair", "hat",
        };

        /// <summary>The class of one material of one renderer.</summary>
        [Serializable]
        public sealed class Entry
        {
            /// <summary>What draws.</summary>
            public Renderer renderer;

            /// <summary>Which of its materials.</summary>
            public int material;

            /// <summary>Index in <see cref="Classes"/>.</summary>
            public int label = 1;

            /// <summary>One class per texel, as red / 255, in the UV of the base texture; none:
            /// <see cref="label"/> everywhere. Not sRGB, without mipmaps, point filtered.</summary>
            public Texture2D map;
        }

        /// <summary>One per material; what is not named here is background.</summary>
        public List<Entry> entries = new List<Entry>();

        /// <summary>Whether it knows the classes within the skin, too: an imitator must not learn
        /// that noses and lips are skin.</summary>
        public bool IsWhole
        {
            get
            {
                foreach (string name in new[] { "nose", "l_brow", "u_lip", "l_lip" })
                {
                    int label = Array.IndexOf(Classes, name);
                    if (!entries.Exists(entry => entry.map != null || entry.label == label))
                    {
                        return false;
                    }
                }
                return true;
            }
        }

        /// <summary>The class of "node/material" by the regions of a head file: the first pattern
        /// that fits, else skin.</summary>
        public static int ClassOf(IList<KeyValuePair<string, string>> regions, string path)
        {
            foreach (KeyValuePair<string, string> region in regions)
            {
                if (Glob.Matches(region.Key, path))
                {
                    return Math.Max(0, Array.IndexOf(Classes, region.Value));
                }
            }
            return Array.IndexOf(Classes, "skin");
        }

        /// <summary>Hands the classes to the label shader; draws nothing.</summary>
        public void Apply()
        {
            foreach (Entry entry in entries)
            {
                if (entry.renderer == null)
                {
                    continue;
                }
                var block = new MaterialPropertyBlock();
                entry.renderer.GetPropertyBlock(block, entry.material);
                block.SetFloat("_Face2ParamLabel", entry.label);
                block.SetFloat("_Face2ParamUseMap", entry.map != null ? 1 : 0);
                if (entry.map != null)
                {
                    block.SetTexture("_Face2ParamLabelMap", entry.map);
                }
                entry.renderer.SetPropertyBlock(block, entry.material);
            }
        }
    }
}
