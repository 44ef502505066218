using System.IO;

namespace Face2Param
{
    /// <summary>Finds the character of a picture in the db_description beside it.</summary>
    public static class PictureLookup
    {
        /// <summary>The character that a picture of a database shows.</summary>
        /// <param name="picturePath">NAME.jpg in the folder of the database.</param>
        /// <exception cref="Face2ParamException">The folder is no database, or has no such
        /// picture; the message says which.</exception>
        public static Character Find(string picturePath)
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(picturePath));
            string description = Path.Combine(folder, "db_description");
            if (!File.Exists(description))
            {
                throw new DatabaseException(
                    folder + " is not a database: it has no db_description. Select a picture "
                    + "that GenerateDatabase drew");
            }
            // Without a schema it is one of face-nn's own, which the size tells.
            string schemaPath = Path.Combine(folder, "schema.json");
            CharacterSchema schema = File.Exists(schemaPath) ? SchemaJson.Load(schemaPath) : null;
            DbDescription database = DbDescription.Read(description, schema);
            string name = Path.GetFileNameWithoutExtension(picturePath);
            int index = database.Names.IndexOf(name);
            if (index < 0)
            {
                throw new DatabaseException(
                    description + " has no record '" + name + "' among its "
                    + database.Names.Count);
            }
            return database.Character(index).Clipped();
        }
    }
}
