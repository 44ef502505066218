using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading;

namespace Face2Param.Link
{
    /// <summary>A request that waits for the main thread.</summary>
    sealed class LinkWork
    {
        public LinkSession Session;
        public uint Number;
        public bool IsRender;
        public LinkRequest Request;
    }

    /// <summary>One connection: a thread that reads and one that writes.</summary>
    sealed class LinkSession
    {
        const int Outstanding = 64;
        const int ClogBytes = 64 << 20;
        const int ClogFrames = 1024;
        const int GreetingMilliseconds = 5000;
        const int FrameMilliseconds = 30000;
        const int LastWordsMilliseconds = 1000;

        readonly LinkServer server;
        readonly Socket socket;
        readonly object gate = new object();
        readonly Queue<byte[]> outgoing = new Queue<byte[]>();
        Thread reader, writer;
        long waitingBytes;
        int asked;
        bool closing;
        volatile bool closed;

        public LinkSession(LinkServer server, Socket socket)
        {
            this.server = server;
            this.socket = socket;
            Client = "a program";
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SendTimeout = FrameMilliseconds;
        }

        /// <summary>How the client calls itself.</summary>
        public string Client { get; private set; }

        public bool IsClosed { get { return closed; } }

        /// <summary>The client does not read what it asked for.</summary>
        public bool IsClogged
        {
            get { lock (gate) return waitingBytes > ClogBytes || outgoing.Count > ClogFrames; }
        }

        public void Start()
        {
            reader = new Thread(Read) { IsBackground = true, Name = "face2param link reader" };
            writer = new Thread(Write) { IsBackground = true, Name = "face2param link writer" };
            writer.Start();
            reader.Start();
        }

        public void Send(LinkKind kind, uint number, byte[] payload)
        {
            byte[] header = new LinkHeader(kind, number, payload.Length).Pack();
            lock (gate)
            {
                if (closing) return;
                outgoing.Enqueue(header);
                if (payload.Length > 0) outgoing.Enqueue(payload);
                waitingBytes += header.Length + payload.Length;
                Monitor.PulseAll(gate);
            }
        }

        public void SendError(uint number, string code, string message)
        {
            Send(LinkKind.Error, number, LinkJson.Error(code, message));
        }

        /// <summary>A request was answered; another may come.</summary>
        public void Done()
        {
            lock (gate)
            {
                asked--;
                Monitor.PulseAll(gate);
            }
        }

        /// <summary>Sends what waits, then closes.</summary>
        public void Close(bool sayGoodbye)
        {
            if (sayGoodbye) Send(LinkKind.Bye, 0, new byte[0]);
            lock (gate)
            {
                closing = true;
                Monitor.PulseAll(gate);
            }
        }

        public void Join(int milliseconds)
        {
            var watch = Stopwatch.StartNew();
            if (!writer.Join(milliseconds)) socket.Close();
            reader.Join((int)Math.Max(1, milliseconds - watch.ElapsedMilliseconds));
        }

        // -------------------------------------------------------------- reader

        void Read()
        {
            bool isServed = false;
            try
            {
                Greet();
                isServed = true;
                while (Serve()) { }
            }
            catch (LinkException error)
            {
                SendError(0, error.Code, error.Message);
            }
            catch (SocketException) { }
            catch (ObjectDisposedException) { }
            catch (Exception error)
            {
                server.Note("link: " + error);
                SendError(0, LinkCodes.Internal, error.GetType().Name + ": " + error.Message);
            }
            if (isServed) closed = true;
            Close(false);
            server.Leave(this);
        }

        void Greet()
        {
            byte[] payload;
            LinkHeader header = Receive(GreetingMilliseconds, out payload);
            if (header.Kind != LinkKind.Hello)
                throw new LinkException(LinkCodes.BadRequest, "the first message must be HELLO, got " + header.Kind);
            LinkHello hello = LinkJson.ParseHello(payload);
            Client = hello.Client;
            if (hello.Protocol != LinkHeader.Version)
                throw new LinkException(
                    LinkCodes.WrongVersion,
                    string.Format("the game speaks version {0} of the link, not {1}", LinkHeader.Version, hello.Protocol));
            if (hello.Schema != null && hello.Schema != server.SchemaHash)
                throw new LinkException(
                    LinkCodes.WrongSchema,
                    string.Format("the game has schema {0}, not {1}", server.SchemaHash, hello.Schema));
            string other;
            if (!server.Claim(this, out other))
                throw server.IsStopping
                    ? new LinkException(LinkCodes.Stopping, "the game closes the link")
                    : new LinkException(LinkCodes.Busy, "the game serves " + other);
            Send(LinkKind.Welcome, 0, server.Welcome);
        }

