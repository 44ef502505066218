using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using Face2Param;
using Face2Param.Link;

namespace Face2ParamDriver
{
    /// <summary>Draws numbers instead of a head: what came in can be read from the picture.</summary>
    public sealed class NumberDrawer : ILinkDrawer
    {
        public int Delay;
        public readonly List<float> ShownFirst = new List<float>();

        public string EngineName { get { return "Numbers"; } }
        public string EngineVersion { get; set; }
        public string SchemaHash { get; set; }
        public string SchemaJson { get; set; }
        public int EncodedLength { get; set; }
        public int NuisanceLength { get; set; }
        public LinkSections Sections { get; set; }

        /// <summary>Pixel i holds byte i of the encoded vector, then of the nuisance, each times 255.</summary>
        public LinkPicture Draw(LinkRequest request)
        {
            Thread.Sleep(Delay);
            if (request.Height == 666) throw new LinkException(LinkCodes.BadRequest, "no picture of this size");
            if (request.Height == 667) throw new InvalidOperationException("broken\nshader");
            if (request.Height == 668) return new LinkPicture(1, 1).SetImage(new byte[3]);
            int pixels = request.Height * request.Width;
            var rgb = new byte[3 * pixels];
            if (request.Background != null)
                for (int i = 0; i < rgb.Length; i++) rgb[i] = (byte)(request.Background[i % 3] * 255f + 0.5f);
            for (int i = 0; i < request.Encoded.Length && i < rgb.Length; i++)
                rgb[i] = (byte)(request.Encoded[i] * 255f + 0.5f);
            LinkPicture picture = new LinkPicture(request.Height, request.Width).SetImage(rgb);
            if ((request.Wanted & LinkSections.Landmarks) != 0) SetLandmarks(picture, request);
            if ((request.Wanted & LinkSections.Labels) != 0)
            {
                var classes = new byte[pixels];
                for (int i = 0; i < pixels; i++) classes[i] = (byte)(i % 19);
                picture.SetLabels(classes);
            }
            if ((request.Wanted & LinkSections.Depth) != 0)
            {
                var depth = new float[pixels];
                for (int i = 0; i < pixels; i++) depth[i] = i == 0 ? float.PositiveInfinity : i;
                picture.SetDepth(depth);
            }
            if ((request.Wanted & LinkSections.Normals) != 0)
            {
                var normals = new float[3 * pixels];
                for (int i = 0; i < pixels; i++) normals[3 * i + 2] = 1f;
                picture.SetNormals(normals);
            }
            return picture;
        }

        private static void SetLandmarks(LinkPicture picture, LinkRequest request)
        {
            var flat = new float[136];
            var space = new float[204];
            var seen = new bool[68];
            for (int i = 0; i < 68; i++)
            {
                flat[2 * i] = i;
                flat[2 * i + 1] = request.Nuisance.Length > 0 ? request.Nuisance[0] : 0f;
                space[3 * i + 2] = request.Supersample;
                seen[i] = i % 2 == 0;
            }
            picture.SetLandmarks(flat, space, seen);
        }

        public void Show(float[] encoded, float[] nuisance)
        {
            Thread.Sleep(Delay);
            lock (ShownFirst) ShownFirst.Add(encoded[0]);
        }
    }

    public static class LinkCommands
    {
        private static NumberDrawer drawer;
        private static LinkServer server;
        private static Thread updates;
        private static volatile bool paused, ended;
        private static readonly List<string> Log = new List<string>();

        /// <summary>schema file, hash, encoded length, nuisance length, sections, version, delay, port</summary>
        [Command("link_start")]
        public static string Start(string[] a)
        {
            drawer = new NumberDrawer
            {
                SchemaJson = File.ReadAllText(a[0]), SchemaHash = a[1], EncodedLength = int.Parse(a[2]),
                NuisanceLength = int.Parse(a[3]), Sections = (LinkSections)int.Parse(a[4]), EngineVersion = a[5],
                Delay = int.Parse(a[6])
            };
            server = new LinkServer(drawer, int.Parse(a[7])) { Log = text => { lock (Log) Log.Add(text); } };
            server.Start();
            paused = ended = false;
            updates = new Thread(Update) { IsBackground = true };
            updates.Start();
            return server.Port.ToString();
        }

        /// <summary>The component on an address of one's own; "closed" once Python says so.</summary>
        [Command("link_behaviour")]
        public static string Behaviour(string[] a)
        {
            var component = new UnityEngine.GameObject("link").AddComponent<LinkBehaviour>();
            component.Drawer = drawer;
            component.port = 0;
            component.address = a[0];
            component.Connect();
            string status = component.Server.Status;
            int port = component.Server.Port;
            using (var socket = new System.Net.Sockets.TcpClient())
            {
                bool reached = true;
                try { socket.Connect(IPAddress.Parse(a[1]), port); }
                catch (System.Net.Sockets.SocketException) { reached = false; }
                status = status.Replace(port.ToString(), "PORT") + (reached ? ", reached" : ", not reached");
            }
            component.Close();
            return status + (component.Server == null ? ", closed" : "");
        }

        [Command("link_pause")]
        public static string Pause(string[] a) { paused = a[0] == "1"; return ""; }

        [Command("link_status")]
        public static string Status(string[] a) { return server.Status; }

        [Command("link_shown")]
        public static string Shown(string[] a)
        {
            lock (drawer.ShownFirst)
                return string.Join(" ", drawer.ShownFirst.ConvertAll(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)).ToArray());
        }

        [Command("link_log")]
        public static string TakeLog(string[] a)
        {
            lock (Log)
            {
                string all = string.Join("|", Log.ToArray());
                Log.Clear();
                return all;
            }
        }

        /// <summary>Milliseconds that Stop took.</summary>
        [Command("link_stop")]
        public static string Stop(string[] a)
        {
            ended = true;
            updates.Join();
            var watch = System.Diagnostics.Stopwatch.StartNew();
            server.Stop();
            return watch.ElapsedMilliseconds.ToString();
        }

        /// <summary>RENDER (1) or SHOW (0) payload of a file; lengths; what was understood.</summary>
        [Command("link_parse")]
        public static string Parse(string[] a)
        {
            LinkRequest r = LinkRequest.Parse(File.ReadAllBytes(a[0]), a[1] == "1", int.Parse(a[2]), int.Parse(a[3]));
            return string.Join(" ", new[] { r.Height, r.Width, r.Supersample, (int)r.Wanted, r.Encoded.Length, r.Nuisance.Length });
        }

        [Command("link_flip")]
        public static string Flip(string[] a)
        {
            var rows = new byte[] { 1, 2, 3, 4, 5, 6 };
            LinkPicture.FlipRows(rows, 3, 2);
            return BitConverter.ToString(rows);
        }

        private static void Update()
        {
            while (!ended)
            {
                if (!paused) server.Pump(TimeSpan.FromMilliseconds(20));
                Thread.Sleep(2);
            }
        }
    }
}
