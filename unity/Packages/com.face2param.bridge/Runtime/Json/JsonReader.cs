using System;
using System.Globalization;
using System.Text;

namespace Face2Param
{
    /// <summary>
    /// A strict reader of JSON (RFC 8259) for files that may be damaged or hostile: limits on size,
    /// depth and number of values, no NaN, no doubled member names, no half surrogate pairs.
    /// </summary>
    public sealed class JsonReader
    {
        public const int MaximumBytes = 64 << 20;
        public const int MaximumDepth = 64;
        public const int MaximumValues = 1000000;

        private readonly string text;
        private readonly string what;
        private int at;
        private int values;

        private JsonReader(string text, string what)
        {
            this.text = text;
            this.what = what;
        }

        /// <summary>Reads a JSON text.</summary>
        /// <param name="text">The text.</param>
        /// <param name="what">What it is, for the message ("schema builtin.json").</param>
        /// <exception cref="CodecException">Not valid JSON, or over a limit; says where.</exception>
        public static JsonValue Parse(string text, string what)
        {
            var reader = new JsonReader(text, what);
            JsonValue value = reader.Value(0);
            reader.Space();
            if (reader.at < text.Length) throw reader.Error("more text after the value");
            return value;
        }

        /// <summary>Reads JSON that is UTF-8.</summary>
        /// <exception cref="CodecException">See the other Parse; or not UTF-8.</exception>
        public static JsonValue Parse(byte[] data, int start, int count, string what)
        {
            if (count > MaximumBytes) throw new CodecException(what + " has " + count + " bytes; at most " + MaximumBytes + " are read");
            string text;
            try
            {
                text = new UTF8Encoding(false, true).GetString(data, start, count);
            }
            catch (ArgumentException)
            {
                throw new CodecException(what + " is not valid JSON: it is not UTF-8");
            }
            return Parse(text, what);
        }

        /// <summary>Reads a file that must hold one JSON object.</summary>
        /// <exception cref="CodecException">It cannot be read, is no JSON, or holds no object.</exception>
        public static JsonValue ReadObject(string path, string what)
        {
            byte[] data = Files.Read(path, MaximumBytes);
            string name = what + " file " + path;
            JsonValue value = Parse(data, 0, data.Length, name);
            if (value.Kind != JsonKind.Object) throw new CodecException(name + " holds " + value.Describe() + "; it must hold an object");
            return value;
        }

        private JsonValue Value(int depth)
        {
            if (depth > MaximumDepth) throw Error("nested deeper than " + MaximumDepth);
            if (++values > MaximumValues) throw Error("more than " + MaximumValues + " values");
            Space();
            if (at >= text.Length) throw Error("the text ends early");
            char c = text[at];
            if (c == '{') return Object(depth);
            if (c == '[') return List(depth);
            if (c == '"') return JsonValue.Of(Text());
            if (c == '-' || c >= '0' && c <= '9') return Number();
            if (Word("true")) return JsonValue.Of(true);
            if (Word("false")) return JsonValue.Of(false);
            if (Word("null")) return JsonValue.Null;
            throw Error("a value is expected");
        }

        private JsonValue Object(int depth)
        {
            JsonValue made = JsonValue.NewObject();
            at++;
            if (Next('}')) return made;
            do
            {
                Space();
                if (at >= text.Length || text[at] != '"') throw Error("a member name is expected");
                string name = Text();
                if (made[name] != null) throw Error("the member name '" + Short(name) + "' is there twice");
                if (!Next(':')) throw Error("':' is expected");
                made.Add(name, Value(depth + 1));
            }
            while (Next(','));
            if (!Next('}')) throw Error("',' or '}' is expected");
            return made;
        }

        private JsonValue List(int depth)
        {
            JsonValue made = JsonValue.NewList();
            at++;
            if (Next(']')) return made;
            do made.Add(Value(depth + 1));
            while (Next(','));
            if (!Next(']')) throw Error("',' or ']' is expected");
            return made;
        }

        private JsonValue Number()
        {
            int start = at;
            bool integer = true;
            if (text[at] == '-') at++;
            if (at < text.Length && text[at] == '0') at++;
            else Digits();
            if (at < text.Length && text[at] == '.')
            {
                integer = false;
                at++;
                Digits();
            }
            if (at < text.Length && (text[at] == 'e' || text[at] == 'E'))
            {
                integer = false;
                at++;
                if (at < text.Length && (text[at] == '+' || text[at] == '-')) at++;
                Digits();
            }
            double value;
            try
            {
                value = Decimals.ParseText(text.Substring(start, at - start));
            }
            catch (FormatException error)
            {
                throw Error(error.Message);
            }
            if (double.IsInfinity(value)) throw Error("a number is too large");
            return integer ? JsonValue.Integer(value) : JsonValue.Of(value);
        }

        private void Digits()
        {
            int start = at;
            while (at < text.Length && text[at] >= '0' && text[at] <= '9') at++;
            if (at == start) throw Error("a digit is expected");
        }

        private string Text()
        {
            int start = ++at;
            while (at < text.Length && text[at] != '"' && text[at] != '\\' && text[at] >= ' ') at++;
            if (at < text.Length && text[at] == '"') return Checked(text.Substring(start, at++ - start));
            var built = new StringBuilder(text, start, at - start, Math.Max(16, at - start));
            while (true)
            {
                if (at >= text.Length) throw Error("a text has no end");
                char c = text[at++];
                if (c == '"') return Checked(built.ToString());
                if (c < ' ') throw Error("a control character in a text");
                built.Append(c == '\\' ? Escape() : c);
            }
        }

        private char Escape()
        {
            if (at >= text.Length) throw Error("a text has no end");
            char c = text[at++];
            switch (c)
            {
                case '"':
                case '\\':
                case '/': return c;
                case 'b': return '\b';
                case 'f': return '\f';
                case 'n': return '\n';
                case 'r': return '\r';
                case 't': return '\t';
            }
            ushort code;
            bool hex = c == 'u' && at + 4 <= text.Length
                && ushort.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);
            if (!hex) throw Error("an unknown escape in a text");
            at += 4;
            return (char)ushort.Parse(text.Substring(at - 4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        private string Checked(string value)
        {
            for (int i = 0; i < value.Length; i++)
            {
                if (!char.IsSurrogate(value[i])) continue;
                bool pair = char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]);
                if (!pair) throw Error("half a surrogate pair in a text");
                i++;
            }
            return value;
        }

        private bool Next(char wanted)
        {
            Space();
            if (at >= text.Length || text[at] != wanted) return false;
            at++;
            return true;
        }

        private bool Word(string word)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) return false;
            at += word.Length;
            return true;
        }

        private void Space()
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++;
        }

        private static string Short(string name) { return name.Length > 40 ? name.Substring(0, 40) + "..." : name; }

        private CodecException Error(string message)
        {
            int line = 1, column = 1;
            for (int i = 0; i < at && i < text.Length; i++)
            {
                column++;
                if (text[i] != '\n') continue;
                line++;
                column = 1;
            }
            return new CodecException(what + " is not valid JSON: " + message + ": line " + line + " column " + column);
        }
    }
}
