using System;
using System.Collections.Generic;
using System.IO;

namespace Face2Param
{
    /// <summary>
    /// records.part: the records of a database that is not finished. Each finished picture appends
    /// one, so that an interrupt loses at most the record that was being written. The bytes are
    /// those of Python's records.RecordLog.
    /// </summary>
    public sealed class RecordLog
    {
        const long MaximumBytes = 1L << 30;

        readonly string path;
        readonly CharacterSchema schema;

        /// <summary>Remembers where; <see cref="Append"/> opens the file.</summary>
        public RecordLog(string path, CharacterSchema schema)
        {
            this.path = path;
            this.schema = schema;
        }

        /// <summary>Adds a record and hands it to the operating system.</summary>
        /// <exception cref="OutputException">The file cannot be written.</exception>
        public void Append(DatabaseRecord record)
        {
            byte[] data = record.ToBytes();
            try
            {
                using (var stream = new FileStream(path, FileMode.Append, FileAccess.Write))
                {
                    stream.Write(data, 0, data.Length);
                }
            }
            catch (Exception error) when (Files.IsOfFiles(error))
            {
                throw new OutputException("cannot write " + path + ": " + error.Message);
            }
        }

        /// <summary>The whole records by index; a damaged end is cut off, and nothing behind a
        /// damaged record is trusted.</summary>
        public Dictionary<int, DatabaseRecord> Read()
        {
            var records = new Dictionary<int, DatabaseRecord>();
            if (!File.Exists(path))
            {
                return records;
            }
            byte[] data = Files.Read(path, MaximumBytes);
            int good = 0;
            while (true)
            {
                DatabaseRecord record = DatabaseRecord.FromBytes(data, good, schema);
                if (record == null)
                {
                    break;
                }
                records[record.Index] = record;
                good += DatabaseRecord.Size(schema);
            }
            if (good < data.Length)
            {
                using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write))
                {
                    stream.SetLength(good);
                }
            }
            return records;
        }

        /// <summary>Removes the file.</summary>
        public void Delete()
        {
            File.Delete(path);
        }
    }
}
