using System;
using System.Collections.Generic;
using System.IO;

namespace Face2Param
{
    /// <summary>
    /// Draws a database into a folder, one record at a time, so that a window or a batch run can
    /// show progress and stop between two pictures. The folder is what Python's
    /// face2param.database reads.
    /// </summary>
    public sealed class DatabaseSession
    {
        /// <summary>Most records that ten characters of name can count.</summary>
        public const int MaximumCount = 100000;

        readonly IPictureSource source;
        readonly DatabaseSettings settings;
        readonly DatabaseFolder folder;
        readonly RecordLog log;
        readonly Dictionary<int, DatabaseRecord> done;
        readonly Queue<int> missing = new Queue<int>();

        /// <summary>Opens the folder: absent, empty, or a database with the same settings, which
        /// is completed or extended.</summary>
        /// <param name="source">Who draws.</param>
        /// <param name="settings">Seed, size and so on; what the source decides is filled in.
        /// </param>
        /// <param name="output">The folder.</param>
        /// <param name="count">Number of records.</param>
        /// <param name="overwrite">Delete the database that is in the folder first.</param>
        /// <exception cref="DatabaseException">A number is out of range, or the folder holds a
        /// database with other settings or more records.</exception>
        /// <exception cref="OutputException">The folder holds other things, or cannot be written.
        /// </exception>
        public DatabaseSession(
            IPictureSource source, DatabaseSettings settings, string output, int count,
            bool overwrite = false)
        {
            if (count < 1 || count > MaximumCount)
            {
                throw new DatabaseException(
                    "count is " + count + "; it must be in [1, " + MaximumCount + "]");
            }
            settings.EngineVersion = source.Version;
            settings.Schema = source.Schema.Name;
            settings.SchemaHash = source.Schema.Hash;
            settings.Check();
            this.source = source;
            this.settings = settings;
            Count = count;
            NameOf(count - 1); // Refuses more records than the names can count.
            folder = new DatabaseFolder(Path.GetFullPath(output));
            log = new RecordLog(folder.Log, source.Schema);
            if (folder.Exists && overwrite)
            {
                folder.Delete();
            }
            bool wasThere = folder.Exists;
            if (wasThere)
            {
                RequireNoMore(folder.ReadCount(settings));
            }
            else
            {
                folder.RequireEmpty();
            }
            folder.RemoveLeftovers();
            done = wasThere
                ? RecordArrays.Read(folder.Records, source.Schema)
                : new Dictionary<int, DatabaseRecord>();
            foreach (KeyValuePair<int, DatabaseRecord> record in log.Read())
            {
                done[record.Key] = record.Value;
            }
            for (int i = 0; i < count; i++)
            {
                if (!done.ContainsKey(i) || !IsDrawn(i))
                {
                    done.Remove(i);
                    missing.Enqueue(i);
                }
            }
            folder.WriteManifest(settings, source.Schema, count, false);
        }

        /// <summary>Number of records that the database is to hold.</summary>
        public int Count { get; private set; }

        /// <summary>Number of records that it holds.</summary>
        public int Done
        {
            get { return Count - missing.Count; }
        }

        /// <summary>Whether the database is whole and closed.</summary>
        public bool IsFinished { get; private set; }

        /// <summary>Draws the next record; after the last one closes the database.</summary>
        /// <returns>Whether there is more to do.</returns>
        public bool Step()
        {
            if (IsFinished)
            {
                return false;
            }
            if (missing.Count > 0)
            {
                int index = missing.Peek();
                DatabaseRecord record = Draw(index);
                log.Append(record);
                done[index] = record;
                missing.Dequeue();
            }
            if (missing.Count == 0)
            {
                Close(Count);
            }
            return !IsFinished;
        }

        /// <summary>
        /// Stops and keeps what is whole: the records up to the first one that is missing become a
        /// complete, smaller database, which a later session with a larger count extends.
        /// </summary>
        /// <returns>Number of records of that database; 0: none, and nothing is complete.</returns>
        public int Cancel()
        {
            if (IsFinished)
            {
                return Count;
            }
            int whole = missing.Peek();
            if (done.Count == 0)
            {
                folder.Delete();
            }
            // Records behind a gap stay for the next session, and so does the count.
            if (whole == 0 || Done > whole)
            {
                return 0;
            }
            Close(whole);
            Count = whole;
            missing.Clear();
            return whole;
        }

        DatabaseRecord Draw(int index)
        {
            float[] nuisance;
            Character character = Sampler.DrawRecord(source.Schema, settings, index, out nuisance);
            Shot shot = source.Draw(character, nuisance, settings);
            Require(shot, index);
            string name = NameOf(index);
            if (settings.Labels)
            {
                Files.Write(folder.Label(name), shot.LabelsPng);
            }
            // The picture comes last: where it exists, the labels do.
            Files.Write(folder.Picture(name), shot.Jpeg);
            return new DatabaseRecord
            {
                Index = index,
                Character = character.Encode(),
                Nuisance = nuisance,
                Landmarks = shot.Landmarks,
                Visibility = Array.ConvertAll(shot.Visibility, seen => (byte)(seen ? 1 : 0)),
            };
        }

        void Require(Shot shot, int index)
        {
            bool fits = shot.Jpeg != null && shot.Jpeg.Length > 0
                && shot.Landmarks != null && shot.Landmarks.Length == 2 * Shot.Points
                && shot.Visibility != null && shot.Visibility.Length == Shot.Points
                && (!settings.Labels || shot.LabelsPng != null);
            if (!fits)
            {
                throw new EngineException(
                    "record " + index + ": the head gave no picture, no 68 landmarks, or no "
                    + "labels though they are asked for");
            }
        }

        void Close(int count)
        {
            var records = new List<DatabaseRecord>();
            var names = new List<string>();
            var encoded = new List<float[]>();
            for (int i = 0; i < count; i++)
            {
                records.Add(done[i]);
                names.Add(NameOf(i));
                encoded.Add(done[i].Character);
            }
            new DbDescription(source.Schema, names, encoded).Write(folder.Description);
            RecordArrays.Write(folder.Records, records, source.Schema);
            folder.WriteManifest(settings, source.Schema, count, true);
            log.Delete();
            IsFinished = true;
        }

        void RequireNoMore(int held)
        {
            if (held > Count)
            {
                throw new DatabaseException(
                    folder.Folder + " holds a database of " + held + " records, more than the "
                    + Count + " asked for. Choose another output folder, a larger count, or "
                    + "overwrite it");
            }
        }

        bool IsDrawn(int index)
        {
            string name = NameOf(index);
            return IsFile(folder.Picture(name)) && (!settings.Labels || IsFile(folder.Label(name)));
        }

        string NameOf(int index)
        {
            return DbDescription.PictureName(index, source.Schema, source.Shape);
        }

        static bool IsFile(string path)
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length > 0;
        }
    }
}
