using System;
using System.Collections.Generic;
using UnityEngine;

namespace Face2Param
{
    /// <summary>The objects of an imported model, as a rig sees and moves them.</summary>
    internal sealed class RigScene
    {
        private readonly ModelNodes nodes;
        private readonly SkinnedMeshRenderer[] skins;
        private readonly Dictionary<string, List<Material>> materials = new Dictionary<string, List<Material>>(StringComparer.Ordinal);
        private readonly Dictionary<string, Texture> textures = new Dictionary<string, Texture>(StringComparer.Ordinal);
        private readonly HashSet<string> swapped = new HashSet<string>(StringComparer.Ordinal);

        public RigScene(ModelNodes nodes)
        {
            this.nodes = nodes;
            Model = new RigModel();
            skins = new SkinnedMeshRenderer[nodes.nodes.Length];
            int weight = 0;
            for (int i = 0; i < skins.Length; i++)
            {
                var node = new RigModel.Node
                {
                    Name = nodes.names[i], Parent = nodes.parents[i], Position = Handedness.ToUnity(nodes.positions[i]),
                    Rotation = Handedness.ToUnity(nodes.rotations[i]), Scale = nodes.scales[i],
                };
                if (nodes.nodes[i] == null)
                    throw new EngineException("the model of '" + nodes.name + "' has lost its node '" + nodes.names[i] + "'; put the model into the scene anew");
                skins[i] = nodes.nodes[i].GetComponent<SkinnedMeshRenderer>();
                if (skins[i] != null && skins[i].sharedMesh != null)
                {
                    int count = skins[i].sharedMesh.blendShapeCount;
                    node.MorphNames = new string[count];
                    node.MorphWeights = new float[count];
                    for (int m = 0; m < count; m++)
                    {
                        node.MorphNames[m] = skins[i].sharedMesh.GetBlendShapeName(m);
                        node.MorphWeights[m] = nodes.morphWeights[weight++] / FullWeight(skins[i].sharedMesh, m);
                    }
                }
                Model.Nodes.Add(node);
            }
            Dress();
        }

        public RigModel Model { get; private set; }

        /// <summary>False once objects are gone, as when the model was imported anew.</summary>
        public bool IsWhole { get { return nodes != null && Array.TrueForAll(nodes.nodes, node => node != null); } }

        public IList<Material> MaterialsNamed(string material)
        {
            List<Material> found;
            return materials.TryGetValue(material, out found) ? found : new List<Material>();
        }

        public Texture RestTexture(string material)
        {
            Texture found;
            return textures.TryGetValue(material + "\tbase", out found) ? found : null;
        }

        /// <summary>Moves bones, sets blend shapes, hides and shows.</summary>
        public void Pose(RigOutcome outcome, IList<int> governed, float unit)
        {
            Vector3 place = outcome.RootPosition;
            Quaternion turn = outcome.RootRotation;
            for (int i = 0; i < skins.Length; i++)
            {
                Vector3 position = outcome.Position(i), scale = outcome.Scale(i);
                Quaternion rotation = outcome.Rotations[i];
                if (Model.Nodes[i].Parent < 0)
                {
                    // The whole model turns and is brought to metres at its uppermost nodes, so that
                    // the place of the object itself stays the user's.
                    position = (turn * position + place) * unit;
                    rotation = turn * rotation;
                    scale = scale * unit;
                }
                Transform node = nodes.nodes[i];
                node.localPosition = Handedness.ToUnity(position);
                node.localRotation = Handedness.ToUnity(rotation);
                node.localScale = scale;
                for (int m = 0; m < Model.Nodes[i].MorphNames.Count; m++)
                    skins[i].SetBlendShapeWeight(m, outcome.MorphWeight(i, m) * FullWeight(skins[i].sharedMesh, m));
            }
            foreach (int node in governed)
            {
                bool hidden = !outcome.Shown[node] && (Model.Nodes[node].Parent < 0 || outcome.Shown[Model.Nodes[node].Parent]);
                nodes.nodes[node].gameObject.SetActive(!hidden);
            }
        }

        /// <summary>Sets colours and swapped textures.</summary>
        public void Paint(RigOutcome outcome, FaceRig rig)
        {
            foreach (RigModel.Surface surface in Model.Surfaces)
            {
                foreach (Material material in materials[surface.Name])
                {
                    GlbMaterials.SetColor(material, outcome.BaseColor(surface.Name));
                    GlbMaterials.SetRoughness(material, outcome.Roughness(surface.Name));
                    if (material.HasProperty("_Metallic")) material.SetFloat("_Metallic", outcome.Metallic(surface.Name));
                    Swap(material, surface.Name, "base", outcome, rig);
                    Swap(material, surface.Name, "normal", outcome, rig);
                }
            }
        }

