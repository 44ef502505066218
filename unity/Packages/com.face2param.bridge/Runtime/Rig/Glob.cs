namespace Face2Param
{
    /// <summary>Patterns over names as in Python's fnmatchcase: * ? [abc] [a-z] [!abc].</summary>
    public static class Glob
    {
        public static bool Matches(string pattern, string name)
        {
            int p = 0, n = 0, star = -1, restart = 0;
            while (n < name.Length)
            {
                int next;
                if (p < pattern.Length && pattern[p] == '*')
                {
                    star = p++;
                    restart = n;
                }
                else if (p < pattern.Length && One(pattern, p, name[n], out next))
                {
                    p = next;
                    n++;
                }
                else if (star >= 0)
                {
                    // The last star takes one character more.
                    p = star + 1;
                    n = ++restart;
                }
                else return false;
            }
            while (p < pattern.Length && pattern[p] == '*') p++;
            return p == pattern.Length;
        }

        private static bool One(string pattern, int p, char c, out int next)
        {
            next = p + 1;
            if (pattern[p] == '?') return true;
            if (pattern[p] != '[') return pattern[p] == c;
            int start = p + 1;
            bool not = start < pattern.Length && pattern[start] == '!';
            if (not) start++;
            int end = start < pattern.Length ? pattern.IndexOf(']', start + 1) : -1;
            if (end < 0) return c == '[';
            next = end + 1;
            bool inside = false;
            for (int i = start; i < end; i++)
            {
                if (i + 2 < end && pattern[i + 1] == '-')
                {
                    inside |= pattern[i] <= c && c <= pattern[i + 2];
                    i += 2;
                }
                else inside |= pattern[i] == c;
            }
            return inside != not;
        }
    }
}
