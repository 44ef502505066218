using System;
using System.IO;
using System.Security;

namespace Face2Param
{
    /// <summary>Files that are read up to a limit, and written whole or not at all.</summary>
    public static class Files
    {
        /// <summary>All bytes of a file.</summary>
        /// <exception cref="CodecException">It cannot be read, or is larger than the limit; the
        /// limit counts before memory is taken.</exception>
        public static byte[] Read(string path, long maximumBytes)
        {
            try
            {
                using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
                {
                    long length = stream.Length;
                    if (length > maximumBytes) throw new CodecException(path + " has " + length + " bytes; at most " + maximumBytes + " are read");
                    var data = new byte[length];
                    int done = 0;
                    while (done < data.Length)
                    {
                        int count = stream.Read(data, done, data.Length - done);
                        if (count <= 0) throw new CodecException("cannot read " + path + ": it became shorter while it was read");
                        done += count;
                    }
                    return data;
                }
            }
            catch (Exception error) when (IsOfFiles(error))
            {
                throw new CodecException("cannot read " + path + ": " + error.Message);
            }
        }

        /// <summary>The size of a file in bytes.</summary>
        /// <exception cref="CodecException">There is no such file.</exception>
        public static long Size(string path)
        {
            try
            {
                return new FileInfo(path).Length;
            }
            catch (Exception error) when (IsOfFiles(error))
            {
                throw new CodecException("cannot read " + path + ": " + error.Message);
            }
        }

        /// <summary>Writes a file under a temporary name in its folder and renames it.</summary>
        /// <exception cref="OutputException">The folder or the file cannot be written.</exception>
        public static void Write(string path, byte[] data)
        {
            string temporary = null;
            try
            {
                string folder = Path.GetDirectoryName(Path.GetFullPath(path));
                Directory.CreateDirectory(folder);
                temporary = Path.Combine(folder, ".part-" + Guid.NewGuid().ToString("N"));
                File.WriteAllBytes(temporary, data);
                if (File.Exists(path)) File.Replace(temporary, path, null);
                else File.Move(temporary, path);
            }
            catch (Exception error) when (IsOfFiles(error))
            {
                if (temporary != null && File.Exists(temporary)) File.Delete(temporary);
                throw new OutputException("cannot write " + path + ": " + error.Message);
            }
        }

        /// <summary>Whether an exception is one that files and paths cause.</summary>
        public static bool IsOfFiles(Exception error)
        {
            return error is IOException || error is UnauthorizedAccessException || error is ArgumentException
                || error is NotSupportedException || error is SecurityException;
        }
    }
}
