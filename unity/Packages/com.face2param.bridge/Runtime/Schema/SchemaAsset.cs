using UnityEngine;

namespace Face2Param
{
    /// <summary>A schema as an asset of the project: the JSON file that Python wrote, or the name
    /// of a schema that the package ships.</summary>
    [CreateAssetMenu(fileName = "Schema", menuName = "Face2Param/Schema")]
    public sealed class SchemaAsset : ScriptableObject
    {
        [SerializeField, Tooltip("JSON of the schema, or of a head file that holds one. Empty: the shipped schema below.")]
        private TextAsset json;

        [SerializeField, Tooltip("builtin, facenn95 or facenn99")]
        private string shipped = "builtin";

        private CharacterSchema parsed;
        private TextAsset parsedFrom;

        /// <summary>The schema; read once.</summary>
        /// <exception cref="SchemaException">The JSON is no schema, or no shipped one has the name.</exception>
        public CharacterSchema Schema
        {
            get
            {
                if (parsed != null && parsedFrom == json) return parsed;
                parsedFrom = json;
                parsed = json == null ? ShippedSchemas.Get(shipped) : FromAsset(json);
                return parsed;
            }
        }

        /// <summary>An asset in memory.</summary>
        public static SchemaAsset Of(TextAsset json)
        {
            var asset = CreateInstance<SchemaAsset>();
            asset.json = json;
            return asset;
        }

        private static CharacterSchema FromAsset(TextAsset asset)
        {
            string where = "schema " + asset.name;
            JsonValue data;
            try
            {
                data = JsonReader.Parse(asset.text, where);
            }
            catch (CodecException error)
            {
                throw new SchemaException(error.Message);
            }
            return SchemaJson.Parse(data["schema"] ?? data, where);
        }
    }
}
