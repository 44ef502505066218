using System;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>For servers: Unity -batchmode -executeMethod Face2Param.Editor.Batch...</summary>
    public static class Batch
    {
        const int Bad = 2, ProgressEvery = 50;

        /// <summary>
        /// Draws a database: -count 2000 -seed 1 -spread 1 -output FOLDER -gender male|female, and
        /// -family, -head, -size, -supersample, -jitter, -labels, -overwrite. Ends with 0, or with
        /// 2 and one line that says what is wrong. A run that was killed is completed by the same
        /// command.
        /// </summary>
        public static void GenerateDatabase()
        {
            EditorApplication.Exit(Run(Environment.GetCommandLineArgs()));
        }

        static int Run(string[] commandLine)
        {
            try
            {
                BatchArguments arguments = BatchArguments.Parse(commandLine);
                string output = arguments.Output
                    ?? ProjectPaths.Database(Application.dataPath, arguments.Family);
                using (HeadStudio studio = Stage.Open(
                    arguments.Head, arguments.Family, arguments.Shape))
                {
                    studio.RequireFor(arguments.Settings);
                    var session = new DatabaseSession(
                        studio, arguments.Settings, output, arguments.Count, arguments.Overwrite);
                    while (session.Step())
                    {
                        if (session.Done % ProgressEvery == 0)
                        {
                            Console.WriteLine(
                                "face2param: " + session.Done + " of " + session.Count);
                        }
                    }
                    Console.WriteLine(
                        "face2param: a database of " + session.Count + " faces is in " + output);
                }
                return 0;
            }
            catch (Face2ParamException error)
            {
                Console.Error.WriteLine("face2param: " + error.Message);
                return Bad;
            }
        }
    }
}
