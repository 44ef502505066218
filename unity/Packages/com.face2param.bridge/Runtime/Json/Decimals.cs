using System;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Face2Param
{
    /// <summary>
    /// Exact decimal text of numbers, as Python writes and reads it. The .NET versions behind
    /// Unity's editors round the last digit differently, and a schema's hash is made of such texts.
    /// </summary>
    public static class Decimals
    {
        private const int MaximumDigits = 800;
        private static readonly double[] Powers = PowersOfTen();

        /// <summary>Python's repr of a float: the shortest text that reads back to it.</summary>
        public static string Repr(double value)
        {
            if (double.IsNaN(value)) return "NaN";
            if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
            bool negative = BitConverter.DoubleToInt64Bits(value) < 0;
            string text = value == 0 ? "0.0" : Short(Math.Abs(value)) ?? Long(Math.Abs(value));
            return negative ? "-" + text : text;
        }

        /// <summary>The shortest text that reads back to the same float32, written as Python
        /// writes floats; what NumPy's str gives apart from the way exponents are written.</summary>
        public static string Repr(float value)
        {
            double exact = value;
            if (value == 0 || float.IsNaN(value) || float.IsInfinity(value)) return Repr(exact);
            double size = Math.Abs(exact);
            int exponent = Exponent(size);
            for (int digits = 1; digits <= 9; digits++)
            {
                int shift = digits - 1 - exponent;
                if (shift < -22 || shift > 22) break;
                double scaled = shift >= 0 ? size * Powers[shift] : size / Powers[-shift];
                double whole = Math.Round(scaled);
                // At a power of two the float below is nearer than the one above; then the
                // neighbour of the rounded number may be the one that reads back.
                foreach (double candidate in new[] { whole, whole + (scaled > whole ? 1 : -1) })
                {
                    double back = shift >= 0 ? candidate / Powers[shift] : candidate * Powers[-shift];
                    if ((float)back == (float)size) return Repr(value < 0 ? -back : back);
                }
            }
            // Far from 1: search among the texts of the nearest doubles, exactly.
            for (int digits = 1; digits <= 9; digits++)
            {
                double back = ParseText(size.ToString("E" + (digits - 1), CultureInfo.InvariantCulture));
                if ((float)back == (float)size) return Repr(value < 0 ? -back : back);
            }
            return Repr(exact);
        }

        /// <summary>Reads a number of JSON's form, correctly rounded. Too large ones give
        /// infinity, as in Python.</summary>
        /// <exception cref="FormatException">More digits than anybody writes.</exception>
        public static double ParseText(string text)
        {
            var digits = new StringBuilder();
            int at = 0, exponent = 0;
            bool negative = text[0] == '-', fraction = false;
            if (negative || text[0] == '+') at++;
            for (; at < text.Length && text[at] != 'e' && text[at] != 'E'; at++)
            {
                if (text[at] == '.') { fraction = true; continue; }
                if (digits.Length > 0 || text[at] != '0') digits.Append(text[at]);
                if (fraction) exponent--;
            }
            if (digits.Length > MaximumDigits) throw new FormatException("a number has " + digits.Length + " digits");
            if (at < text.Length) exponent += Bounded(text.Substring(at + 1));
            double value = digits.Length == 0 ? 0 : Value(digits.ToString(), exponent);
            return negative ? -value : value;
        }

        private static int Bounded(string exponent)
        {
            // A double's exponents end near 308; what is beyond stays beyond.
            int value;
            bool fits = int.TryParse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
            int limit = 4 * MaximumDigits;
            if (!fits) return exponent[0] == '-' ? -limit : limit;
            return Math.Max(-limit, Math.Min(limit, value));
        }

        private static double Value(string digits, int exponent)
        {
            if (digits.Length <= 15 && exponent >= -22 && exponent <= 22)
            {
                // Both factors are exact, so one rounding remains.
                double whole = long.Parse(digits, CultureInfo.InvariantCulture);
                return exponent < 0 ? whole / Powers[-exponent] : whole * Powers[exponent];
            }
            int size = digits.Length + exponent;
            if (size > 310) return double.PositiveInfinity;
            if (size < -330) return 0;
            BigInteger number = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
            return exponent < 0
                ? Quotient(number, BigInteger.Pow(10, -exponent))
                : Quotient(number * BigInteger.Pow(10, exponent), BigInteger.One);
        }

        /// <summary>The double nearest to a positive fraction, ties to even.</summary>
        private static double Quotient(BigInteger top, BigInteger bottom)
        {
            int shift = 64 - (Bits(top) - Bits(bottom));
            if (shift >= 0) top <<= shift;
            else bottom <<= -shift;
            BigInteger rest;
            BigInteger quotient = BigInteger.DivRem(top, bottom, out rest);
            int bits = Bits(quotient);
            int highest = bits - 1 - shift;
            int precision = highest >= -1022 ? 53 : 53 - (-1022 - highest);
            if (precision < 0) return 0;
            int dropped = bits - precision;
            BigInteger kept = quotient >> dropped;
            BigInteger lost = quotient - (kept << dropped);
            BigInteger half = BigInteger.One << (dropped - 1);
            bool up = lost > half || lost == half && (!rest.IsZero || !kept.IsEven);
            long mantissa = (long)kept + (up ? 1 : 0);
            int scale = dropped - shift;
            if (mantissa < 1L << 52) return BitConverter.Int64BitsToDouble(mantissa);
            if (mantissa == 1L << 53)
            {
                mantissa >>= 1;
                scale++;
            }
            long biased = scale + 1075;
            if (biased >= 2047) return double.PositiveInfinity;
            return BitConverter.Int64BitsToDouble(biased << 52 | mantissa - (1L << 52));
        }

        private static int Bits(BigInteger value)
        {
            byte[] bytes = value.ToByteArray();
            int last = bytes.Length - 1;
            if (last > 0 && bytes[last] == 0) last--;
            int bits = 8 * last;
            for (int top = bytes[last]; top != 0; top >>= 1) bits++;
            return bits;
        }

        /// <summary>Up to 15 digits, which double arithmetic finds without error; or null.</summary>
        private static string Short(double value)
        {
            int exponent = Exponent(value);
            for (int digits = 1; digits <= 15; digits++)
            {
                int shift = digits - 1 - exponent;
                if (shift < -22 || shift > 22) return null;
                double whole = Math.Round(shift >= 0 ? value * Powers[shift] : value / Powers[-shift]);
                double back = shift >= 0 ? whole / Powers[shift] : whole * Powers[-shift];
                if (back == value) return Write(((long)whole).ToString(CultureInfo.InvariantCulture), shift);
            }
            return null;
        }

        private static string Long(double value)
        {
            long bits = BitConverter.DoubleToInt64Bits(value);
            int power = (int)(bits >> 52);
            BigInteger top = bits & (1L << 52) - 1, bottom = BigInteger.One;
            if (power > 0) top += 1L << 52;
            else power = 1;
            if (power >= 1075) top <<= power - 1075;
            else bottom <<= 1075 - power;
            int exponent = Exponent(value);
            for (int digits = 1; digits <= 17; digits++)
            {
                int shift = digits - 1 - exponent;
                BigInteger ten = BigInteger.Pow(10, Math.Abs(shift)), rest;
                BigInteger number = shift >= 0 ? top * ten : top, divisor = shift >= 0 ? bottom : bottom * ten;
                BigInteger whole = BigInteger.DivRem(number, divisor, out rest);
                bool above = rest * 2 > divisor || rest * 2 == divisor && !whole.IsEven;
                // The nearer of the two neighbours first; see Repr(float).
                foreach (BigInteger candidate in new[] { whole + (above ? 1 : 0), whole + (above ? 0 : 1) })
                {
                    double back = candidate.IsZero ? 0
                        : shift >= 0 ? Quotient(candidate, ten) : Quotient(candidate * ten, BigInteger.One);
                    if (back == value) return Write(candidate.ToString(CultureInfo.InvariantCulture), shift);
                }
            }
            throw new InvalidOperationException("17 digits always suffice");
        }

        private static int Exponent(double value)
        {
            int exponent = (int)Math.Floor(Math.Log10(value));
            // The logarithm's own rounding near powers of ten.
            if (exponent >= -300 && exponent < 300)
            {
                if (value < Power(exponent)) exponent--;
                else if (value >= Power(exponent + 1)) exponent++;
            }
            return exponent;
        }

        private static double Power(int exponent) { return exponent >= 0 && exponent <= 22 ? Powers[exponent] : Math.Pow(10, exponent); }

        private static string Write(string digits, int shift)
        {
            int point = digits.Length - shift;
            digits = digits.TrimEnd('0');
            if (digits.Length == 0) digits = "0";
            int exponent = point - 1;
            if (exponent < -4 || exponent >= 16)
            {
                string mantissa = digits.Length > 1 ? digits.Substring(0, 1) + "." + digits.Substring(1) : digits;
                return mantissa + (exponent < 0 ? "e-" : "e+") + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
            }
            if (point <= 0) return "0." + new string('0', -point) + digits;
            if (point >= digits.Length) return digits + new string('0', point - digits.Length) + ".0";
            return digits.Substring(0, point) + "." + digits.Substring(point);
        }

        private static double[] PowersOfTen()
        {
            var powers = new double[23];
            powers[0] = 1;
            for (int i = 1; i < powers.Length; i++) powers[i] = powers[i - 1] * 10;
            return powers;
        }
    }
}
