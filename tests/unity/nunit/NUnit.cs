// Stand-in of the part of NUnit that the package's own tests use inside Unity.
using System;
using System.Collections;

namespace NUnit.Framework
{
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class TestFixtureAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class TestAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class SetUpAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class TearDownAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class TestCaseAttribute : Attribute
    {
        public TestCaseAttribute(params object[] arguments) { Arguments = arguments; }

        public object[] Arguments { get; private set; }
    }

    public class AssertionException : Exception
    {
        public AssertionException(string message) : base(message) { }
    }

    public static class Assert
    {
        public static void Fail(string message) { throw new AssertionException(message); }
        public static void IsTrue(bool value, string message = null) { if (!value) Fail(message ?? "expected true"); }
        public static void IsFalse(bool value, string message = null) { if (value) Fail(message ?? "expected false"); }
        public static void IsNull(object value) { if (value != null) Fail("expected null, got " + value); }
        public static void IsNotNull(object value) { if (value == null) Fail("expected something, got null"); }
        public static void AreSame(object a, object b) { if (!ReferenceEquals(a, b)) Fail("not the same"); }

        public static void AreEqual(object expected, object found, string message = null)
        {
            if (!Same(expected, found)) Fail((message == null ? "" : message + ": ") + "expected " + expected + ", got " + found);
        }

        public static void AreEqual(double expected, double found, double tolerance, string message = null)
        {
            if (!(Math.Abs(expected - found) <= tolerance)) Fail((message == null ? "" : message + ": ") + "expected " + expected + ", got " + found);
        }

        public static T Throws<T>(Action action) where T : Exception
        {
            try
            {
                action();
            }
            catch (T error)
            {
                return error;
            }
            throw new AssertionException("expected " + typeof(T).Name);
        }

        public static void Contains(object item, ICollection all)
        {
            foreach (object one in all) if (Same(item, one)) return;
            Fail(item + " is not among them");
        }

        private static bool Same(object a, object b)
        {
            var x = a as IList;
            var y = b as IList;
            if (x == null || y == null) return Equals(a, b) || a is IConvertible && b is IConvertible && !(a is string) && !(b is string) && Convert.ToDouble(a) == Convert.ToDouble(b);
            if (x.Count != y.Count) return false;
            for (int i = 0; i < x.Count; i++) if (!Same(x[i], y[i])) return false;
            return true;
        }
    }

    public static class StringAssert
    {
        public static void Contains(string part, string text) { if (text == null || !text.Contains(part)) Assert.Fail("'" + text + "' does not contain '" + part + "'"); }
    }
}
