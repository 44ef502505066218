using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Face2Param
{
    /// <summary>The files of a database, as Python's face2param.database names them.</summary>
    public sealed class DatabaseFolder
    {
        const string ManifestName = "manifest.json", SchemaName = "schema.json",
            DescriptionName = "db_description", RecordsName = "records.npz",
            LogName = "records.part", LabelsName = "labels", Leftover = ".part-";
        const int Format = 1;

        /// <summary>The folder.</summary>
        public readonly string Folder;

        /// <summary>Remembers where.</summary>
        public DatabaseFolder(string folder)
        {
            Folder = folder;
        }

        /// <summary>Whether there is a database, finished or not.</summary>
        public bool Exists
        {
            get { return File.Exists(Place(ManifestName)); }
        }

        /// <summary>db_description.</summary>
        public string Description
        {
            get { return Place(DescriptionName); }
        }

        /// <summary>records.npz.</summary>
        public string Records
        {
            get { return Place(RecordsName); }
        }

        /// <summary>records.part.</summary>
        public string Log
        {
            get { return Place(LogName); }
        }

        /// <summary>Where the picture of a record is.</summary>
        public string Picture(string name)
        {
            return Place(name + ".jpg");
        }

        /// <summary>Where the label map of a record is.</summary>
        public string Label(string name)
        {
            return Path.Combine(Place(LabelsName), name + ".png");
        }

        /// <summary>Makes the folder, and refuses one that holds other things.</summary>
        /// <exception cref="OutputException">It is not empty, or cannot be written.</exception>
        public void RequireEmpty()
        {
            try
            {
                Directory.CreateDirectory(Folder);
                var held = new List<string>();
                foreach (string path in Directory.GetFileSystemEntries(Folder))
                {
                    if (!Path.GetFileName(path).StartsWith(Leftover, StringComparison.Ordinal))
                    {
                        held.Add(Path.GetFileName(path));
                    }
                }
                if (held.Count > 0)
                {
                    held.Sort(StringComparer.Ordinal);
                    string first = string.Join(", ", held.GetRange(0, Math.Min(3, held.Count)));
                    throw new OutputException(
                        Folder + " is not empty and no database (it holds " + first
                        + (held.Count > 3 ? " ..." : "") + "); choose another output folder");
                }
            }
            catch (Exception error) when (Files.IsOfFiles(error))
            {
                throw new OutputException("cannot write into " + Folder + ": " + error.Message);
            }
        }

        /// <summary>Deletes the files of a database and nothing else; the manifest goes last.
        /// </summary>
        public void Delete()
        {
            foreach (string path in Directory.GetFiles(Folder, "db_*_*.jpg"))
            {
                File.Delete(path);
            }
            if (Directory.Exists(Place(LabelsName)))
            {
                Directory.Delete(Place(LabelsName), true);
            }
            foreach (string name in new[] { DescriptionName, RecordsName, LogName, SchemaName,
                                            ManifestName })
            {
                File.Delete(Place(name));
            }
        }

        /// <summary>Removes temporary files of a process that was killed while it wrote.</summary>
        public void RemoveLeftovers()
        {
            foreach (string place in new[] { Folder, Place(LabelsName) })
            {
                if (!Directory.Exists(place))
                {
                    continue;
                }
                foreach (string path in Directory.GetFiles(place, Leftover + "*"))
                {
                    File.Delete(path);
                }
            }
        }

        /// <summary>Reads the manifest and checks that its settings are the ones asked for.
        /// </summary>
        /// <returns>How many records it is to hold.</returns>
        /// <exception cref="DatabaseException">Damaged, or made with other settings; the message
        /// lists each difference.</exception>
        public int ReadCount(DatabaseSettings settings)
        {
            JsonValue manifest;
            try
            {
                manifest = JsonReader.ReadObject(Place(ManifestName), "manifest");
            }
            catch (CodecException error)
            {
                throw new DatabaseException(error.Message);
            }
            JsonValue there = manifest["settings"], count = manifest["count"];
            if (there == null || there.Kind != JsonKind.Object || count == null
                || count.Kind != JsonKind.Number)
            {
                throw new DatabaseException(Place(ManifestName) + " is damaged");
            }
            IList<string> differences = DatabaseSettings.Differences(there, settings.ToJson());
            if (differences.Count > 0)
            {
                throw new DatabaseException(
                    Folder + " holds a database of another kind: "
                    + string.Join("; ", differences)
                    + ". Choose another output folder, or overwrite it");
            }
            return (int)count.Number;
        }

        /// <summary>Writes manifest.json, and schema.json beside it.</summary>
        public void WriteManifest(
            DatabaseSettings settings, CharacterSchema schema, int count, bool isComplete)
        {
            int validation = 0;
            for (int i = 0; i < count; i++)
            {
                validation += settings.IsValidation(i) ? 1 : 0;
            }
            JsonValue manifest = JsonValue.NewObject()
                .Add("settings", settings.ToJson())
                .Add("count", JsonValue.Of(count))
                .Add("complete", JsonValue.Of(isComplete))
                .Add("training", JsonValue.Of(count - validation))
                .Add("validation", JsonValue.Of(validation))
                .Add("format", JsonValue.Of(Format));
            Files.Write(Place(SchemaName), Encoding.UTF8.GetBytes(SchemaJson.ToText(schema)));
            Files.Write(
                Place(ManifestName),
                Encoding.UTF8.GetBytes(JsonWriter.Indented(manifest, 2) + "\n"));
        }

        string Place(string name)
        {
            return Path.Combine(Folder, name);
        }
    }
}
