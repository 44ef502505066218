using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Face2Param.Editor
{
    /// <summary>Names what a head file, its model and its pictures hold, so that a database knows its head.
    /// </summary>
    public static class HeadVersion
    {
        const long MaximumBytes = 1L << 30;
        const int Bytes = 8;

        /// <summary>The head's name and 16 hexadecimal characters of its files.</summary>
        /// <param name="headPath">The head file; the others are beside it.</param>
        /// <exception cref="CodecException">One of them cannot be read.</exception>
        public static string Of(string headPath)
        {
            HeadFile head = HeadFile.Load(headPath);
            string folder = Path.GetDirectoryName(headPath);
            var paths = new List<string> { headPath, Path.Combine(folder, head.Model) };
            foreach (string picture in HeadSetup.PictureNames(head))
            {
                paths.Add(Path.Combine(folder, picture));
            }
            using (SHA256 digest = SHA256.Create())
            {
                var all = new MemoryStream();
                foreach (string path in paths)
                {
                    byte[] one = digest.ComputeHash(Files.Read(path, MaximumBytes));
                    all.Write(one, 0, one.Length);
                }
                byte[] sum = digest.ComputeHash(all.ToArray());
                var text = new StringBuilder(ProjectPaths.Family(headPath)).Append(' ');
                for (int i = 0; i < Bytes; i++)
                {
                    text.Append(sum[i].ToString("x2"));
                }
                return text.ToString();
            }
        }
    }
}
