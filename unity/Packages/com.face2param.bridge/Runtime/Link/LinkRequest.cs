using System.IO;

namespace Face2Param.Link
{
    /// <summary>A character in numbers, and with RENDER the picture that is wanted of it.</summary>
    public sealed class LinkRequest
    {
        const int HeadBytes = 20;

        /// <summary>Pixels; 0 for SHOW.</summary>
        public int Height { get; private set; }
        public int Width { get; private set; }
        /// <summary>Samples per pixel along each axis, 1 to 4.</summary>
        public int Supersample { get; private set; }
        public LinkSections Wanted { get; private set; }
        /// <summary>RGB in [0, 1] as it is to look on the screen; null for the game's own.</summary>
        public float[] Background { get; private set; }
        /// <summary>The schema's encoded vector: continuous values, then one-hot blocks.</summary>
        public float[] Encoded { get; private set; }
        /// <summary>Expression and pose, in the units of the schema's nuisance controls.</summary>
        public float[] Nuisance { get; private set; }

        /// <summary>Reads the payload of RENDER (isRender) or SHOW.</summary>
        /// <exception cref="LinkException">bad_request, naming what is wrong.</exception>
        public static LinkRequest Parse(byte[] payload, bool isRender, int encodedLength, int nuisanceLength)
        {
            var request = new LinkRequest();
            using (var reader = new BinaryReader(new MemoryStream(payload)))
            {
                if (isRender) request.ReadHead(reader, payload.Length);
                request.Encoded = ReadVector(reader, payload.Length, "encoded vector", encodedLength);
                request.Nuisance = ReadVector(reader, payload.Length, "nuisance", nuisanceLength);
                long rest = payload.Length - reader.BaseStream.Position;
                if (rest != 0) throw Bad("the message has " + rest + " bytes too many");
            }
            return request;
        }

        void ReadHead(BinaryReader reader, int length)
        {
            if (length < HeadBytes)
                throw Bad("RENDER has " + length + " bytes; its head alone has " + HeadBytes);
            Height = reader.ReadUInt16();
            Width = reader.ReadUInt16();
            Supersample = reader.ReadByte();
            int wanted = reader.ReadByte(), hasBackground = reader.ReadByte(), zero = reader.ReadByte();
            var colour = new[] { reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle() };
            if (Height == 0 || Width == 0)
                throw Bad("the size is " + Height + " x " + Width);
            if (Supersample < 1 || Supersample > 4)
                throw Bad("supersample is " + Supersample + "; it must be in [1, 4]");
            if (wanted < 1 || wanted > (int)LinkSections.All)
                throw Bad("wanted is " + wanted + "; it must be in [1, 31]");
            if (hasBackground > 1 || zero != 0)
                throw Bad("has_background must be 0 or 1, the byte after it 0");
            foreach (float value in colour)
                if (!(value >= 0f && value <= 1f)) throw Bad("the background must hold values in [0, 1]");
            Wanted = (LinkSections)wanted;
            Background = hasBackground == 1 ? colour : null;
        }

        static float[] ReadVector(BinaryReader reader, int length, string name, int wanted)
        {
            long left = length - reader.BaseStream.Position;
            if (left < 4) throw Bad("the message ends before its " + name);
            uint count = reader.ReadUInt32();
            if (4L * count > left - 4) throw Bad(count + " floats of " + name + " do not fit in the message");
            if (count != wanted)
                throw Bad("the schema's " + name + " has " + wanted + " floats, got " + count);
            var values = new float[count];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = reader.ReadSingle();
                if (float.IsNaN(values[i]) || float.IsInfinity(values[i]))
                    throw Bad("the " + name + " holds values that are not numbers");
            }
            return values;
        }

        static LinkException Bad(string message) { return new LinkException(LinkCodes.BadRequest, message); }
    }
}
