using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;

namespace Face2Param.Editor
{
    /// <summary>Where results go: beside the Unity project, as in the original.</summary>
    public static class ProjectPaths
    {
        /// <summary>The folder that holds the Unity project.</summary>
        /// <param name="dataPath">Application.dataPath.</param>
        public static string Beside(string dataPath)
        {
            return Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(dataPath)));
        }

        /// <summary>Default folder of a database: export/database.</summary>
        /// <param name="dataPath">Application.dataPath.</param>
        /// <param name="family">Of several heads; empty where there is one.</param>
        public static string Database(string dataPath, string family)
        {
            string name = string.IsNullOrEmpty(family) ? "database" : "database_" + family;
            return Path.Combine(Path.Combine(Beside(dataPath), "export"), name);
        }

        /// <summary>Where the picture of a loaded model goes: export/regular.</summary>
        public static string Regular(string dataPath, string name)
        {
            string folder = Path.Combine(Path.Combine(Beside(dataPath), "export"), "regular");
            return Path.Combine(folder, name + ".jpg");
        }

        /// <summary>"Assets/Heads/my_male.schema.json" is of the family "my_male", and so is
        /// "Assets/Heads/my_male/head.schema.json".</summary>
        public static string Family(string headPath)
        {
            string name = Path.GetFileName(headPath);
            const string end = ".schema.json", plain = "head";
            name = name.EndsWith(end, StringComparison.OrdinalIgnoreCase)
                ? name.Substring(0, name.Length - end.Length)
                : Path.GetFileNameWithoutExtension(name);
            string folder = Path.GetFileName(Path.GetDirectoryName(headPath));
            return name == plain && !string.IsNullOrEmpty(folder) ? folder : name;
        }

        /// <summary>Which of the heads of a project is meant by a gender or a family.</summary>
        /// <param name="headPaths">Head files of the project.</param>
        /// <param name="family">A family, or a word of its name such as "female"; empty: the only
        /// one, or the first.</param>
        /// <returns>null where there is none at all.</returns>
        /// <exception cref="EngineException">None of them is called so; the message lists them.
        /// </exception>
        public static string Pick(IList<string> headPaths, string family)
        {
            if (headPaths.Count == 0)
            {
                return null;
            }
            if (string.IsNullOrEmpty(family))
            {
                return headPaths[0];
            }
            // "female" holds "male": whole words only.
            var word = new Regex(
                "(^|[^a-z])" + Regex.Escape(family) + "($|[^a-z])", RegexOptions.IgnoreCase);
            foreach (string path in headPaths)
            {
                if (word.IsMatch(Family(path)))
                {
                    return path;
                }
            }
            bool isGender = family == BatchArguments.Male || family == BatchArguments.Female;
            if (headPaths.Count == 1 && isGender)
            {
                return headPaths[0];
            }
            var names = new List<string>();
            foreach (string path in headPaths)
            {
                names.Add(Family(path));
            }
            throw new EngineException(
                "there is no head '" + family + "' in this project; it has "
                + string.Join(", ", names.ToArray()));
        }
    }
}