        bool Serve()
        {
            byte[] payload;
            LinkHeader header = Receive(Timeout.Infinite, out payload);
            switch (header.Kind)
            {
                case LinkKind.Bye:
                    return false;
                case LinkKind.Ping:
                    Send(LinkKind.Pong, header.Request, new byte[0]);
                    break;
                case LinkKind.GetSchema:
                    Send(LinkKind.Schema, header.Request, server.Schema);
                    break;
                case LinkKind.Render:
                case LinkKind.Show:
                    Ask(header, payload);
                    break;
                default:
                    SendError(header.Request, LinkCodes.BadRequest, header.Kind + " is no request");
                    break;
            }
            lock (gate)
                while (waitingBytes > ClogBytes || outgoing.Count > ClogFrames)
                {
                    if (closing) return false;
                    Monitor.Wait(gate, 100);
                }
            return true;
        }

        void Ask(LinkHeader header, byte[] payload)
        {
            bool isRender = header.Kind == LinkKind.Render;
            LinkRequest request;
            try
            {
                request = LinkRequest.Parse(payload, isRender, server.EncodedLength, server.NuisanceLength);
                long size = LinkPicture.RawSize(request);
                if (size > LinkHeader.Limit) throw LinkPicture.TooLarge(size, LinkHeader.Limit);
            }
            catch (LinkException error)
            {
                // The frame was whole: the next one can be read.
                SendError(header.Request, error.Code, error.Message);
                return;
            }
            lock (gate)
            {
                while (asked >= Outstanding && !closing) Monitor.Wait(gate, 100);
                if (closing) return;
                asked++;
            }
            server.Enqueue(new LinkWork { Session = this, Number = header.Request, IsRender = isRender, Request = request });
        }

        LinkHeader Receive(int milliseconds, out byte[] payload)
        {
            LinkHeader header = LinkHeader.Parse(Exactly(LinkHeader.Size, milliseconds), LinkHeader.RequestLimit);
            payload = Exactly(header.Length, FrameMilliseconds);
            return header;
        }

        byte[] Exactly(int count, int milliseconds)
        {
            var data = new byte[count];
            var watch = Stopwatch.StartNew();
            int at = 0;
            while (at < count)
            {
                lock (gate) if (closing) throw new ObjectDisposedException("link");
                if (milliseconds != Timeout.Infinite && watch.ElapsedMilliseconds > milliseconds)
                    throw new LinkException(LinkCodes.BadRequest, "the message did not arrive in time");
                // Polling: a thread that blocks within receive can hold up a domain reload.
                if (!socket.Poll(50000, SelectMode.SelectRead)) continue;
                int got = socket.Receive(data, at, count - at, SocketFlags.None);
                if (got == 0) throw new ObjectDisposedException("link");
                at += got;
            }
            return data;
        }

        // -------------------------------------------------------------- writer

        void Write()
        {
            try
            {
                for (byte[] next = Next(); next != null; next = Next())
                {
                    for (int at = 0; at < next.Length;)
                        at += socket.Send(next, at, next.Length - at, SocketFlags.None);
                    lock (gate)
                    {
                        waitingBytes -= next.Length;
                        Monitor.PulseAll(gate);
                    }
                }
                // A socket that is closed with unread data makes the client lose what was sent.
                socket.Shutdown(SocketShutdown.Send);
                var rest = new byte[4096];
                var watch = Stopwatch.StartNew();
                while (watch.ElapsedMilliseconds < LastWordsMilliseconds)
                    if (socket.Poll(20000, SelectMode.SelectRead) && socket.Receive(rest) == 0) break;
            }
            catch (Exception)
            {
                // The client is gone or the socket was closed: there is nobody to tell.
            }
            closed = true;
            Close(false);
            socket.Close();
        }

        byte[] Next()
        {
            lock (gate)
            {
                while (outgoing.Count == 0 && !closing) Monitor.Wait(gate, 100);
                return outgoing.Count == 0 ? null : outgoing.Dequeue();
            }
        }
    }
}
