using System;
using Face2Param.Link;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Tools/Connect and Tools/Close: lets Python draw with this editor.</summary>
    public static class LinkMenu
    {
        /// <summary>Environment variable with another port than 5010; 0 takes a free one.
        /// </summary>
        public const string PortVariable = "FACE2PARAM_PORT";

        const double BudgetMilliseconds = 20;

        static LinkServer server;
        static HeadStudio studio;

        [MenuItem("Tools/Connect", false, 15)]
        static void Connect()
        {
            Close();
            try
            {
                studio = Stage.Open(null, null, BytesFile.Male);
                server = new LinkServer(studio, Port());
                server.Log = text => Debug.Log("face2param: " + text);
                server.Start();
                EditorApplication.update += Pump;
                AssemblyReloadEvents.beforeAssemblyReload += Close;
                EditorApplication.quitting += Close;
            }
            catch (Face2ParamException error)
            {
                Close();
                EditorUtility.DisplayDialog("Connect", error.Message, "OK");
            }
        }

        [MenuItem("Tools/Connect", true)]
        static bool CanConnect()
        {
            return server == null;
        }

        [MenuItem("Tools/Close", false, 16)]
        static void Close()
        {
            EditorApplication.update -= Pump;
            AssemblyReloadEvents.beforeAssemblyReload -= Close;
            EditorApplication.quitting -= Close;
            if (server != null)
            {
                server.Stop();
            }
            if (studio != null)
            {
                studio.Dispose();
            }
            server = null;
            studio = null;
        }

        [MenuItem("Tools/Close", true)]
        static bool CanClose()
        {
            return server != null;
        }

        static int Port()
        {
            string text = Environment.GetEnvironmentVariable(PortVariable);
            if (string.IsNullOrEmpty(text))
            {
                return LinkServer.DefaultPort;
            }
            ushort port;
            if (!ushort.TryParse(text, out port))
            {
                throw new EngineException(
                    PortVariable + " is '" + text + "'; it must be a port, 0 to 65535");
            }
            return port;
        }

        static void Pump()
        {
            if (!studio.IsAlive)
            {
                // Another scene was opened: the head is gone.
                Close();
                return;
            }
            server.Pump(TimeSpan.FromMilliseconds(BudgetMilliseconds));
        }
    }
}
