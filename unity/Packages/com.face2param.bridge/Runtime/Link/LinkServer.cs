using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Face2Param.Link
{
    /// <summary>
    /// Serves one Python program at a time. Threads of its own greet, read and write; drawing waits
    /// for Pump, which the owner calls from the main thread. Nobody but this machine can reach it
    /// unless an address is given.
    /// </summary>
    public sealed class LinkServer : IDisposable
    {
        public const int DefaultPort = 5010;

        const int GreetingsAtATime = 4;
        const int HandoverMilliseconds = 500;
        const int JoinMilliseconds = 2000;

        readonly ILinkDrawer drawer;
        readonly IPAddress address;
        readonly object gate = new object();
        readonly Queue<LinkWork> work = new Queue<LinkWork>();
        readonly Queue<string> notes = new Queue<string>();
        readonly List<LinkSession> sessions = new List<LinkSession>();
        TcpListener listener;
        Thread acceptor;
        LinkSession served;
        volatile bool stopping;
        int pictures;

        /// <summary>Prepares a server; nothing is opened yet.</summary>
        /// <param name="drawer">Who draws.</param>
        /// <param name="port">0 takes a free one, see Port.</param>
        /// <param name="address">null: loopback. There is no password: give another address in
        /// networks only where everybody may use the game.</param>
        public LinkServer(ILinkDrawer drawer, int port = DefaultPort, IPAddress address = null)
        {
            if (drawer == null) throw new ArgumentNullException("drawer");
            this.drawer = drawer;
            this.address = address ?? IPAddress.Loopback;
            Port = port;
        }

        /// <summary>Gets sentences for people, inside Pump and Stop.</summary>
        public Action<string> Log { get; set; }

        public int Port { get; private set; }

        public bool IsRunning { get { return listener != null; } }

        /// <summary>One line for a window.</summary>
        public string Status
        {
            get
            {
                if (listener == null) return "stopped";
                lock (gate)
                    return served == null
                        ? "waits on " + address + ":" + Port
                        : string.Format("serves {0}, {1} pictures", served.Client, pictures);
            }
        }

        internal byte[] Welcome { get; private set; }
        internal byte[] Schema { get; private set; }
        internal string SchemaHash { get; private set; }
        internal int EncodedLength { get; private set; }
        internal int NuisanceLength { get; private set; }
        internal bool IsStopping { get { return stopping; } }

        /// <summary>Opens the port.</summary>
        /// <exception cref="LinkException">The port is taken.</exception>
        public void Start()
        {
            if (listener != null) return;
            LinkSections sections = drawer.Sections & LinkSections.All;
            if ((sections & LinkSections.Image) == 0)
                throw new LinkException(LinkCodes.Internal, "link: a drawer must be able to send the image");
            SchemaHash = drawer.SchemaHash;
            EncodedLength = drawer.EncodedLength;
            NuisanceLength = drawer.NuisanceLength;
            Schema = new UTF8Encoding(false).GetBytes(drawer.SchemaJson);
            Welcome = LinkJson.Welcome(SchemaHash, drawer.EngineName, drawer.EngineVersion, sections);
            stopping = false;
            var opened = new TcpListener(address, Port);
            try
            {
                opened.Start(GreetingsAtATime);
            }
            catch (SocketException error)
            {
                throw new LinkException(
                    LinkCodes.Internal,
                    string.Format(
                        "link: cannot listen on {0}:{1} ({2}); is another editor connected? Close it or choose another port",
                        address, Port, error.Message));
            }
            listener = opened;
            Port = ((IPEndPoint)opened.LocalEndpoint).Port;
            acceptor = new Thread(Accept) { IsBackground = true, Name = "face2param link" };
            acceptor.Start();
            Note("link: waits on " + address + ":" + Port);
        }

        /// <summary>Draws what waits; to be called from the main thread at every update.</summary>
        /// <param name="budget">No further drawing begins after this time.</param>
        /// <returns>How many requests were answered.</returns>
        public int Pump(TimeSpan budget)
        {
            var watch = Stopwatch.StartNew();
            int done = 0;
            for (LinkWork next = Take(); next != null; next = Take())
            {
                Answer(next);
                done++;
                if (watch.Elapsed >= budget) break;
            }
            FlushNotes();
            return done;
        }

        /// <summary>Stops: what waits is answered with "stopping", the client gets BYE, all threads
        /// end. To be called from the main thread; takes two seconds at most.</summary>
        public void Stop()
        {
            if (listener == null) return;
            stopping = true;
            acceptor.Join(JoinMilliseconds);
            listener.Stop();
            for (LinkWork next = Take(); next != null; next = Take())
                next.Session.SendError(next.Number, LinkCodes.Stopping, "the game closes the link");
            LinkSession[] open;
            lock (gate)
            {
                open = sessions.ToArray();
                Monitor.PulseAll(gate);
            }
            foreach (LinkSession session in open) session.Close(true);
            var watch = Stopwatch.StartNew();
            foreach (LinkSession session in open)
                session.Join((int)Math.Max(1, JoinMilliseconds - watch.ElapsedMilliseconds));
            listener = null;
            Note("link: stopped");
            FlushNotes();
        }

        public void Dispose() { Stop(); }

        // -------------------------------------------------------------- for the sessions

        internal void Enqueue(LinkWork item)
        {
            lock (gate) work.Enqueue(item);
        }

        /// <summary>Makes a session the one that is served; false if another is.</summary>
        internal bool Claim(LinkSession session, out string other)
        {
            var watch = Stopwatch.StartNew();
            lock (gate)
            {
                // Who has just said goodbye may not have left yet.
                while (served != null && !stopping)
                {
                    int left = HandoverMilliseconds - (int)watch.ElapsedMilliseconds;
                    if (left <= 0 || !Monitor.Wait(gate, left)) break;
                }
                other = served == null ? null : served.Client;
                if (served != null || stopping) return false;
                served = session;
                pictures = 0;
            }
            Note("link: serves " + session.Client);
            return true;
        }

        internal void Leave(LinkSession session)
        {
            bool wasServed;
            lock (gate)
            {
                sessions.Remove(session);
                wasServed = served == session;
                if (wasServed) served = null;
                Monitor.PulseAll(gate);
            }
            if (wasServed) Note(string.Format("link: {0} has left after {1} pictures", session.Client, pictures));
        }

        internal void Note(string text)
        {
            lock (notes) if (notes.Count < 100) notes.Enqueue(text);
        }

        // -------------------------------------------------------------- inside

        void Accept()
        {
            while (!stopping)
            {
                try
                {
                    // Polling: a thread that blocks within accept can hold up a domain reload.
                    if (!listener.Server.Poll(50000, SelectMode.SelectRead)) continue;
                    Socket socket = listener.AcceptSocket();
                    var session = new LinkSession(this, socket);
                    bool tooMany;
                    lock (gate)
                    {
                        tooMany = stopping || sessions.Count > GreetingsAtATime;
                        if (!tooMany) sessions.Add(session);
                    }
                    if (tooMany) socket.Close();
                    else session.Start();
                }
                catch (Exception error)
                {
                    // A client that is gone before it is greeted; nothing may end this thread.
                    if (stopping) return;
                    Note("link: " + error.Message);
                    Thread.Sleep(50);
                }
            }
        }

        LinkWork Take()
        {
            lock (gate)
            {
                while (work.Count > 0)
                {
                    LinkWork next = work.Peek();
                    if (!next.Session.IsClosed && next.Session.IsClogged && !stopping) return null;
                    work.Dequeue();
                    if (next.Session.IsClosed) continue;
                    // Of characters that are shown one after the other, the eye sees the last one.
                    bool isOld = !next.IsRender && work.Count > 0 && !work.Peek().IsRender && !stopping;
                    if (!isOld) return next;
                    next.Session.Send(LinkKind.Shown, next.Number, new byte[0]);
                    next.Session.Done();
                }
                return null;
            }
        }

        void Answer(LinkWork item)
        {
            LinkSession session = item.Session;
            try
            {
                LinkRequest request = item.Request;
                if (!item.IsRender)
                {
                    drawer.Show(request.Encoded, request.Nuisance);
                    session.Send(LinkKind.Shown, item.Number, new byte[0]);
                    return;
                }
                LinkPicture picture = drawer.Draw(request);
                if (picture.Height != request.Height || picture.Width != request.Width)
                    throw new InvalidOperationException("the drawer drew another size than was asked for");
                session.Send(LinkKind.Picture, item.Number, picture.Pack(request.Wanted, LinkHeader.Limit));
                pictures++;
            }
            catch (LinkException error)
            {
                session.SendError(item.Number, error.Code, error.Message);
            }
            catch (Face2ParamException error)
            {
                session.SendError(item.Number, LinkCodes.BadRequest, error.Message);
            }
            catch (Exception error)
            {
                // Whatever the game throws, Python gets an answer and the link goes on.
                Note("link: drawing failed: " + error);
                session.SendError(item.Number, LinkCodes.Internal, error.GetType().Name + ": " + error.Message);
            }
            finally
            {
                session.Done();
            }
        }

        void FlushNotes()
        {
            while (true)
            {
                string text;
                lock (notes)
                {
                    if (notes.Count == 0) return;
                    text = notes.Dequeue();
                }
                if (Log != null) Log(text);
            }
        }
    }
}
