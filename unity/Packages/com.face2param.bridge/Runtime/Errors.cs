using System;

namespace Face2Param
{
    /// <summary>Base of everything that face2param raises on purpose. The message says what went
    /// wrong, where, what was received and what to do.</summary>
    public class Face2ParamException : Exception
    {
        public Face2ParamException(string message) : base(message) { }
    }

    /// <summary>A file is not what its size and header promise.</summary>
    public class CodecException : Face2ParamException
    {
        public CodecException(string message) : base(message) { }
    }

    /// <summary>A schema is malformed, or data belongs to another schema.</summary>
    public class SchemaException : Face2ParamException
    {
        public SchemaException(string message) : base(message) { }
    }

    /// <summary>A rig or a camera was asked for something that it cannot do.</summary>
    public class EngineException : Face2ParamException
    {
        public EngineException(string message) : base(message) { }
    }

    /// <summary>A folder or file cannot be written, or already holds results.</summary>
    public class OutputException : Face2ParamException
    {
        public OutputException(string message) : base(message) { }
    }
}
