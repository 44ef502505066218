using System;
using System.Globalization;
using System.IO;
using System.Text;
using Face2Param;
using UnityEngine;

namespace Face2ParamDriver
{
    /// <summary>Random numbers, NumPy files, camera and makeup.</summary>
    public static class PartCommands
    {
        /// <summary>entropy,... doubles bounds,... doubles: numbers, picks, numbers.</summary>
        [Command("random")]
        public static string Draw(string[] arguments)
        {
            var random = new NumpyRandom(Array.ConvertAll(arguments[0].Split(','), long.Parse));
            var text = new StringBuilder();
            Doubles(random, int.Parse(arguments[1]), text);
            foreach (string count in arguments[2].Split(','))
            {
                text.Append(random.Below(int.Parse(count))).Append(' ');
            }
            Doubles(random, int.Parse(arguments[3]), text);
            return text.ToString().Trim();
        }

        /// <summary>Schema file, seed, index, spread, jitter: encoded vector and nuisance.</summary>
        [Command("sample")]
        public static string Sample(string[] arguments)
        {
            CharacterSchema schema = SchemaJson.FromText(File.ReadAllText(arguments[0]), "schema");
            var settings = new DatabaseSettings
            {
                Seed = long.Parse(arguments[1]), Spread = Number(arguments[3]), Jitter = Number(arguments[4]),
            };
            float[] nuisance;
            Character character = Sampler.DrawRecord(schema, settings, int.Parse(arguments[2]), out nuisance);
            return string.Join(" ", Array.ConvertAll(character.Encode(), Text)) + "|"
                + string.Join(" ", Array.ConvertAll(nuisance, Text));
        }

        /// <summary>Reads a .npz file and writes it again.</summary>
        [Command("npz")]
        public static string CopyNpz(string[] arguments)
        {
            try
            {
                var arrays = Npz.FromBytes(File.ReadAllBytes(arguments[0]));
                File.WriteAllBytes(arguments[1], Npz.ToBytes(new System.Collections.Generic.List<
                    System.Collections.Generic.KeyValuePair<string, NpyArray>>(arrays)));
                return string.Join(",", arrays.Keys);
            }
            catch (InvalidDataException error)
            {
                return "damaged: " + error.Message;
            }
        }

        /// <summary>Position, target, field of view, size, points: projected x, y, depth.</summary>
        [Command("project")]
        public static string Project(string[] arguments)
        {
            Vector3 position = Point(arguments[0]), target = Point(arguments[1]);
            string[] size = arguments[3].Split(',');
            var view = new Pinhole(
                position, Quaternion.LookRotation(target - position), (float)Number(arguments[2]), int.Parse(size[1]), int.Parse(size[0]));
            var text = new StringBuilder();
            foreach (string point in arguments[4].Split(' '))
            {
                Vector3 at = view.Project(Point(point));
                text.Append(Text(at.x)).Append(',').Append(Text(at.y)).Append(',').Append(Text(at.z)).Append(' ');
            }
            return text.ToString().Trim();
        }

        /// <summary>Whether the middle of a 3 x 3 picture is seen at a depth among nine.</summary>
        [Command("visible")]
        public static string Visible(string[] arguments)
        {
            var view = new Pinhole(Vector3.zero, Quaternion.identity, 18, 3, 3);
            float[] depth = Array.ConvertAll(arguments[1].Split(' '), t => t == "inf" ? float.PositiveInfinity : (float)Number(t));
            return view.IsVisible(Point(arguments[0]), depth) ? "yes" : "no";
        }

        /// <summary>Base and masks as raw RGBA with sizes, layers as numbers: raw RGBA.</summary>
        [Command("makeup")]
        public static string Makeup(string[] arguments)
        {
            int height = int.Parse(arguments[1]), width = int.Parse(arguments[2]);
            int count = (arguments.Length - 4) / 3;
            var layers = new MakeupLayer[count];
            var masks = new Pixels[count];
            for (int i = 0; i < count; i++)
            {
                layers[i] = Layer(arguments[4 + 3 * i]);
                masks[i] = Raw(arguments[5 + 3 * i], arguments[6 + 3 * i]);
            }
            Pixels drawn = MakeupPainter.Compose(Raw(arguments[0], null), layers, masks, width, height);
            File.WriteAllBytes(arguments[3], drawn.Data);
            return drawn.Width + "x" + drawn.Height;
        }

        /// <summary>Whether picture files are grey.</summary>
        [Command("is_grey")]
        public static string IsGrey(string[] arguments)
        {
            return string.Join(" ", Array.ConvertAll(arguments, path => MakeupMask.IsGrey(File.ReadAllBytes(path)) ? "grey" : "colour"));
        }

        static MakeupLayer Layer(string text)
        {
            float[] n = Array.ConvertAll(text.Split(' '), t => (float)Number(t));
            return new MakeupLayer
            {
                colour = new Vector3(n[0], n[1], n[2]), amount = n[3], blend = (MakeupBlend)(int)n[4],
                hue = n[5], saturation = n[6], value = n[7], offset = new Vector2(n[8], n[9]), rotation = n[10], scale = n[11],
            };
        }

        // "HEIGHTxWIDTH" is the end of the name where no size is given.
        static Pixels Raw(string path, string kind)
        {
            string name = Path.GetFileNameWithoutExtension(path);
            string[] size = name.Substring(name.LastIndexOf('_') + 1).Split('x');
            byte[] data = File.ReadAllBytes(path);
            int height = int.Parse(size[0]), width = int.Parse(size[1]);
            if (kind == "grey")
            {
                var colours = new Color32[width * height];
                for (int i = 0; i < colours.Length; i++) colours[i] = new Color32(data[4 * i], data[4 * i + 1], data[4 * i + 2], data[4 * i + 3]);
                MakeupMask.GreyToAlpha(colours);
                for (int i = 0; i < colours.Length; i++)
                {
                    data[4 * i] = colours[i].r;
                    data[4 * i + 1] = colours[i].g;
                    data[4 * i + 2] = colours[i].b;
                    data[4 * i + 3] = colours[i].a;
                }
            }
            return new Pixels(width, height, data);
        }

        static void Doubles(NumpyRandom random, int count, StringBuilder text)
        {
            for (int i = 0; i < count; i++) text.Append(random.NextDouble().ToString("R", CultureInfo.InvariantCulture)).Append(' ');
        }

        static Vector3 Point(string text)
        {
            float[] n = Array.ConvertAll(text.Split(','), t => (float)Number(t));
            return new Vector3(n[0], n[1], n[2]);
        }

        static double Number(string text) { return double.Parse(text, CultureInfo.InvariantCulture); }
        static string Text(float value) { return value.ToString("R", CultureInfo.InvariantCulture); }
    }
}
