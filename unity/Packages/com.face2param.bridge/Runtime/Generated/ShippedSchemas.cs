// Written by `python -m face2param.bin.unity_schema`; changes by hand are lost.
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>The schemas that are part of the package.</summary>
    public static class ShippedSchemas
    {
        public static readonly IList<string> Names = new[] { "builtin", "facenn95", "facenn99" };

        /// <exception cref="SchemaException">No shipped schema has the name.</exception>
        public static CharacterSchema Get(string name)
        {
            switch (name)
            {
                case "builtin": return BuiltinSchema.Schema;
                case "facenn95": return Facenn95Schema.Schema;
                case "facenn99": return Facenn99Schema.Schema;
            }
            throw new SchemaException("schema '" + name + "' is none of the shipped schemas " + string.Join(", ", Names));
        }
    }
}
