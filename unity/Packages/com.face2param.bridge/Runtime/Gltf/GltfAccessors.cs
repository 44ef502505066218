using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>Numbers out of the binary chunk: strides, sparse rows, normalised integers. Sizes
    /// are checked before memory is taken.</summary>
    internal sealed class GltfAccessors
    {
        private static readonly Dictionary<string, int> Widths = new Dictionary<string, int>
        {
            { "SCALAR", 1 }, { "VEC2", 2 }, { "VEC3", 3 }, { "VEC4", 4 }, { "MAT4", 16 },
        };

        private readonly byte[] data;
        private readonly int start;
        private readonly int length;
        private readonly IList<GltfItem> buffers;
        private readonly IList<GltfItem> views;
        private readonly IList<GltfItem> accessors;
        private readonly Dictionary<int, float[]> floats = new Dictionary<int, float[]>();
        private readonly Dictionary<int, int[]> integers = new Dictionary<int, int[]>();
        private readonly string where;
        private readonly long limit;
        private long left;

        /// <param name="root">The file's JSON.</param>
        /// <param name="data">The file.</param>
        /// <param name="start">Where the binary chunk begins.</param>
        /// <param name="length">Its length.</param>
        /// <param name="where">The file's name.</param>
        /// <param name="limit">Bytes that the decoded numbers may take.</param>
        public GltfAccessors(GltfItem root, byte[] data, int start, int length, string where, long limit)
        {
            this.data = data;
            this.start = start;
            this.length = length;
            this.where = where;
            this.limit = left = limit;
            buffers = root.Items("buffers");
            views = root.Items("bufferViews");
            accessors = root.Items("accessors");
        }

        public int Count { get { return accessors.Count; } }
        public int ViewCount { get { return views.Count; } }

        /// <summary>Takes from the bytes that may be used.</summary>
        public void Take(long bytes)
        {
            left -= bytes;
            if (left < 0) throw new CodecException(where + " needs more than " + limit + " bytes for its data; it is damaged or too large");
        }

        /// <summary>Elements that an accessor promises.</summary>
        public int Rows(int index) { return accessors[index].Integer("count", -1, 1, int.MaxValue); }

        public bool HasData(int index) { return accessors[index].Has("bufferView") || accessors[index].Has("sparse"); }

        /// <summary>Numbers, row by row; normalised integers in [0, 1] or [-1, 1]. Not to be written into.</summary>
        public float[] Floats(int index, params string[] types)
        {
            Width(index, types);
            float[] found;
            if (floats.TryGetValue(index, out found)) return found;
            GltfItem item = accessors[index];
            double[] raw = Raw(index, types, false);
            int code = item.Integer("componentType", -1, 5120, 5126);
            double top = code == 5120 ? 127 : code == 5121 ? 255 : code == 5122 ? 32767 : code == 5123 ? 65535 : code == 5125 ? 4294967295 : 0;
            bool normalised = item.Flag("normalized") && top > 0;
            found = new float[raw.Length];
            for (int i = 0; i < raw.Length; i++)
            {
                found[i] = normalised ? Math.Max((float)raw[i] / (float)top, -1f) : (float)raw[i];
                if (float.IsNaN(found[i]) || float.IsInfinity(found[i])) throw item.Error("holds a value that is not a finite number");
            }
            left += 8L * raw.Length; // the doubles in between are gone
            floats[index] = found;
            return found;
        }

        /// <summary>Lets the numbers of an accessor go that nobody will ask for again.</summary>
        public void Forget(int index) { floats.Remove(index); }

        /// <summary>Whole numbers from 0, row by row.</summary>
        public int[] Integers(int index, params string[] types)
        {
            Width(index, types);
            int[] found;
            if (integers.TryGetValue(index, out found)) return found;
            double[] raw = Raw(index, types, true);
            found = new int[raw.Length];
            // What is too large for an index stays too large.
            for (int i = 0; i < raw.Length; i++) found[i] = raw[i] > int.MaxValue ? int.MaxValue : (int)raw[i];
            left += 8L * raw.Length;
            integers[index] = found;
            return found;
        }

        /// <summary>Where the bytes of a view lie in the file.</summary>
        public void View(int index, out int offset, out int size, out int stride)
        {
            GltfItem item = views[index];
            if (item.Extension("EXT_meshopt_compression") != null || item.Extension("KHR_meshopt_compression") != null)
                throw item.Error("is packed with EXT_meshopt_compression; export the model without it");
            int buffer = item.Integer("buffer", -1, 0, buffers.Count - 1);
            if (buffer != 0 || buffers[0].Has("uri")) throw buffers[buffer].Error("is not the binary chunk of the file; save the model as one .glb file");
            int promised = buffers[0].Integer("byteLength", -1, 1, int.MaxValue);
            if (promised > length) throw buffers[0].Error("promises " + promised + " bytes, there are " + length);
            long from = item.Integer("byteOffset", 0, 0, int.MaxValue);
            size = item.Integer("byteLength", -1, 1, int.MaxValue);
            if (from + size > promised) throw item.Error("ends at byte " + (from + size) + " of a buffer of " + promised);
            offset = start + (int)from;
            stride = item.Integer("byteStride", 0, 0, 252);
        }

        private int Width(int index, string[] types)
        {
            string type = accessors[index].Text("type");
            if (Array.IndexOf(types, type) < 0) throw accessors[index].Error("must be of type " + string.Join(" or ", types) + ", got '" + type + "'");
            return Widths[type];
        }

        private double[] Raw(int index, string[] types, bool whole)
        {
            GltfItem item = accessors[index];
            int width = Width(index, types), code = Component(item, whole);
            long count = item.Integer("count", -1, 1, int.MaxValue);
            Take(count * width * 12);
            double[] values = item.Has("bufferView") ? Read(item, (int)count, width, code) : new double[count * width];
            GltfItem sparse = item.Item("sparse");
            if (sparse == null) return values;
            int changed = sparse.Integer("count", -1, 1, count);
            GltfItem where = sparse.Item("indices"), rows = sparse.Item("values");
            if (where == null || rows == null) throw sparse.Error("must have indices and values");
            Take((long)changed * (width + 1) * 8);
            double[] places = Read(where, changed, 1, Component(where, true)), numbers = Read(rows, changed, width, code);
            for (int i = 0; i < changed; i++)
            {
                if (places[i] >= count) throw where.Error("point to element " + places[i] + " of " + count);
                Array.Copy(numbers, i * width, values, (int)places[i] * width, width);
            }
            return values;
        }

        private static int Component(GltfItem item, bool whole)
        {
            int code = item.Integer("componentType", -1, 5120, 5126);
            bool good = whole ? code == 5121 || code == 5123 || code == 5125 : code != 5124;
            if (!good) throw item.Error("componentType must be one of " + (whole ? "5121, 5123, 5125" : "5120, 5121, 5122, 5123, 5125, 5126") + ", got " + code);
            return code;
        }

        private double[] Read(GltfItem item, int count, int width, int code)
        {
            int from, size, stride;
            View(item.Integer("bufferView", -1, 0, views.Count - 1), out from, out size, out stride);
            int component = code == 5120 || code == 5121 ? 1 : code == 5122 || code == 5123 ? 2 : 4;
            long offset = item.Integer("byteOffset", 0, 0, int.MaxValue);
            if (stride == 0) stride = component * width;
            if (stride < component * width) throw item.Error("has elements of " + component * width + " bytes in a buffer view of stride " + stride);
            long needed = offset + (long)stride * (count - 1) + component * width;
            if (needed > size) throw item.Error("needs " + needed + " bytes of a buffer view of " + size);
            var values = new double[count * width];
            var single = new byte[4];
            for (int row = 0; row < count; row++)
            {
                int at = from + (int)offset + row * stride;
                for (int k = 0; k < width; k++, at += component) values[row * width + k] = One(at, code, single);
            }
            return values;
        }

        private double One(int at, int code, byte[] single)
        {
            switch (code)
            {
                case 5120: return (sbyte)data[at];
                case 5121: return data[at];
                case 5122: return (short)(data[at] | data[at + 1] << 8);
                case 5123: return data[at] | data[at + 1] << 8;
                case 5125: return (uint)LittleEndian.Int(data, at);
            }
            if (BitConverter.IsLittleEndian) return BitConverter.ToSingle(data, at);
            for (int i = 0; i < 4; i++) single[3 - i] = data[at + i];
            return BitConverter.ToSingle(single, 0);
        }
    }
}
