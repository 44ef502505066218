using System;
using System.Collections.Generic;
using System.IO;

namespace Face2Param.Link
{
    /// <summary>What a drawer gives for a RENDER: the sections that it has, row 0 on top.</summary>
    public sealed class LinkPicture
    {
        const ushort Raw = 0, Png = 1, Jpeg = 2;
        const int Points = 68;

        struct Part
        {
            public ushort Format;
            public byte[] Data;
        }

        readonly SortedDictionary<LinkSections, Part> parts = new SortedDictionary<LinkSections, Part>();

        public LinkPicture(int height, int width)
        {
            Height = height;
            Width = width;
        }

        public int Height { get; private set; }
        public int Width { get; private set; }

        /// <summary>RGB, one byte each.</summary>
        public LinkPicture SetImage(byte[] rgb) { return Set(LinkSections.Image, Raw, rgb, 3); }

        /// <summary>What Texture2D.EncodeToPNG returns.</summary>
        public LinkPicture SetImagePng(byte[] file) { return Set(LinkSections.Image, Png, file, 0); }

        /// <summary>What Texture2D.EncodeToJPG returns.</summary>
        public LinkPicture SetImageJpeg(byte[] file) { return Set(LinkSections.Image, Jpeg, file, 0); }

        /// <summary>Class of every pixel, 0 (background) to 18.</summary>
        public LinkPicture SetLabels(byte[] classes) { return Set(LinkSections.Labels, Raw, classes, 1); }

        /// <summary>Distance along the camera's axis in metres; infinity behind the head.</summary>
        public LinkPicture SetDepth(float[] depth) { return Set(LinkSections.Depth, Raw, Bytes(depth), 4); }

        /// <summary>Unit normals x, y, z, right-handed (+x to the viewer's right, +y up, +z towards
        /// the viewer); 0 behind the head.</summary>
        public LinkPicture SetNormals(float[] normals) { return Set(LinkSections.Normals, Raw, Bytes(normals), 12); }

        /// <summary>The 68 landmarks in iBUG order.</summary>
        /// <param name="flat">68 times x, y in pixels, y downwards, the first pixel's centre at 0.5.</param>
        /// <param name="space">68 times x, y, z in metres, right-handed.</param>
        /// <param name="seen">Whether they lie in the picture and are not hidden.</param>
        public LinkPicture SetLandmarks(float[] flat, float[] space, bool[] seen)
        {
            if (flat.Length != 2 * Points || space.Length != 3 * Points || seen.Length != Points)
                throw new ArgumentException("landmarks: 68 points are needed");
            var data = new byte[21 * Points];
            Buffer.BlockCopy(flat, 0, data, 0, 8 * Points);
            Buffer.BlockCopy(space, 0, data, 8 * Points, 12 * Points);
            for (int i = 0; i < Points; i++) data[20 * Points + i] = (byte)(seen[i] ? 1 : 0);
            parts[LinkSections.Landmarks] = new Part { Format = Raw, Data = data };
            return this;
        }

        /// <summary>Bytes that the answer to a request has when nothing is packed.</summary>
        public static long RawSize(LinkRequest request)
        {
            long pixel = 0;
            if ((request.Wanted & LinkSections.Image) != 0) pixel += 3;
            if ((request.Wanted & LinkSections.Labels) != 0) pixel += 1;
            if ((request.Wanted & LinkSections.Depth) != 0) pixel += 4;
            if ((request.Wanted & LinkSections.Normals) != 0) pixel += 12;
            return pixel * request.Height * request.Width + 21 * Points + 64;
        }

        /// <summary>The payload of PICTURE with those sections that are wanted and there.</summary>
        /// <exception cref="LinkException">too_large.</exception>
        public byte[] Pack(LinkSections wanted, int limit)
        {
            long size = 8;
            uint count = 0;
            foreach (KeyValuePair<LinkSections, Part> part in parts)
            {
                if ((part.Key & wanted) == 0) continue;
                size += 8 + part.Value.Data.Length;
                count++;
            }
            if (size > limit) throw TooLarge(size, limit);
            var data = new byte[size];
            using (var writer = new BinaryWriter(new MemoryStream(data)))
            {
                writer.Write((ushort)Height);
                writer.Write((ushort)Width);
                writer.Write(count);
                foreach (KeyValuePair<LinkSections, Part> part in parts)
                {
                    if ((part.Key & wanted) == 0) continue;
                    writer.Write((ushort)part.Key);
                    writer.Write(part.Value.Format);
                    writer.Write((uint)part.Value.Data.Length);
                    writer.Write(part.Value.Data);
                }
            }
            return data;
        }

        /// <summary>Turns rows upside down in place: Unity reads textures from the bottom.</summary>
        public static void FlipRows(Array values, int height, int rowBytes)
        {
            var row = new byte[rowBytes];
            for (int top = 0, bottom = height - 1; top < bottom; top++, bottom--)
            {
                Buffer.BlockCopy(values, top * rowBytes, row, 0, rowBytes);
                Buffer.BlockCopy(values, bottom * rowBytes, values, top * rowBytes, rowBytes);
                Buffer.BlockCopy(row, 0, values, bottom * rowBytes, rowBytes);
            }
        }

        public static LinkException TooLarge(long size, int limit)
        {
            return new LinkException(
                LinkCodes.TooLarge,
                string.Format("the picture has {0} bytes, more than {1}; ask for a smaller one", size, limit));
        }

        LinkPicture Set(LinkSections section, ushort format, byte[] data, int bytesPerPixel)
        {
            long wanted = (long)Height * Width * bytesPerPixel;
            if (bytesPerPixel > 0 && data.Length != wanted)
                throw new ArgumentException(
                    string.Format("{0} of {1} x {2} pixels has {3} bytes, got {4}", section, Height, Width, wanted, data.Length));
            parts[section] = new Part { Format = format, Data = data };
            return this;
        }

        static byte[] Bytes(float[] values)
        {
            var data = new byte[4 * values.Length];
            Buffer.BlockCopy(values, 0, data, 0, data.Length);
            return data;
        }
    }
}
