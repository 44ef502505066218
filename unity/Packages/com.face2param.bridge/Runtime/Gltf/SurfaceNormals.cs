using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Normals of a primitive's triangles, and how its morphs turn them, so that sliders
    /// change the light on a face. Computed as Python's rig does: smooth over seams of the texture,
    /// whose vertices stand at one place, look one way and move alike. In glTF's space.</summary>
    public sealed class SurfaceNormals
    {
        private readonly GltfPrimitive source;
        private readonly int[] points;
        private readonly double[] rest;

        /// <summary>Looks at the primitive at rest.</summary>
        public SurfaceNormals(GltfPrimitive source)
        {
            this.source = source;
            points = SamePoints(source);
            rest = new double[3 * points.Length];
            for (int t = 0; t < source.Triangles.Length; t += 3) Add(rest, t, null, 1);
        }

        /// <summary>Unit normals at rest; zero where a vertex has no triangle.</summary>
        public Vector3[] AtRest()
        {
            var normals = new Vector3[points.Length];
            for (int v = 0; v < normals.Length; v++) normals[v] = Unit(rest, null, 3 * points[v]);
            return normals;
        }

        /// <summary>What a morph at weight 1 adds to the normals.</summary>
        public Vector3[] Turned(Vector3[] morph)
        {
            var change = new double[rest.Length];
            int[] corners = source.Triangles;
            for (int t = 0; t < corners.Length; t += 3)
            {
                if (!Moves(morph[corners[t]]) && !Moves(morph[corners[t + 1]]) && !Moves(morph[corners[t + 2]])) continue;
                Add(change, t, null, -1);
                Add(change, t, morph, 1);
            }
            var turned = new Vector3[points.Length];
            for (int v = 0; v < turned.Length; v++)
            {
                int at = 3 * points[v];
                if (change[at] != 0 || change[at + 1] != 0 || change[at + 2] != 0) turned[v] = Unit(rest, change, at) - Unit(rest, null, at);
            }
            return turned;
        }

        private static bool Moves(Vector3 shift) { return shift.x != 0 || shift.y != 0 || shift.z != 0; }

        // The triangle's normal, as long as its area is large, at the points of its corners.
        private void Add(double[] sums, int triangle, Vector3[] morph, double sign)
        {
            Vector3 a = Place(triangle, morph), b = Place(triangle + 1, morph), c = Place(triangle + 2, morph);
            double x1 = (double)b.x - a.x, y1 = (double)b.y - a.y, z1 = (double)b.z - a.z;
            double x2 = (double)c.x - a.x, y2 = (double)c.y - a.y, z2 = (double)c.z - a.z;
            double x = sign * (y1 * z2 - z1 * y2), y = sign * (z1 * x2 - x1 * z2), z = sign * (x1 * y2 - y1 * x2);
            for (int corner = 0; corner < 3; corner++)
            {
                int at = 3 * points[source.Triangles[triangle + corner]];
                sums[at] += x;
                sums[at + 1] += y;
                sums[at + 2] += z;
            }
        }

        private Vector3 Place(int corner, Vector3[] morph)
        {
            int vertex = source.Triangles[corner];
            return morph == null ? source.Vertices[vertex] : source.Vertices[vertex] + morph[vertex];
        }

        private static Vector3 Unit(double[] sums, double[] change, int at)
        {
            double x = sums[at], y = sums[at + 1], z = sums[at + 2];
            if (change != null)
            {
                x += change[at];
                y += change[at + 1];
                z += change[at + 2];
            }
            double length = Math.Sqrt(x * x + y * y + z * z);
            return length > 0 ? new Vector3((float)(x / length), (float)(y / length), (float)(z / length)) : Vector3.zero;
        }

        /// <summary>For each vertex the first one that is the same point of the surface.</summary>
        private static int[] SamePoints(GltfPrimitive p)
        {
            int count = p.Vertices.Length;
            int[] group = Firsts(count, v => new Key(p.Vertices[v], p.Normals == null ? Vector3.zero : p.Normals[v]));
            // How a vertex moves: one number for its morphs, one for its bones. The two lips of a
            // closed mouth may touch, but part when it opens.
            var random = new NumpyRandom(0);
            double[] shifts = new double[count], bones = new double[count];
            foreach (Vector3[] morph in p.Morphs)
            {
                double x = Share(random), y = Share(random), z = Share(random);
                for (int v = 0; v < count; v++) shifts[v] += morph[v].x * x + morph[v].y * y + morph[v].z * z;
            }
            if (p.Joints != null)
            {
                int last = 0;
                foreach (int joint in p.Joints) last = Math.Max(last, joint);
                var tags = new double[last + 1];
                for (int i = 0; i < tags.Length; i++) tags[i] = Share(random);
                for (int i = 0; i < p.Joints.Length; i++) bones[i / p.Influences] += tags[p.Joints[i]] * p.Weights[i];
            }
            double ofShifts = Step(shifts), ofBones = Step(bones);
            return Firsts(count, v => new Key(group[v], Steps(shifts, v, group[v], ofShifts), Steps(bones, v, group[v], ofBones)));
        }

        private static double Share(NumpyRandom random) { return 0.5 + 0.5 * random.NextDouble(); }

        private static double Step(double[] motion)
        {
            double largest = 1e-12;
            foreach (double value in motion) largest = Math.Max(largest, Math.Abs(value));
            return largest / 200;
        }

        private static int Steps(double[] motion, int v, int first, double step) { return (int)Math.Round((motion[v] - motion[first]) / step); }

        private static int[] Firsts(int count, Func<int, Key> key)
        {
            var seen = new Dictionary<Key, int>();
            var firsts = new int[count];
            for (int v = 0; v < count; v++)
            {
                Key mine = key(v);
                if (!seen.TryGetValue(mine, out firsts[v]))
                {
                    seen.Add(mine, v);
                    firsts[v] = v;
                }
            }
            return firsts;
        }

        private struct Key : IEquatable<Key>
        {
            private readonly float x, y, z;
            private readonly int a, b, c;

            public Key(Vector3 place, Vector3 normal)
            {
                // -0 is 0, whose hash is another.
                x = place.x == 0 ? 0 : place.x;
                y = place.y == 0 ? 0 : place.y;
                z = place.z == 0 ? 0 : place.z;
                a = (int)Math.Round(100f * normal.x);
                b = (int)Math.Round(100f * normal.y);
                c = (int)Math.Round(100f * normal.z);
            }

            public Key(int a, int b, int c)
            {
                x = y = z = 0;
                this.a = a;
                this.b = b;
                this.c = c;
            }

            public bool Equals(Key o) { return x == o.x && y == o.y && z == o.z && a == o.a && b == o.b && c == o.c; }
            public override bool Equals(object other) { return other is Key && Equals((Key)other); }

            public override int GetHashCode()
            {
                unchecked
                {
                    int place = (x.GetHashCode() * 31 + y.GetHashCode()) * 31 + z.GetHashCode();
                    return ((place * 31 + a) * 31 + b) * 31 + c;
                }
            }
        }
    }
}
