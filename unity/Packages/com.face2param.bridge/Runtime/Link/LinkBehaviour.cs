using System;
using System.Net;
using UnityEngine;

namespace Face2Param.Link
{
    /// <summary>Serves the link in play mode and in built games; in the editor outside of play
    /// mode, Tools/Connect does. Give it a drawer, then enable it.</summary>
    public sealed class LinkBehaviour : MonoBehaviour
    {
        [Tooltip("TCP port; 0 takes a free one.")]
        public int port = LinkServer.DefaultPort;

        [Tooltip("Empty: this machine only. There is no password: give an address, such as 0.0.0.0, in networks only where everybody may use the game.")]
        public string address = "";

        [Tooltip("Milliseconds of each frame after which no further drawing begins.")]
        public float budget = 20f;

        LinkServer server;

        /// <summary>Who draws; to be set before OnEnable or followed by Connect.</summary>
        public ILinkDrawer Drawer { get; set; }

        public LinkServer Server { get { return server; } }

        /// <summary>Starts to serve.</summary>
        /// <exception cref="LinkException">The port is taken, or the address is none.</exception>
        public void Connect()
        {
            Close();
            IPAddress where = IPAddress.Loopback;
            if (!string.IsNullOrEmpty(address) && !IPAddress.TryParse(address, out where))
                throw new LinkException(LinkCodes.Internal, "link: '" + address + "' is no IP address");
            server = new LinkServer(Drawer, port, where) { Log = Debug.Log };
            server.Start();
        }

        /// <summary>Stops serving.</summary>
        public void Close()
        {
            if (server != null) server.Stop();
            server = null;
        }

        void OnEnable()
        {
            if (Drawer != null) Connect();
        }

        void OnDisable() { Close(); }

        void Update()
        {
            if (server != null) server.Pump(TimeSpan.FromMilliseconds(budget));
        }
    }
}
