using System;
using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// What Makeup.shader computes for one pixel, as plain functions. Everything is in display
    /// (gamma) values in [0, 1]; v = 0 is on top. The reference is engines/rigged/layers.py.
    /// </summary>
    public static class MakeupMath
    {
        /// <summary>Where on its mask a layer looks for a point of the base texture.</summary>
        /// <param name="layer">Offset, rotation and scale count.</param>
        /// <param name="u">To the right.</param>
        /// <param name="v">Downwards, 0 on top.</param>
        public static Vector2 MaskPoint(MakeupLayer layer, float u, float v)
        {
            float cos = (float)Math.Cos(layer.rotation), sin = (float)Math.Sin(layer.rotation);
            float x = u - 0.5f - layer.offset.x, y = v - 0.5f - layer.offset.y;
            return new Vector2(
                (cos * x + sin * y) / layer.scale + 0.5f,
                (cos * y - sin * x) / layer.scale + 0.5f);
        }

        /// <summary>The colour that a layer puts down: the mask's own, tinted and shifted.</summary>
        /// <param name="layer">Colour and shifts count.</param>
        /// <param name="own">Of the mask; white where the mask is grey.</param>
        public static Vector3 Colour(MakeupLayer layer, Vector3 own)
        {
            var tinted = new Vector3(
                own.x * ToGamma(layer.colour.x),
                own.y * ToGamma(layer.colour.y),
                own.z * ToGamma(layer.colour.z));
            return ShiftHsv(tinted, layer.hue, layer.saturation, layer.value);
        }

        /// <summary>Joins a layer with what is below.</summary>
        /// <param name="below">Colour so far.</param>
        /// <param name="colour">Of the layer, see <see cref="Colour"/>.</param>
        /// <param name="strength">Of the mask times the amount, 0 to 1.</param>
        /// <param name="blend">How.</param>
        public static Vector3 Blend(
            Vector3 below, Vector3 colour, float strength, MakeupBlend blend)
        {
            strength = Mathf.Clamp01(strength);
            return new Vector3(
                Blend(below.x, colour.x, strength, blend),
                Blend(below.y, colour.y, strength, blend),
                Blend(below.z, colour.z, strength, blend));
        }

        /// <summary>sRGB's curve, from linear to display.</summary>
        public static float ToGamma(float linear)
        {
            linear = Mathf.Clamp01(linear);
            return linear <= 0.0031308f
                ? 12.92f * linear
                : 1.055f * (float)Math.Pow(linear, 1 / 2.4) - 0.055f;
        }

        /// <summary>Turns the hue, and adds to saturation and value within [0, 1].</summary>
        public static Vector3 ShiftHsv(Vector3 colour, float hue, float saturation, float value)
        {
            if (hue == 0 && saturation == 0 && value == 0)
            {
                return colour;
            }
            Vector3 hsv = Hsv.FromRgb(colour);
            return Hsv.ToRgb(new Vector3(
                hsv.x + hue, Mathf.Clamp01(hsv.y + saturation), Mathf.Clamp01(hsv.z + value)));
        }

        static float Blend(float below, float colour, float strength, MakeupBlend blend)
        {
            float change = colour - below;
            if (blend == MakeupBlend.Multiply)
            {
                change = below * colour - below;
            }
            else if (blend == MakeupBlend.LinearLight)
            {
                change = 2 * colour - 1;
            }
            return Mathf.Clamp01(below + strength * change);
        }
    }
}
