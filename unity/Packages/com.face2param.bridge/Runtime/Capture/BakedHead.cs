using System;
using System.Collections.Generic;
using UnityEngine;
using Object = UnityEngine.Object;

namespace Face2Param
{
    /// <summary>
    /// Skinned meshes of a head as they stand now, for cameras that draw by hand. Unity skins once
    /// a frame, and a batch run has no frames: without this, many pictures would show one face.
    /// </summary>
    public sealed class BakedHead : IDisposable
    {
        sealed class Part
        {
            public SkinnedMeshRenderer Source;
            public GameObject Holder;
            public MeshRenderer Drawn;
            public Mesh Mesh;
            public bool WasOn;
        }

        readonly List<Part> parts = new List<Part>();

        /// <summary>Prepares a stand-in for every skinned mesh below an object.</summary>
        public BakedHead(Component head)
        {
            foreach (SkinnedMeshRenderer source in
                     head.GetComponentsInChildren<SkinnedMeshRenderer>(true))
            {
                var holder = new GameObject("Face2Param " + source.name);
                holder.hideFlags = HideFlags.HideAndDontSave;
                holder.layer = source.gameObject.layer;
                var mesh = new Mesh { name = source.name, hideFlags = HideFlags.HideAndDontSave };
                holder.AddComponent<MeshFilter>().sharedMesh = mesh;
                MeshRenderer drawn = holder.AddComponent<MeshRenderer>();
                drawn.shadowCastingMode = source.shadowCastingMode;
                drawn.receiveShadows = source.receiveShadows;
                holder.SetActive(false);
                parts.Add(new Part { Source = source, Holder = holder, Drawn = drawn, Mesh = mesh });
            }
        }

        /// <summary>Puts the stand-ins in the place of what is shown.</summary>
        public void Show()
        {
            foreach (Part part in parts)
            {
                SkinnedMeshRenderer source = part.Source;
                part.WasOn = source.enabled;
                if (!source.enabled || !source.gameObject.activeInHierarchy)
                {
                    continue;
                }
                source.BakeMesh(part.Mesh);
                part.Mesh.RecalculateBounds();
                // Baked vertices have the scale of their transform already.
                part.Holder.transform.SetPositionAndRotation(
                    source.transform.position, source.transform.rotation);
                Material[] materials = source.sharedMaterials;
                part.Drawn.sharedMaterials = materials;
                for (int i = 0; i < materials.Length; i++)
                {
                    var block = new MaterialPropertyBlock();
                    source.GetPropertyBlock(block, i);
                    part.Drawn.SetPropertyBlock(block, i);
                }
                part.Holder.SetActive(true);
                source.enabled = false;
            }
        }

        /// <summary>Shows the skinned meshes again.</summary>
        public void Hide()
        {
            foreach (Part part in parts)
            {
                part.Holder.SetActive(false);
                if (part.Source != null)
                {
                    part.Source.enabled = part.WasOn;
                }
            }
        }

        /// <summary>Removes the stand-ins.</summary>
        public void Dispose()
        {
            foreach (Part part in parts)
            {
                Object.DestroyImmediate(part.Holder);
                Object.DestroyImmediate(part.Mesh);
            }
            parts.Clear();
        }
    }
}
