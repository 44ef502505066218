using System.Text;

namespace Face2Param.Link
{
    /// <summary>First message of a client.</summary>
    sealed class LinkHello
    {
        public int Protocol;
        public string Schema;
        public string Client;
    }

    /// <summary>The messages of the link that are JSON.</summary>
    static class LinkJson
    {
        public static LinkHello ParseHello(byte[] payload)
        {
            JsonValue fields;
            try
            {
                fields = JsonReader.Parse(payload, 0, payload.Length, "HELLO");
            }
            catch (CodecException error)
            {
                throw new LinkException(LinkCodes.BadRequest, error.Message);
            }
            if (fields.Kind != JsonKind.Object) throw Bad("HELLO", "must be an object", fields);
            JsonValue protocol = fields["protocol"], schema = fields["schema"], client = fields["client"];
            if (protocol == null || !protocol.IsInteger || protocol.Number < 0 || protocol.Number > int.MaxValue)
                throw Bad("HELLO: 'protocol'", "must be a whole number", protocol);
            if (schema != null && !schema.IsNull && schema.Kind != JsonKind.Text)
                throw Bad("HELLO: 'schema'", "must be a hash or null", schema);
            if (client == null || client.Kind != JsonKind.Text)
                throw Bad("HELLO: 'client'", "must be a text", client);
            return new LinkHello
            {
                Protocol = (int)protocol.Number,
                Schema = schema == null || schema.IsNull ? null : schema.Text,
                Client = OneLine(client.Text)
            };
        }

        public static byte[] Welcome(string schemaHash, string engine, string version, LinkSections sections)
        {
            return Bytes(JsonValue.NewObject()
                .Add("protocol", JsonValue.Of(LinkHeader.Version))
                .Add("schema", JsonValue.Of(schemaHash))
                .Add("engine", JsonValue.Of(engine))
                .Add("version", JsonValue.Of(version))
                .Add("sections", JsonValue.Of((int)sections)));
        }

        public static byte[] Error(string code, string message)
        {
            return Bytes(JsonValue.NewObject()
                .Add("code", JsonValue.Of(code))
                .Add("message", JsonValue.Of(OneLine(message))));
        }

        static byte[] Bytes(JsonValue value) { return Encoding.ASCII.GetBytes(JsonWriter.Compact(value)); }

        static string OneLine(string text)
        {
            var line = new StringBuilder();
            foreach (char c in text.Length > 500 ? text.Substring(0, 500) : text)
                line.Append(char.IsControl(c) ? ' ' : c);
            return line.ToString();
        }

        static LinkException Bad(string what, string wish, JsonValue got)
        {
            string description = got == null ? "nothing" : got.Describe();
            return new LinkException(LinkCodes.BadRequest, what + " " + wish + ", got " + description);
        }
    }
}
