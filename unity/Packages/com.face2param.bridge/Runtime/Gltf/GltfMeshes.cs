using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>Decodes the meshes of a glTF file: attributes, triangles, morph targets.</summary>
    internal sealed class GltfMeshes
    {
        private const int MaximumPrimitives = 10000;
        private readonly GltfAccessors accessors;
        private readonly GltfMaterials materials;
        private int count;

        public GltfMeshes(GltfAccessors accessors, GltfMaterials materials)
        {
            this.accessors = accessors;
            this.materials = materials;
        }

        /// <summary>Reads one mesh; null where it has points and lines only.</summary>
        public GltfMesh Read(GltfItem item, string name)
        {
            var mesh = new GltfMesh { Name = name };
            IList<GltfItem> parts = item.Items("primitives");
            count += parts.Count;
            if (count > MaximumPrimitives) throw item.Error("is too much: at most " + MaximumPrimitives + " primitives are read");
            var found = new List<IList<string>> { item.ExtraTexts("targetNames") };
            foreach (GltfItem part in parts)
            {
                found.Add(part.ExtraTexts("targetNames"));
                GltfPrimitive primitive = Primitive(part);
                if (primitive != null) mesh.Primitives.Add(primitive);
            }
            if (mesh.Primitives.Count == 0) return null;
            int morphs = mesh.Primitives[0].Morphs.Length;
            foreach (GltfPrimitive primitive in mesh.Primitives)
                if (primitive.Morphs.Length != morphs) throw item.Error("has primitives of " + morphs + " and " + primitive.Morphs.Length + " morph targets");
            IList<string> given = null;
            foreach (IList<string> names in found) if (given == null && names.Count == morphs) given = names;
            mesh.MorphNames = GltfNames.Unique(given ?? new List<string>(new string[morphs].Fill("")), "morph");
            float[] weights = item.Numbers("weights", -1);
            mesh.MorphWeights = morphs == 0 || weights == null || weights.Length == 0 ? new float[morphs] : weights;
            if (mesh.MorphWeights.Length != morphs) throw item.Error("weights", "must hold " + morphs + " numbers, got " + weights.Length);
            return mesh;
        }

        private GltfPrimitive Primitive(GltfItem item)
        {
            int mode = item.Integer("mode", 4, 0, 6);
            if (mode < 4) return null;
            GltfItem attributes = item.Item("attributes");
            int position = attributes == null ? -1 : attributes.Index("POSITION", accessors.Count);
            if (position < 0) throw item.Error("has no POSITION");
            if (item.Extension("KHR_draco_mesh_compression") != null && !accessors.HasData(position))
                throw item.Error("is packed with KHR_draco_mesh_compression; export the model without Draco compression");
            var made = new GltfPrimitive { Vertices = Vectors(accessors.Floats(position, "VEC3")) };
            int vertices = made.Vertices.Length;
            made.Material = item.Index("material", materials.Found.Count);
            float[] normals = Attribute(attributes, "NORMAL", vertices, 3, "VEC3");
            if (normals != null) made.Normals = Unit(Vectors(normals));
            float[] tangents = Attribute(attributes, "TANGENT", vertices, 4, "VEC4");
            if (tangents != null) made.Tangents = Tangents(tangents);
            float[] colours = Attribute(attributes, "COLOR_0", vertices, -1, "VEC3", "VEC4");
            if (colours != null) made.Colours = Colours(colours, vertices);
            ReadUv(made, attributes, vertices);
            ReadInfluences(made, attributes, vertices);
            ReadMorphs(made, item, vertices);
            made.Triangles = Triangles(item, mode, vertices);
            return made;
        }

        private float[] Attribute(GltfItem attributes, string name, int vertices, int width, params string[] types)
        {
            int index = attributes.Index(name, accessors.Count);
            if (index < 0) return null;
            float[] values = accessors.Floats(index, types);
            if (accessors.Rows(index) != vertices) throw attributes.Error(name, "has " + accessors.Rows(index) + " rows, there are " + vertices + " vertices");
            accessors.Take(4L * values.Length);
            return values;
        }

        private void ReadUv(GltfPrimitive made, GltfItem attributes, int vertices)
        {
            GltfCoordinates first = made.Material < 0 ? null : materials.Base[made.Material], second = made.Material < 0 ? null : materials.Normal[made.Material];
            GltfCoordinates where = first ?? second ?? new GltfCoordinates();
            float[] uv = Attribute(attributes, "TEXCOORD_" + where.Set, vertices, 2, "VEC2");
            if (uv != null) made.Uv = where.Apply(uv);
            if (first == null || second == null || first.Same(second)) return;
            uv = Attribute(attributes, "TEXCOORD_" + second.Set, vertices, 2, "VEC2");
            if (uv != null) made.NormalUv = second.Apply(uv);
        }

        private void ReadInfluences(GltfPrimitive made, GltfItem attributes, int vertices)
        {
            int sets = 0;
            while (sets < 16 && attributes.Has("JOINTS_" + sets)) sets++;
            if (sets == 0) return;
            int width = made.Influences = 4 * sets;
            accessors.Take(8L * width * vertices);
            made.Joints = new int[width * vertices];
            made.Weights = new float[width * vertices];
            for (int set = 0; set < sets; set++)
            {
                int index = attributes.Index("JOINTS_" + set, accessors.Count);
                float[] weights = Attribute(attributes, "WEIGHTS_" + set, vertices, 4, "VEC4");
                if (weights == null) throw attributes.Error("have JOINTS without WEIGHTS");
                int[] joints = accessors.Integers(index, "VEC4");
                if (joints.Length != weights.Length) throw attributes.Error("have JOINTS and WEIGHTS of different lengths");
                for (int v = 0; v < vertices; v++)
                    for (int k = 0; k < 4; k++)
                    {
                        float weight = Math.Max(weights[4 * v + k], 0);
                        made.Weights[width * v + 4 * set + k] = weight;
                        // Many exporters leave rubbish in the joints that weigh nothing.
                        made.Joints[width * v + 4 * set + k] = weight > 0 ? joints[4 * v + k] : 0;
                    }
            }
            for (int v = 0; v < vertices; v++)
            {
                double sum = 0;
                for (int k = 0; k < width; k++) sum += made.Weights[width * v + k];
                if (!(sum > 0)) made.Weights[width * v] = 1;
                else if (Math.Abs(sum - 1) > 1e-7) for (int k = 0; k < width; k++) made.Weights[width * v + k] = (float)(made.Weights[width * v + k] / sum);
            }
        }

        private void ReadMorphs(GltfPrimitive made, GltfItem item, int vertices)
        {
            IList<GltfItem> targets = item.Items("targets");
            accessors.Take(12L * targets.Count * vertices);
            made.Morphs = new Vector3[targets.Count][];
            bool turned = false;
            for (int i = 0; i < targets.Count; i++)
            {
                made.Morphs[i] = Moved(targets[i], "POSITION", vertices);
                turned |= targets[i].Has("NORMAL");
            }
            if (!turned || made.Normals == null) return;
            accessors.Take(12L * targets.Count * vertices);
            made.MorphNormals = new Vector3[targets.Count][];
            for (int i = 0; i < targets.Count; i++)
                made.MorphNormals[i] = Moved(targets[i], "NORMAL", vertices);
        }

        private Vector3[] Moved(GltfItem target, string name, int vertices)
        {
            float[] values = Attribute(target, name, vertices, 3, "VEC3");
            if (values == null) return new Vector3[vertices];
            accessors.Forget(target.Index(name, accessors.Count));
            return Vectors(values);
        }

        private int[] Triangles(GltfItem item, int mode, int vertices)
        {
            int index = item.Index("indices", accessors.Count);
            int[] corners;
            if (index >= 0) corners = accessors.Integers(index, "SCALAR");
            else
            {
                corners = new int[vertices];
                for (int i = 0; i < vertices; i++) corners[i] = i;
            }
            accessors.Take(12L * corners.Length);
            foreach (int corner in corners)
                if (corner >= vertices) throw item.Error("indices", "reach " + corner + ", there are " + vertices + " vertices");
            if (corners.Length < 3 || mode == 4 && corners.Length % 3 != 0) throw item.Error("has " + corners.Length + " indices, which make no triangles");
            if (mode == 4) return (int[])corners.Clone();
            var made = new List<int>();
            for (int i = 0; i + 2 < corners.Length; i++)
            {
                int odd = i % 2;
                int a = mode == 5 ? corners[i] : corners[i + 1];
                int b = mode == 5 ? corners[i + 1 + odd] : corners[i + 2];
                int c = mode == 5 ? corners[i + 2 - odd] : corners[0];
                // Strips are stitched together by triangles without a surface.
                if (a != b && b != c && c != a) made.AddRange(new[] { a, b, c });
            }
            return made.ToArray();
        }

        private static Vector3[] Vectors(float[] values)
        {
            var made = new Vector3[values.Length / 3];
            for (int i = 0; i < made.Length; i++) made[i] = new Vector3(values[3 * i], values[3 * i + 1], values[3 * i + 2]);
            return made;
        }

        private static Vector3[] Unit(Vector3[] values)
        {
            for (int i = 0; i < values.Length; i++)
            {
                Vector3 v = values[i];
                double length = Math.Sqrt((double)v.x * v.x + (double)v.y * v.y + (double)v.z * v.z);
                if (!(length > 0)) values[i] = new Vector3(0, 0, 1);
                else if (Math.Abs(length - 1) >= 1e-4) values[i] = new Vector3((float)(v.x / length), (float)(v.y / length), (float)(v.z / length));
            }
            return values;
        }

        private static Vector4[] Tangents(float[] values)
        {
            var directions = new Vector3[values.Length / 4];
            for (int i = 0; i < directions.Length; i++) directions[i] = new Vector3(values[4 * i], values[4 * i + 1], values[4 * i + 2]);
            Unit(directions);
            var made = new Vector4[directions.Length];
            for (int i = 0; i < made.Length; i++) made[i] = new Vector4(directions[i].x, directions[i].y, directions[i].z, values[4 * i + 3] < 0 ? -1 : 1);
            return made;
        }

        private static Color[] Colours(float[] values, int vertices)
        {
            int width = values.Length / vertices;
            var made = new Color[vertices];
            for (int i = 0; i < vertices; i++)
                made[i] = new Color(values[width * i], values[width * i + 1], values[width * i + 2], width == 4 ? values[width * i + 3] : 1);
            return made;
        }
    }

    internal static class Arrays
    {
        public static T[] Fill<T>(this T[] array, T value)
        {
            for (int i = 0; i < array.Length; i++) array[i] = value;
            return array;
        }
    }
}
