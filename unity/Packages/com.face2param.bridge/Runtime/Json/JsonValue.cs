using System;
using System.Collections.Generic;

namespace Face2Param
{
    public enum JsonKind { Null, Boolean, Number, Text, List, Object }

    /// <summary>One value of a JSON text. Members of an object keep their order.</summary>
    public sealed class JsonValue
    {
        public static readonly JsonValue Null = new JsonValue(JsonKind.Null);

        private readonly List<JsonValue> items;
        private readonly List<string> names;
        private readonly Dictionary<string, JsonValue> members;
        private readonly string text;
        private readonly double number;

        private JsonValue(JsonKind kind)
        {
            Kind = kind;
            if (kind == JsonKind.List) items = new List<JsonValue>();
            if (kind != JsonKind.Object) return;
            names = new List<string>();
            members = new Dictionary<string, JsonValue>(StringComparer.Ordinal);
        }

        private JsonValue(JsonKind kind, string text, double number, bool isInteger)
        {
            Kind = kind;
            this.text = text;
            this.number = number;
            IsInteger = isInteger;
        }

        public JsonKind Kind { get; private set; }

        /// <summary>Whether a number was written without point and exponent.</summary>
        public bool IsInteger { get; private set; }

        public static JsonValue Of(string value) { return value == null ? Null : new JsonValue(JsonKind.Text, value, 0, false); }
        public static JsonValue Of(double value) { return new JsonValue(JsonKind.Number, null, value, false); }
        public static JsonValue Of(float value) { return new JsonValue(JsonKind.Number, Decimals.Repr(value), value, false); }
        public static JsonValue Of(int value) { return new JsonValue(JsonKind.Number, null, value, true); }
        public static JsonValue Of(bool value) { return new JsonValue(JsonKind.Boolean, null, value ? 1 : 0, false); }
        public static JsonValue Integer(double value) { return new JsonValue(JsonKind.Number, null, value, true); }
        public static JsonValue NewList() { return new JsonValue(JsonKind.List); }
        public static JsonValue NewObject() { return new JsonValue(JsonKind.Object); }

        public static JsonValue ListOf(IEnumerable<string> values)
        {
            JsonValue list = NewList();
            foreach (string value in values) list.Add(Of(value));
            return list;
        }

        public static JsonValue ListOf(IEnumerable<float> values)
        {
            JsonValue list = NewList();
            foreach (float value in values) list.Add(Of(value));
            return list;
        }

        /// <summary>The items of a list.</summary>
        public IList<JsonValue> Items { get { return items; } }

        /// <summary>The member names of an object, in order.</summary>
        public IList<string> Names { get { return names; } }

        public bool IsNull { get { return Kind == JsonKind.Null; } }
        public bool Truth { get { return number != 0; } }
        public double Number { get { return number; } }

        /// <summary>Of a text its content; of a float32 the digits to write.</summary>
        public string Text { get { return text; } }

        /// <summary>The member, or null where an object has none of this name.</summary>
        public JsonValue this[string name]
        {
            get
            {
                JsonValue value;
                return members != null && members.TryGetValue(name, out value) ? value : null;
            }
        }

        public JsonValue Add(JsonValue item)
        {
            items.Add(item);
            return this;
        }

        /// <summary>Adds a member; returns the object.</summary>
        /// <exception cref="ArgumentException">There is one of this name already.</exception>
        public JsonValue Add(string name, JsonValue value)
        {
            members.Add(name, value);
            names.Add(name);
            return this;
        }

        /// <summary>For messages: the kind, and a short value.</summary>
        public string Describe()
        {
            switch (Kind)
            {
                case JsonKind.Null: return "null";
                case JsonKind.Boolean: return Truth ? "true" : "false";
                case JsonKind.Number: return IsInteger && Math.Abs(number) < 1e15 ? ((long)number).ToString() : Decimals.Repr(number);
                case JsonKind.Text: return "'" + (text.Length > 60 ? text.Substring(0, 60) + "..." : text) + "'";
                case JsonKind.List: return "a list";
                default: return "an object";
            }
        }
    }
}
