namespace Face2ParamDriver
{
    public static class CoreCommands
    {
        [Command("echo")]
        public static string Echo(string[] arguments) { return string.Join("|", arguments); }

        [Command("collect")]
        public static string Collect(string[] arguments)
        {
            System.GC.Collect();
            return System.GC.GetTotalMemory(true).ToString();
        }
    }
}
