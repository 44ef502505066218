using System;
using System.IO;

namespace Face2Param.Link
{
    /// <summary>What a frame holds. The text of the protocol is unity/PROTOCOL.md.</summary>
    public enum LinkKind : ushort
    {
        Hello = 1, Welcome = 2, Error = 3, GetSchema = 4, Schema = 5, Render = 6, Picture = 7,
        Ping = 8, Pong = 9, Bye = 10, Show = 11, Shown = 12
    }

    /// <summary>Parts of a picture, as bits of what is wanted and as numbers of what is sent.</summary>
    [Flags]
    public enum LinkSections
    {
        None = 0, Image = 1, Labels = 2, Landmarks = 4, Depth = 8, Normals = 16, All = 31
    }

    /// <summary>Codes of an ERROR message.</summary>
    public static class LinkCodes
    {
        public const string WrongVersion = "wrong_version";
        public const string WrongSchema = "wrong_schema";
        public const string Busy = "busy";
        public const string BadRequest = "bad_request";
        public const string TooLarge = "too_large";
        public const string Stopping = "stopping";
        public const string Internal = "internal";
    }

    /// <summary>The link failed, or a request is refused; the client gets code and message.</summary>
    public sealed class LinkException : EngineException
    {
        public LinkException(string code, string message) : base(message) { Code = code; }

        /// <summary>One of LinkCodes.</summary>
        public string Code { get; private set; }
    }

    /// <summary>The 16 bytes before every payload, little-endian.</summary>
    public struct LinkHeader
    {
        public const int Size = 16;
        public const int Version = 1;
        /// <summary>Bytes that the payload of a picture may have.</summary>
        public const int Limit = 64 << 20;
        /// <summary>Bytes that the payload of a request may have.</summary>
        public const int RequestLimit = 1 << 20;

        static readonly byte[] Magic = { (byte)'F', (byte)'2', (byte)'P', (byte)'L' };

        public readonly LinkKind Kind;
        public readonly uint Request;
        public readonly int Length;

        public LinkHeader(LinkKind kind, uint request, int length)
        {
            Kind = kind;
            Request = request;
            Length = length;
        }

        public byte[] Pack()
        {
            var data = new byte[Size];
            using (var writer = new BinaryWriter(new MemoryStream(data)))
            {
                writer.Write(Magic);
                writer.Write((ushort)Kind);
                writer.Write((ushort)0);
                writer.Write(Request);
                writer.Write((uint)Length);
            }
            return data;
        }

        /// <summary>Reads the 16 bytes; the payload that they announce is not there yet.</summary>
        /// <exception cref="LinkException">bad_request: not of this protocol; too_large: the
        /// payload would be over the limit.</exception>
        public static LinkHeader Parse(byte[] data, int limit)
        {
            using (var reader = new BinaryReader(new MemoryStream(data)))
            {
                foreach (byte letter in Magic)
                    if (reader.ReadByte() != letter)
                        throw new LinkException(LinkCodes.BadRequest, "a frame begins with F2PL");
                ushort kind = reader.ReadUInt16();
                if (!Enum.IsDefined(typeof(LinkKind), kind))
                    throw new LinkException(LinkCodes.BadRequest, "there is no message kind " + kind);
                ushort flags = reader.ReadUInt16();
                if (flags != 0)
                    throw new LinkException(LinkCodes.BadRequest, "flags must be 0, got " + flags);
                uint request = reader.ReadUInt32();
                uint length = reader.ReadUInt32();
                if (length > limit)
                    throw new LinkException(
                        LinkCodes.TooLarge,
                        string.Format("a {0} message announces {1} bytes; at most {2} are taken", (LinkKind)kind, length, limit));
                return new LinkHeader((LinkKind)kind, request, (int)length);
            }
        }
    }
}
