using System;
using System.Collections.Generic;
using UnityEngine;

// The namespace moved in 2020.2.
#if UNITY_2020_2_OR_NEWER
namespace UnityEditor.AssetImporters
#else
namespace UnityEditor.Experimental.AssetImporters
#endif
{
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ScriptedImporterAttribute : Attribute
    {
        public ScriptedImporterAttribute(int version, string extension) { }
    }

    public abstract class ScriptedImporter : UnityEditor.AssetImporter
    {
        public abstract void OnImportAsset(AssetImportContext ctx);
    }

    public sealed class AssetImportContext
    {
        public readonly Dictionary<string, UnityEngine.Object> Added = new Dictionary<string, UnityEngine.Object>();
        public readonly List<string> Errors = new List<string>();

        public AssetImportContext(string assetPath) { this.assetPath = assetPath; }

        public string assetPath { get; private set; }
        public UnityEngine.Object mainObject { get; private set; }

        public void AddObjectToAsset(string identifier, UnityEngine.Object thing)
        {
            if (Added.ContainsKey(identifier)) throw new ArgumentException("identifier '" + identifier + "' twice");
            Added.Add(identifier, thing);
        }

        public void SetMainObject(UnityEngine.Object thing) { mainObject = thing; }
        public void LogImportError(string message) { Errors.Add(message); }
        public void LogImportWarning(string message) { Errors.Add(message); }
    }
}

namespace UnityEditor
{
    public class AssetImporter : UnityEngine.Object
    {
        public string assetPath { get; set; }
    }
}
