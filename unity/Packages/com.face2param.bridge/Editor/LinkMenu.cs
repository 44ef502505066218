using System;
using Face2Param.Link;
using UnityEditor;
using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>Tools/Connect and Tools/Close: lets Python draw with this editor.</summary>
    public static class LinkMenu
    {
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
                server = new LinkServer(studio) { Log = text => Debug.Log("face2param: " + text) };
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
