using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Face2Param
{
    /// <summary>Writes JSON byte for byte as Python's json.dumps does.</summary>
    public static class JsonWriter
    {
        /// <summary>Many lines, other alphabets as they are (ensure_ascii=False).</summary>
        public static string Indented(JsonValue value, int indent)
        {
            var text = new StringBuilder();
            Write(text, value, indent, 0, false);
            return text.ToString();
        }

        /// <summary>One line without spaces, ASCII only (separators=(",", ":")).</summary>
        public static string Compact(JsonValue value)
        {
            var text = new StringBuilder();
            Write(text, value, -1, 0, true);
            return text.ToString();
        }

        private static void Write(StringBuilder text, JsonValue value, int indent, int depth, bool ascii)
        {
            switch (value.Kind)
            {
                case JsonKind.Null:
                    text.Append("null");
                    break;
                case JsonKind.Boolean:
                    text.Append(value.Truth ? "true" : "false");
                    break;
                case JsonKind.Number:
                    if (value.IsInteger) text.Append(value.Number.ToString("0", CultureInfo.InvariantCulture));
                    else text.Append(value.Text ?? Decimals.Repr(value.Number));
                    break;
                case JsonKind.Text:
                    Quote(text, value.Text, ascii);
                    break;
                case JsonKind.List:
                    List(text, value, indent, depth, ascii);
                    break;
                default:
                    Object(text, value, indent, depth, ascii);
                    break;
            }
        }

        private static void List(StringBuilder text, JsonValue value, int indent, int depth, bool ascii)
        {
            IList<JsonValue> items = value.Items;
            text.Append('[');
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0) text.Append(',');
                NewLine(text, indent, depth + 1);
                Write(text, items[i], indent, depth + 1, ascii);
            }
            if (items.Count > 0) NewLine(text, indent, depth);
            text.Append(']');
        }

        private static void Object(StringBuilder text, JsonValue value, int indent, int depth, bool ascii)
        {
            IList<string> names = value.Names;
            text.Append('{');
            for (int i = 0; i < names.Count; i++)
            {
                if (i > 0) text.Append(',');
                NewLine(text, indent, depth + 1);
                Quote(text, names[i], ascii);
                text.Append(indent < 0 ? ":" : ": ");
                Write(text, value[names[i]], indent, depth + 1, ascii);
            }
            if (names.Count > 0) NewLine(text, indent, depth);
            text.Append('}');
        }

        private static void NewLine(StringBuilder text, int indent, int depth)
        {
            if (indent >= 0) text.Append('\n').Append(' ', indent * depth);
        }

        private static void Quote(StringBuilder text, string value, bool ascii)
        {
            text.Append('"');
            foreach (char c in value)
            {
                switch (c)
                {
                    case '"': text.Append("\\\""); break;
                    case '\\': text.Append("\\\\"); break;
                    case '\n': text.Append("\\n"); break;
                    case '\r': text.Append("\\r"); break;
                    case '\t': text.Append("\\t"); break;
                    case '\b': text.Append("\\b"); break;
                    case '\f': text.Append("\\f"); break;
                    default:
                        if (c < ' ' || ascii && c > '~') text.Append("\\u").Append(((int)c).ToString("x4"));
                        else text.Append(c);
                        break;
                }
            }
            text.Append('"');
        }
    }
}
