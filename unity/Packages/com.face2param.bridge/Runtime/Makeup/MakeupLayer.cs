using System;
using UnityEngine;

namespace Face2Param
{
    /// <summary>How a makeup layer joins what is below it.</summary>
    public enum MakeupBlend
    {
        /// <summary>Covers it.</summary>
        Normal = 0,

        /// <summary>Darkens it by the layer's colour.</summary>
        Multiply = 1,

        /// <summary>Adds twice the colour and takes 1 away: darkens and lightens.</summary>
        LinearLight = 2,
    }

    /// <summary>One layer of makeup over the base texture of a material.</summary>
    [Serializable]
    public sealed class MakeupLayer
    {
        /// <summary>Unique among the layers of its material.</summary>
        public string name = "";

        /// <summary>Where the layer lies, in the UV of the base texture: its alpha is the cover,
        /// its colours are tinted. Not sRGB: the shader wants the numbers of the file.</summary>
        public Texture2D mask;

        /// <summary>Whether the mask is a grey picture, which is cover and no colour.</summary>
        public bool maskIsGrey;

        /// <summary>Linear RGB.</summary>
        public Vector3 colour = new Vector3(1, 1, 1);

        /// <summary>0 invisible to 1.</summary>
        public float amount = 1;

        /// <summary>How it joins what is below.</summary>
        public MakeupBlend blend = MakeupBlend.Normal;

        /// <summary>Shift of the hue in turns.</summary>
        public float hue;

        /// <summary>Shift of the saturation.</summary>
        public float saturation;

        /// <summary>Shift of the value.</summary>
        public float value;

        /// <summary>Of the mask in UV, v downwards.</summary>
        public Vector2 offset;

        /// <summary>Of the mask about its centre, radians.</summary>
        public float rotation;

        /// <summary>Of the mask about its centre.</summary>
        public float scale = 1;
    }
}
