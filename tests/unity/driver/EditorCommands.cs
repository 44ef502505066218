using System;
using System.Collections.Generic;
using System.Globalization;
using Face2Param;
using Face2Param.Editor;

namespace Face2ParamDriver
{
    /// <summary>What the editor's windows and the batch run decide, without Unity.</summary>
    public static class EditorCommands
    {
        /// <summary>A command line: what it asks for.</summary>
        [Command("batch_arguments")]
        public static string Arguments(string[] arguments)
        {
            BatchArguments parsed = BatchArguments.Parse(arguments);
            DatabaseSettings s = parsed.Settings;
            return string.Join(" ", new[]
            {
                parsed.Count.ToString(), s.Seed.ToString(), Text(s.Spread), s.Size.ToString(), Text(s.Jitter), s.Labels.ToString(),
                s.Supersample.ToString(), parsed.Output ?? "-", parsed.Family ?? "-", parsed.Head ?? "-", parsed.Overwrite.ToString(),
                parsed.Shape.ToString(),
            });
        }

        /// <summary>dataPath, family: the default folders.</summary>
        [Command("project_paths")]
        public static string Paths(string[] arguments)
        {
            return ProjectPaths.Database(arguments[0], arguments[1]) + "|" + ProjectPaths.Regular(arguments[0], "model_a");
        }

        /// <summary>A family and head files: which is meant.</summary>
        [Command("pick_head")]
        public static string Pick(string[] arguments)
        {
            var heads = new List<string>(arguments);
            heads.RemoveAt(0);
            return ProjectPaths.Pick(heads, arguments[0]) ?? "none";
        }

        /// <summary>A schema file: the rows of the preview.</summary>
        [Command("preview_rows")]
        public static string Rows(string[] arguments)
        {
            var rows = new List<string>();
            foreach (PreviewRow row in PreviewRow.Of(SchemaJson.Load(arguments[0])))
                rows.Add(row.Group + ":" + row.Label + ":" + row.Kind + ":" + string.Join(",", row.Names));
            return string.Join("|", rows.ToArray());
        }

        /// <summary>A picture of a database: its character as params.json.</summary>
        [Command("find_picture")]
        public static string Find(string[] arguments)
        {
            ParamsJson.Write(arguments[1], PictureLookup.Find(arguments[0]));
            return "";
        }

        static string Text(double value) { return value.ToString("R", CultureInfo.InvariantCulture); }
    }
}
