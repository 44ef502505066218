using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>A head file (NAME.schema.json): what the sliders of a model are and what each one
    /// moves. The same as Python's face2param.engines.rigged.head_file.</summary>
    public sealed class HeadFile
    {
        private static readonly string[] Blends = { "normal", "multiply", "linear_light" };

        /// <summary>The glTF file, relative to the head file.</summary>
        public string Model { get; private set; }
        public CharacterSchema Schema { get; private set; }

        /// <summary>Channels of each slider and nuisance control.</summary>
        public IDictionary<string, IList<SliderChannel>> Sliders { get; private set; }

        /// <summary>Channels by "choice=option".</summary>
        public IDictionary<string, IList<OptionChannel>> Options { get; private set; }

        /// <summary>Pattern over "node/material" and parsing class; the first that fits counts.</summary>
        public IList<KeyValuePair<string, string>> Regions { get; private set; }

        /// <summary>Makeup by material, in the order of composition.</summary>
        public IDictionary<string, IList<HeadLayer>> Layers { get; private set; }
        public HeadCamera Camera { get; private set; }

        /// <summary>68 points, or null.</summary>
        public IList<HeadLandmark> Landmarks { get; private set; }

        /// <summary>Metres of one unit of the model.</summary>
        public float Unit { get; private set; }

        /// <summary>Reads a file.</summary>
        /// <exception cref="CodecException">It cannot be read, or is no head file; the message names the field.</exception>
        public static HeadFile Load(string path)
        {
            byte[] data = Files.Read(path, JsonReader.MaximumBytes);
            string where = "head file " + path;
            return FromJson(JsonReader.Parse(data, 0, data.Length, where), where);
        }

        /// <summary>Reads the text of a file.</summary>
        /// <exception cref="CodecException">See Load.</exception>
        public static HeadFile Parse(string json, string where) { return FromJson(JsonReader.Parse(json, where), where); }

        private static HeadFile FromJson(JsonValue data, string where)
        {
            try
            {
                return Read(new HeadItem(data, where));
            }
            catch (SchemaException error)
            {
                throw new CodecException(error.Message);
            }
        }

        private static HeadFile Read(HeadItem root)
        {
            if (root.Text("format") != "face2param head") throw root.Error("is no head file: 'format' must be 'face2param head'");
            if (root.Number("version") != 1) throw root.Error("has version " + Decimals.Repr(root.Number("version")) + "; this package reads 1");
            root.Known("format", "version", "model", "schema", "bindings", "regions", "layers", "camera", "landmarks", "unit");
            var head = new HeadFile
            {
                Model = root.Text("model"),
                Schema = SchemaJson.Parse(root.Value("schema"), root.Where + ": schema"),
                Unit = (float)root.Number("unit", 1),
                Sliders = new Dictionary<string, IList<SliderChannel>>(StringComparer.Ordinal),
                Options = new Dictionary<string, IList<OptionChannel>>(StringComparer.Ordinal),
                Regions = new List<KeyValuePair<string, string>>(),
                Layers = new Dictionary<string, IList<HeadLayer>>(StringComparer.Ordinal),
            };
            if (!(head.Unit >= 1e-6f && head.Unit <= 1e6f)) throw root.Error("field 'unit' must be a number in [1e-06, 1e+06]");
            head.ReadBindings(root);
            HeadItem regions = root.Object("regions");
            if (regions != null) foreach (string pattern in regions.Names) head.Regions.Add(new KeyValuePair<string, string>(pattern, regions.Text(pattern)));
            HeadItem layers = root.Object("layers");
            if (layers != null) foreach (string material in layers.Names) head.Layers.Add(material, ReadLayers(layers, material));
            HeadItem camera = root.Object("camera");
            if (camera == null) throw root.Error("field 'camera' is missing");
            camera.Known("position", "target", "field_of_view");
            head.Camera = new HeadCamera { Position = camera.Vector("position"), Target = camera.Vector("target"), FieldOfView = (float)camera.Number("field_of_view") };
            if (!(head.Camera.FieldOfView >= 0.01f && head.Camera.FieldOfView <= 3)) throw camera.Error("field 'field_of_view' must be a number in [0.01, 3]");
            if (root.Has("landmarks")) head.ReadLandmarks(root);
            return head;
        }

        private void ReadBindings(HeadItem root)
        {
            HeadItem bindings = root.Object("bindings");
            if (bindings == null) throw root.Error("field 'bindings' is missing");
            var options = new HashSet<string>(StringComparer.Ordinal);
            foreach (ChoiceControl choice in Schema.Choices) foreach (string option in choice.Options) options.Add(choice.Name + "=" + option);
            foreach (string name in bindings.Names)
            {
                bool slider = Schema.ContinuousIndex(name) >= 0 || Schema.NuisanceIndex(name) >= 0;
                if (!slider && !options.Contains(name)) throw bindings.Error("'" + name + "' is no control of the schema");
                if (slider)
                {
                    var found = new List<SliderChannel>();
                    foreach (HeadItem item in bindings.List(name)) found.Add(ChannelReader.Slider(item));
                    Sliders.Add(name, found);
                }
                else
                {
                    var found = new List<OptionChannel>();
                    foreach (HeadItem item in bindings.List(name)) found.Add(ChannelReader.Option(item));
                    Options.Add(name, found);
                }
            }
            foreach (ContinuousControl control in Schema.Continuous) CheckBound(bindings, control);
            foreach (NuisanceControl control in Schema.Nuisance) CheckBound(bindings, control);
        }

        private void CheckBound(HeadItem bindings, Control control)
        {
            if (!Sliders.ContainsKey(control.Name)) throw bindings.Error("'" + control.Name + "' of the schema has none; give [] if it shall do nothing");
        }

        private static IList<HeadLayer> ReadLayers(HeadItem layers, string material)
        {
            var found = new List<HeadLayer>();
            foreach (HeadItem item in layers.List(material))
            {
                item.Known("name", "mask", "color", "amount", "blend", "hue", "saturation", "value", "offset", "rotation", "scale");
                double[] color = item.Numbers("color", 3, new double[] { 1, 1, 1 }), offset = item.Numbers("offset", 2, new double[2]);
                var layer = new HeadLayer
                {
                    Name = item.Text("name"), Mask = item.Text("mask"), Amount = (float)item.Number("amount", 1), Blend = item.Has("blend") ? item.Text("blend") : "normal",
                    Color = new[] { (float)color[0], (float)color[1], (float)color[2] }, Hue = (float)item.Number("hue", 0), Saturation = (float)item.Number("saturation", 0),
                    Value = (float)item.Number("value", 0), OffsetX = (float)offset[0], OffsetY = (float)offset[1], Rotation = (float)item.Number("rotation", 0),
                    Scale = (float)item.Number("scale", 1),
                };
                if (Array.IndexOf(Blends, layer.Blend) < 0) throw item.Error("field 'blend' is '" + layer.Blend + "'; it must be one of " + string.Join(", ", Blends));
                foreach (HeadLayer other in found) if (other.Name == layer.Name) throw item.Error("has the name of another layer: '" + layer.Name + "'");
                found.Add(layer);
            }
            return found;
        }

        private void ReadLandmarks(HeadItem root)
        {
            IList<JsonValue> entries = root.Values("landmarks");
            if (entries.Count != 68) throw root.Error("field 'landmarks' has " + entries.Count + " entries; it must be 68 or null");
            Landmarks = new List<HeadLandmark>();
            foreach (JsonValue entry in entries)
            {
                IList<JsonValue> e = entry.Kind == JsonKind.List && entry.Items.Count == 4 ? entry.Items : null;
                bool good = e != null && e[0].Kind == JsonKind.Text && IsCount(e[1]) && IsCount(e[2]) && e[3].Kind == JsonKind.List && e[3].Items.Count == 3;
                if (good) foreach (JsonValue share in e[3].Items) good &= share.Kind == JsonKind.Number;
                if (!good) throw root.Error("field 'landmarks'[" + Landmarks.Count + "] must be [node, primitive, triangle, barycentric]");
                var point = new HeadLandmark { Node = e[0].Text, Primitive = (int)e[1].Number, Triangle = (int)e[2].Number, Barycentric = new float[3] };
                for (int k = 0; k < 3; k++) point.Barycentric[k] = (float)e[3].Items[k].Number;
                if (Math.Abs(point.Barycentric[0] + point.Barycentric[1] + point.Barycentric[2] - 1) > 1e-3)
                    throw root.Error("field 'landmarks'[" + Landmarks.Count + "]: the barycentric numbers must add up to 1");
                Landmarks.Add(point);
            }
        }

        private static bool IsCount(JsonValue value) { return value.Kind == JsonKind.Number && value.IsInteger && value.Number >= 0 && value.Number <= int.MaxValue; }
    }
}
