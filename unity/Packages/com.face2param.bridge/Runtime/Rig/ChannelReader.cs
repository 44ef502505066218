using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>Channels from the JSON of a head file.</summary>
    internal static class ChannelReader
    {
        public static SliderChannel Slider(HeadItem item)
        {
            string kind = item.Word("kind", "morph", "bone", "material", "layer");
            var channel = new SliderChannel { Target = Target(item, kind, "kind", "minimum", "neutral", "maximum") };
            int width = channel.Target.Width;
            channel.Minimum = Value(item, "minimum", channel.Target);
            channel.Maximum = Value(item, "maximum", channel.Target);
            bool rest = kind == "bone" && !item.Has("neutral");
            // A morph's neutral weight is 0 where none is given.
            if (!rest) channel.Neutral = kind == "morph" && !item.Has("neutral") ? new double[width] : Value(item, "neutral", channel.Target);
            return channel;
        }

        public static OptionChannel Option(HeadItem item)
        {
            string kind = item.Word("kind", "show", "texture", "set");
            var channel = new OptionChannel();
            if (kind == "show")
            {
                item.Known("kind", "nodes");
                channel.Show = new List<string>();
                foreach (JsonValue node in item.Values("nodes"))
                {
                    if (node.Kind != JsonKind.Text || node.Text == "") throw item.Error("field 'nodes' must be a list of names of nodes");
                    channel.Show.Add(node.Text);
                }
                if (channel.Show.Count == 0) throw item.Error("field 'nodes' must be a list of names of nodes");
                return channel;
            }
            if (kind == "texture")
            {
                item.Known("kind", "material", "slot", "image");
                channel.Material = item.Text("material");
                channel.Slot = item.Word("slot", "base", "normal");
                channel.Image = item.Text("image");
                return channel;
            }
            item.Known("kind", "target", "value");
            HeadItem target = item.Object("target");
            if (target == null) throw item.Error("field 'target' is missing");
            channel.Target = Target(target, target.Word("kind", "morph", "bone", "material", "layer"), "kind");
            channel.Value = Value(item, "value", channel.Target);
            return channel;
        }

        private static ChannelTarget Target(HeadItem item, string kind, params string[] further)
        {
            switch (kind)
            {
                case "morph":
                    Known(item, further, "morph", "node");
                    return new ChannelTarget { Kind = TargetKind.Morph, Name = item.Text("morph"), Node = item.Has("node") ? item.Text("node") : null, Width = 1 };
                case "material":
                {
                    Known(item, further, "material", "property");
                    string property = item.Word("property", "base_color", "roughness", "metallic");
                    return new ChannelTarget { Kind = TargetKind.Material, Name = item.Text("material"), Property = property, Width = property == "base_color" ? 4 : 1 };
                }
                case "layer":
                {
                    Known(item, further, "material", "layer", "property");
                    string property = item.Word("property", RigSlots.LayerProperties);
                    return new ChannelTarget
                    {
                        Kind = TargetKind.Layer, Name = item.Text("material"), Layer = item.Text("layer"), Property = property, Width = property == "color" ? 3 : 1,
                    };
                }
                default: return Bone(item, further);
            }
        }

        private static ChannelTarget Bone(HeadItem item, string[] further)
        {
            Known(item, further, "bone", "property", "axis", "pivot");
            item.Value("bone"); // null must be said
            var target = new ChannelTarget { Kind = TargetKind.Bone, Property = item.Word("property", "position", "scale", "rotation"), Width = 1 };
            if (item.Has("bone")) target.Name = item.Text("bone");
            if (target.IsRotation)
            {
                if (item.Has("axis")) throw item.Error("field 'axis' must be null for a rotation");
                target.Width = 4;
            }
            else target.Axis = item.Word("axis", "x", "y", "z")[0] - 'x';
            if (target.Name != null)
            {
                if (item.Has("pivot")) throw item.Error("field 'pivot' must be null where a bone is named");
                return target;
            }
            if (!target.IsRotation) throw item.Error("field 'property' must be 'rotation' where 'bone' is null");
            target.Pivot = item.Numbers("pivot", 3);
            return target;
        }

        private static double[] Value(HeadItem item, string field, ChannelTarget target)
        {
            double[] value = item.Numbers(field, target.Width);
            if (!target.IsRotation) return value;
            double length = Math.Sqrt(value[0] * value[0] + value[1] * value[1] + value[2] * value[2] + value[3] * value[3]);
            if (!(length > 1e-6)) throw item.Error("field '" + field + "' must be a quaternion x, y, z, w other than 0");
            for (int i = 0; i < 4; i++) value[i] /= length;
            return value;
        }

        private static void Known(HeadItem item, string[] further, params string[] fields)
        {
            var all = new List<string>(further);
            all.AddRange(fields);
            item.Known(all.ToArray());
        }
    }
}
