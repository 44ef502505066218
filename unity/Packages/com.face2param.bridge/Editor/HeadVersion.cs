using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Face2Param.Editor
{
    /// <summary>Names what a head file and its model hold, so that a database knows its head.
    /// </summary>
    public static class HeadVersion
    {
        const long MaximumBytes = 1L << 30;
        const int Bytes = 8;

        /// <summary>The head's name and 16 hexadecimal characters of both files.</summary>
        /// <param name="headPath">The head file; its model is beside it.</param>
        /// <exception cref="CodecException">One of them cannot be read.</exception>
        public static string Of(string headPath)
        {
            HeadFile head = HeadFile.Load(headPath);
            string model = Path.Combine(Path.GetDirectoryName(headPath), head.Model);
            using (SHA256 digest = SHA256.Create())
            {
                byte[] first = digest.ComputeHash(Files.Read(model, MaximumBytes));
                byte[] second = digest.ComputeHash(Files.Read(headPath, MaximumBytes));
                var both = new byte[first.Length + second.Length];
                first.CopyTo(both, 0);
                second.CopyTo(both, first.Length);
                byte[] sum = digest.ComputeHash(both);
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
