using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>One JSON object of a head file; every message names the place and the field.</summary>
    internal sealed class HeadItem
    {
        private readonly JsonValue value;

        public HeadItem(JsonValue value, string where)
        {
            this.value = value;
            Where = where;
            if (value.Kind != JsonKind.Object) throw new CodecException(where + " is " + value.Describe() + "; it must be a JSON object");
        }

        public string Where { get; private set; }
        public IList<string> Names { get { return value.Names; } }

        public CodecException Error(string message) { return new CodecException(Where + ": " + message); }

        private CodecException Wrong(string field, string wanted)
        {
            JsonValue found = value[field];
            if (found == null) return Error("field '" + field + "' is missing");
            return Error("field '" + field + "' is " + found.Describe() + "; it must be " + wanted);
        }

        /// <summary>Refuses fields that are not among these.</summary>
        public void Known(params string[] fields)
        {
            foreach (string name in value.Names)
                if (System.Array.IndexOf(fields, name) < 0) throw Error("unknown field '" + name + "'; known are " + string.Join(", ", fields));
        }

        /// <summary>Whether there is a value other than null.</summary>
        public bool Has(string field) { return value[field] != null && !value[field].IsNull; }

        public JsonValue Value(string field)
        {
            if (value[field] == null) throw Wrong(field, "");
            return value[field];
        }

        public string Text(string field)
        {
            JsonValue found = value[field];
            if (found == null || found.Kind != JsonKind.Text || found.Text == "") throw Wrong(field, "a text that is not empty");
            return found.Text;
        }

        /// <summary>A text that is one of some words.</summary>
        public string Word(string field, params string[] words)
        {
            JsonValue found = value[field];
            if (found == null || found.Kind != JsonKind.Text || System.Array.IndexOf(words, found.Text) < 0) throw Wrong(field, "one of " + string.Join(", ", words));
            return found.Text;
        }

        public double Number(string field)
        {
            JsonValue found = value[field];
            if (found == null || found.Kind != JsonKind.Number) throw Wrong(field, "a number");
            return found.Number;
        }

        public double Number(string field, double otherwise) { return value[field] == null ? otherwise : Number(field); }

        /// <summary>So many numbers; one may stand by itself.</summary>
        public double[] Numbers(string field, int count, double[] otherwise = null)
        {
            if (value[field] == null && otherwise != null) return otherwise;
            if (count == 1) return new[] { Number(field) };
            string wanted = "a list of " + count + " numbers";
            IList<JsonValue> items = value[field] == null || value[field].Kind != JsonKind.List ? null : value[field].Items;
            if (items == null || items.Count != count) throw Wrong(field, wanted);
            var numbers = new double[count];
            for (int i = 0; i < count; i++)
            {
                if (items[i].Kind != JsonKind.Number) throw Wrong(field, wanted);
                numbers[i] = items[i].Number;
            }
            return numbers;
        }

        public Vector3 Vector(string field)
        {
            double[] v = Numbers(field, 3);
            return new Vector3((float)v[0], (float)v[1], (float)v[2]);
        }

        /// <summary>The object of this name, or null.</summary>
        public HeadItem Object(string field) { return value[field] == null ? null : new HeadItem(value[field], Where + ": " + field); }

        public IList<JsonValue> Values(string field)
        {
            JsonValue found = value[field];
            if (found == null || found.Kind != JsonKind.List) throw Wrong(field, "a list");
            return found.Items;
        }

        public IEnumerable<HeadItem> List(string field)
        {
            IList<JsonValue> items = Values(field);
            for (int i = 0; i < items.Count; i++) yield return new HeadItem(items[i], Where + ": '" + field + "'[" + i + "]");
        }
    }
}
