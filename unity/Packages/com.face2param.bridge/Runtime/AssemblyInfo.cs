using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Face2Param.Editor")]
[assembly: InternalsVisibleTo("Face2Param.Tests")]

// The console program that the package's Python tests run.
[assembly: InternalsVisibleTo("driver")]
