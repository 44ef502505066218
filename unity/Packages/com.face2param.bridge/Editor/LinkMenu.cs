using System;
using Face2Param.Link;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Tools/Connect and Tools/Close: lets Python draw with this editor. When the editor
    /// loads its scripts anew, or enters play mode, the link closes and opens again by itself.
    /// </summary>
    public static class LinkMenu
    {
        /// <summary>Environment variable with another port than 5010; 0 takes a free one.
        /// </summary>
        public const string PortVariable = "FACE2PARAM_PORT";

        // The port of an open link, 0 of none, in the editor's session, which outlives scripts.
        const string PortKey = "Face2Param.LinkMenu.Port";
        const double BudgetMilliseconds = 20;

        static LinkServer server;
        static HeadStudio studio;

        [MenuItem("Tools/Connect", false, 15)]
        static void Connect()
        {
            try
            {
                Open(Port());
            }
            catch (Face2ParamException error)
            {
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
            SessionState.SetInt(PortKey, 0);
            Suspend();
        }

        [MenuItem("Tools/Close", true)]
        static bool CanClose()
        {
            return server != null;
        }

        [InitializeOnLoadMethod]
        static void Resume()
        {
            if (SessionState.GetInt(PortKey, 0) != 0)
            {
                // Scene and assets are not there yet.
                EditorApplication.delayCall += Reopen;
            }
        }

        static void Reopen()
        {
            try
            {
                // Where Python looks for it, even if it was a free port.
                Open(SessionState.GetInt(PortKey, 0));
            }
            catch (Face2ParamException error)
            {
                // Nobody pressed anything: no dialog.
                Debug.LogWarning("face2param: the link is closed, " + error.Message);
            }
        }

        static void Open(int port)
        {
            Close();
            try
            {
                studio = Stage.Open(null, null, BytesFile.Male);
                server = new LinkServer(studio, port);
                server.Log = text => Debug.Log("face2param: " + text);
                server.Start();
                EditorApplication.update += Pump;
                AssemblyReloadEvents.beforeAssemblyReload += Suspend;
                EditorApplication.quitting += Suspend;
                SessionState.SetInt(PortKey, server.Port);
            }
            catch (Face2ParamException)
            {
                Suspend();
                throw;
            }
        }

        static void Suspend()
        {
            EditorApplication.update -= Pump;
            AssemblyReloadEvents.beforeAssemblyReload -= Suspend;
            EditorApplication.quitting -= Suspend;
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
