using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>Names that a file left out or gave twice; the same ones as in Python.</summary>
    internal static class GltfNames
    {
        /// <summary>Number 7 without a name becomes "prefix_7", a second "jaw" becomes "jaw_2".</summary>
        public static string[] Unique(IList<string> names, string prefix)
        {
            var taken = new HashSet<string>(StringComparer.Ordinal);
            foreach (string name in names) if (name != "") taken.Add(name);
            var seen = new Dictionary<string, int>(StringComparer.Ordinal);
            var result = new string[names.Count];
            for (int i = 0; i < result.Length; i++)
            {
                string start = names[i] == "" ? prefix + "_" + i : names[i];
                int count;
                if (!seen.TryGetValue(start, out count)) count = names[i] == "" && taken.Contains(start) ? 1 : 0;
                count++;
                string found = start;
                if (count > 1)
                {
                    while (taken.Contains(found = start + "_" + count)) count++;
                }
                seen[start] = count;
                taken.Add(found);
                result[i] = found;
            }
            return result;
        }
    }
}
