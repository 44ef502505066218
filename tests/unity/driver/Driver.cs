using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;
using Face2Param;

namespace Face2ParamDriver
{
    /// <summary>Makes a public static method `string Name(string[] arguments)` a command.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class CommandAttribute : Attribute
    {
        public CommandAttribute(string name) { Name = name; }

        public string Name { get; private set; }
    }

    /// <summary>
    /// Runs commands. With arguments: one command, exit code 0, 1 (crashed) or 2 (refused).
    /// Without: one command a line on stdin, fields divided by tabs; one line answers each:
    /// "ok", "refused" (one of our exceptions, its class and message) or "crashed" (any other).
    /// </summary>
    public static class Driver
    {
        private static readonly Dictionary<string, Func<string[], string>> Commands = Find();

        public static int Main(string[] arguments)
        {
            var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
            if (arguments.Length > 0)
            {
                string answer = Answer(arguments);
                output.WriteLine(answer);
                return answer.StartsWith("ok") ? 0 : answer.StartsWith("refused") ? 2 : 1;
            }
            var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
            for (string line = input.ReadLine(); line != null; line = input.ReadLine())
                output.WriteLine(Answer(line.Split('\t')));
            return 0;
        }

        private static string Answer(string[] fields)
        {
            Func<string[], string> command;
            if (!Commands.TryGetValue(fields[0], out command)) return "crashed\tno command " + fields[0];
            var rest = new string[fields.Length - 1];
            Array.Copy(fields, 1, rest, 0, rest.Length);
            try
            {
                return "ok\t" + Line(command(rest));
            }
            catch (Face2ParamException error)
            {
                return "refused\t" + error.GetType().Name + "\t" + Line(error.Message);
            }
            catch (Exception error)
            {
                return "crashed\t" + Line(error.ToString());
            }
        }

        private static string Line(string text) { return (text ?? "").Replace("\r", "").Replace('\n', ' '); }

        private static Dictionary<string, Func<string[], string>> Find()
        {
            var found = new Dictionary<string, Func<string[], string>>();
            foreach (Type type in typeof(Driver).Assembly.GetTypes())
                foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Static))
                    foreach (CommandAttribute mark in method.GetCustomAttributes(typeof(CommandAttribute), false))
                        found.Add(mark.Name, (Func<string[], string>)Delegate.CreateDelegate(typeof(Func<string[], string>), method));
            return found;
        }
    }
}
