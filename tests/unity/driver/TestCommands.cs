using System;
using System.Collections.Generic;
using System.Reflection;
using NUnit.Framework;

namespace Face2ParamDriver
{
    /// <summary>Runs the package's NUnit tests.</summary>
    public static class TestCommands
    {
        [Command("nunit")]
        public static string Run(string[] a)
        {
            int passed = 0;
            var failed = new List<string>();
            foreach (Type type in Assembly.Load("Face2Param.Tests").GetTypes())
                foreach (MethodInfo method in type.GetMethods())
                    foreach (object[] arguments in Cases(method))
                    {
                        object fixture = Activator.CreateInstance(type);
                        try
                        {
                            Each<SetUpAttribute>(fixture);
                            method.Invoke(fixture, arguments);
                            Each<TearDownAttribute>(fixture);
                            passed++;
                        }
                        catch (TargetInvocationException error)
                        {
                            failed.Add(type.Name + "." + method.Name + ": " + error.InnerException);
                        }
                    }
            return passed + " passed, " + failed.Count + " failed " + string.Join("; ", failed);
        }

        private static IEnumerable<object[]> Cases(MethodInfo method)
        {
            if (method.GetCustomAttributes(typeof(TestAttribute), false).Length > 0) yield return new object[0];
            foreach (TestCaseAttribute test in method.GetCustomAttributes(typeof(TestCaseAttribute), false)) yield return test.Arguments;
        }

        private static void Each<T>(object fixture)
        {
            foreach (MethodInfo method in fixture.GetType().GetMethods())
                if (method.GetCustomAttributes(typeof(T), false).Length > 0) method.Invoke(fixture, null);
        }
    }
}
