namespace Face2Param
{
    /// <summary>A folder holds another database than the one asked for, or a damaged one.</summary>
    public sealed class DatabaseException : Face2ParamException
    {
        public DatabaseException(string message) : base(message) { }
    }
}
