using System;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Hue (turns), saturation and value of display colours, all in [0, 1].</summary>
    public static class Hsv
    {
        /// <summary>Hue, saturation, value of red, green, blue.</summary>
        public static Vector3 FromRgb(Vector3 colour)
        {
            float most = Math.Max(colour.x, Math.Max(colour.y, colour.z));
            float least = Math.Min(colour.x, Math.Min(colour.y, colour.z));
            float range = most - least, turn = 0;
            if (range > 0)
            {
                if (most == colour.x)
                {
                    turn = (colour.y - colour.z) / range;
                }
                else if (most == colour.y)
                {
                    turn = 2 + (colour.z - colour.x) / range;
                }
                else
                {
                    turn = 4 + (colour.x - colour.y) / range;
                }
            }
            return new Vector3(Fraction(turn / 6), most > 0 ? range / most : 0, most);
        }

        /// <summary>Red, green, blue of hue, saturation, value; hues repeat every turn.</summary>
        public static Vector3 ToRgb(Vector3 hsv)
        {
            return new Vector3(
                Channel(hsv.x + 1, hsv.y, hsv.z),
                Channel(hsv.x + 2f / 3, hsv.y, hsv.z),
                Channel(hsv.x + 1f / 3, hsv.y, hsv.z));
        }

        static float Channel(float turn, float saturation, float value)
        {
            float place = Fraction(turn) * 6 - 3;
            return value * (1 + saturation * (Mathf.Clamp01(Math.Abs(place) - 1) - 1));
        }

        static float Fraction(float number)
        {
            return number - (float)Math.Floor(number);
        }
    }
}
