using System;
using System.Globalization;
using System.IO;
using Face2Param;

namespace Face2ParamDriver
{
    /// <summary>Draws the same picture for everybody; breaks where it is told to.</summary>
    sealed class FakeSource : IPictureSource
    {
        readonly byte[] jpeg, labels;

        public FakeSource(CharacterSchema schema, string jpeg, string labels, string version, int shape)
        {
            Schema = schema;
            Version = version;
            Shape = shape;
            this.jpeg = File.ReadAllBytes(jpeg);
            this.labels = labels == "-" ? null : File.ReadAllBytes(labels);
        }

        public string Version { get; private set; }
        public CharacterSchema Schema { get; private set; }
        public int Shape { get; private set; }
        public int Drawn { get; private set; }

        public Shot Draw(Character character, float[] nuisance, DatabaseSettings settings)
        {
            Drawn++;
            var shot = new Shot { Jpeg = jpeg, LabelsPng = labels, Landmarks = new float[136], Visibility = new bool[68] };
            for (int i = 0; i < 136; i++) shot.Landmarks[i] = settings.Size * (0.25f + i / 272f) + character.Value(0);
            for (int i = 0; i < 60; i++) shot.Visibility[i] = true;
            return shot;
        }
    }

    /// <summary>The database session and the preview, without Unity.</summary>
    public static class DatabaseCommands
    {
        /// <summary>key=value...: schema, jpeg, labels, output, count, seed, spread, jitter, size,
        /// steps (how many, then end: cancel, abandon or finish), overwrite, version, shape.
        /// Answers: drawn, done, kept, finished.</summary>
        [Command("database")]
        public static string Database(string[] arguments)
        {
            string labels = Get(arguments, "labels", "-");
            var source = new FakeSource(
                SchemaJson.FromText(File.ReadAllText(Get(arguments, "schema", "")), "schema"), Get(arguments, "jpeg", ""), labels,
                Get(arguments, "version", "fake 1"), int.Parse(Get(arguments, "shape", "3")));
            var settings = new DatabaseSettings
            {
                Seed = long.Parse(Get(arguments, "seed", "1")), Size = int.Parse(Get(arguments, "size", "64")),
                Spread = Number(Get(arguments, "spread", "1")), Jitter = Number(Get(arguments, "jitter", "0")), Labels = labels != "-",
            };
            var session = new DatabaseSession(
                source, settings, Get(arguments, "output", ""), int.Parse(Get(arguments, "count", "10")), Get(arguments, "overwrite", "no") == "yes");
            int steps = int.Parse(Get(arguments, "steps", "1000000"));
            while (steps-- > 0 && session.Step()) { }
            int kept = Get(arguments, "end", "finish") == "cancel" ? session.Cancel() : -1;
            return source.Drawn + " " + session.Done + " " + kept + " " + (session.IsFinished ? "finished" : "open");
        }

        /// <summary>A schema file and steps such as "set nose_size 0.7"; the answer of every
        /// "show NAME", "step" and "can" of them, divided by "|".</summary>
        [Command("preview")]
        public static string Preview(string[] arguments)
        {
            var model = new PreviewModel(SchemaJson.FromText(File.ReadAllText(arguments[0]), "schema"));
            int told = 0;
            model.Changed += () => told++;
            string text = "";
            for (int i = 1; i < arguments.Length; i++)
            {
                string[] words = arguments[i].Split(' ');
                switch (words[0])
                {
                    case "set": model.Set(words[1], (float)Number(words[2])); break;
                    case "pick": model.Set(words[1], words[2]); break;
                    case "express": model.SetNuisance(words[1], (float)Number(words[2])); break;
                    case "end": model.EndDrag(); break;
                    case "undo": model.Undo(); break;
                    case "redo": model.Redo(); break;
                    case "goto": model.GoTo(int.Parse(words[1])); break;
                    case "reset": model.Reset(); break;
                    case "random": model.Randomise(long.Parse(words[1]), Number(words[2])); break;
                    case "load": model.Load(words[1]); break;
                    case "save": model.Save(words[1]); break;
                    case "step": text += model.Step + "|"; break;
                    case "can": text += model.CanUndo + " " + model.CanRedo + "|"; break;
                    case "told": text += told + "|"; break;
                    case "show": text += Show(model, words[1]) + "|"; break;
                    default: throw new ArgumentException("no step '" + words[0] + "'");
                }
            }
            return text.TrimEnd('|');
        }

        static string Show(PreviewModel model, string name)
        {
            int nuisance = model.Schema.NuisanceIndex(name);
            if (nuisance >= 0) return Text(model.Nuisance[nuisance]);
            return model.Schema.ChoiceIndex(name) >= 0 ? model.Character.Option(name) : Text(model.Character.Value(name));
        }

        static string Get(string[] arguments, string key, string otherwise)
        {
            foreach (string argument in arguments)
                if (argument.StartsWith(key + "=", StringComparison.Ordinal)) return argument.Substring(key.Length + 1);
            return otherwise;
        }

        static double Number(string text) { return double.Parse(text, CultureInfo.InvariantCulture); }
        static string Text(float value) { return value.ToString("R", CultureInfo.InvariantCulture); }
    }
}