        /// <summary>World positions of points of the surface.</summary>
        public Vector3[] Landmarks(IList<HeadLandmark> points)
        {
            var baked = new Dictionary<string, Vector3[]>(StringComparer.Ordinal);
            var corners = new Dictionary<string, int[]>(StringComparer.Ordinal);
            var found = new Vector3[points.Count];
            for (int i = 0; i < found.Length; i++)
            {
                HeadLandmark point = points[i];
                string key = point.Node + "\t" + point.Primitive;
                int index = Array.IndexOf(nodes.names, point.Node);
                Mesh mesh = index < 0 ? null : MeshOf(nodes.nodes[index]);
                if (mesh == null || point.Primitive >= mesh.subMeshCount) throw Lost(i, point);
                if (!baked.ContainsKey(point.Node)) baked.Add(point.Node, WorldVertices(nodes.nodes[index]));
                if (!corners.ContainsKey(key)) corners.Add(key, mesh.GetTriangles(point.Primitive));
                int[] triangles = corners[key];
                if (point.Triangle >= triangles.Length / 3) throw Lost(i, point);
                // The importer turned the second and third corner.
                Vector3[] v = baked[point.Node];
                int at = 3 * point.Triangle;
                found[i] = v[triangles[at]] * point.Barycentric[0] + v[triangles[at + 2]] * point.Barycentric[1] + v[triangles[at + 1]] * point.Barycentric[2];
            }
            return found;
        }

        /// <summary>Where the vertices of a node's mesh are drawn.</summary>
        public static Vector3[] WorldVertices(Transform node)
        {
            var skin = node.GetComponent<SkinnedMeshRenderer>();
            Vector3[] vertices;
            // BakeMesh leaves out the scale of the transform.
            Matrix4x4 place = skin == null ? node.localToWorldMatrix : Matrix4x4.TRS(node.position, node.rotation, Vector3.one);
            if (skin == null) vertices = MeshOf(node).vertices;
            else
            {
                var mesh = new Mesh();
                skin.BakeMesh(mesh);
                vertices = mesh.vertices;
                UnityEngine.Object.DestroyImmediate(mesh);
            }
            for (int i = 0; i < vertices.Length; i++) vertices[i] = place.MultiplyPoint3x4(vertices[i]);
            return vertices;
        }

        private static Mesh MeshOf(Transform node)
        {
            var skin = node.GetComponent<SkinnedMeshRenderer>();
            if (skin != null) return skin.sharedMesh;
            var filter = node.GetComponent<MeshFilter>();
            return filter == null ? null : filter.sharedMesh;
        }

        private static EngineException Lost(int number, HeadLandmark point)
        {
            return new EngineException("landmark " + number + ": the model has no triangle " + point.Triangle + " in primitive " + point.Primitive + " of node '" + point.Node + "'");
        }

        private static float FullWeight(Mesh mesh, int shape)
        {
            float weight = mesh.GetBlendShapeFrameWeight(shape, mesh.GetBlendShapeFrameCount(shape) - 1);
            return weight > 0 ? weight : GlbScene.FullWeight;
        }

        /// <summary>Gives every renderer its own copies of the materials that the model came with.</summary>
        private void Dress()
        {
            var copies = new Dictionary<Material, Material>();
            int at = 0;
            foreach (Renderer renderer in nodes.renderers)
            {
                var worn = new Material[renderer.sharedMaterials.Length];
                for (int i = 0; i < worn.Length; i++)
                {
                    Material original = nodes.materials[at++];
                    if (original == null) continue;
                    Material copy;
                    if (!copies.TryGetValue(original, out copy))
                    {
                        copy = new Material(original) { name = original.name, hideFlags = HideFlags.DontSave };
                        copies.Add(original, copy);
                        Know(copy);
                    }
                    worn[i] = copy;
                }
                renderer.sharedMaterials = worn;
            }
        }

        /// <summary>Gives the renderers back what they came with and removes the copies.</summary>
        public void Undress()
        {
            int at = 0;
            foreach (Renderer renderer in IsWhole ? nodes.renderers : new Renderer[0])
            {
                var worn = new Material[renderer.sharedMaterials.Length];
                for (int i = 0; i < worn.Length; i++) worn[i] = nodes.materials[at++];
                renderer.sharedMaterials = worn;
            }
            foreach (List<Material> copies in materials.Values) foreach (Material copy in copies) UnityEngine.Object.DestroyImmediate(copy);
        }

        private void Know(Material material)
        {
            List<Material> list;
            if (materials.TryGetValue(material.name, out list))
            {
                list.Add(material);
                return;
            }
            materials.Add(material.name, new List<Material> { material });
            Color color = material.HasProperty("_BaseColor") ? material.GetColor("_BaseColor") : material.HasProperty("_Color") ? material.GetColor("_Color") : Color.white;
            string smooth = material.HasProperty("_Smoothness") ? "_Smoothness" : "_Glossiness";
            Model.Surfaces.Add(new RigModel.Surface
            {
                Name = material.name, BaseColor = color.linear, Roughness = material.HasProperty(smooth) ? 1 - material.GetFloat(smooth) : 1,
                Metallic = material.HasProperty("_Metallic") ? material.GetFloat("_Metallic") : 0,
            });
            textures.Add(material.name + "\tbase", GlbMaterials.GetTexture(material, false));
            textures.Add(material.name + "\tnormal", GlbMaterials.GetTexture(material, true));
        }

        private void Swap(Material material, string name, string slot, RigOutcome outcome, FaceRig rig)
        {
            string image = outcome.TextureOf(name, slot), key = name + "\t" + slot;
            if (image == null && !swapped.Contains(key)) return;
            Texture texture = image == null ? textures[key] : rig.Image(image);
            if (image != null && texture == null) throw new EngineException("the Face Rig of '" + rig.name + "' has no picture '" + image + "'; add it to its field Images");
            GlbMaterials.SetTexture(material, slot == "normal", texture);
            if (image == null) swapped.Remove(key);
            else swapped.Add(key);
        }
    }
}
