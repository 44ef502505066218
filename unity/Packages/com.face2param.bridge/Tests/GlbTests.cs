using System;
using System.Text;
using NUnit.Framework;
using UnityEngine;

namespace Face2Param.Tests
{
    public sealed class GlbTests
    {
        private const string Json = @"{""asset"": {""version"": ""2.0""}, ""scenes"": [{""nodes"": [0]}], ""buffers"": [{""byteLength"": 72}],
            ""nodes"": [{""name"": ""face"", ""mesh"": 0, ""translation"": [1, 2, 3], ""rotation"": [0, 0, 0.6, 0.8]}],
            ""meshes"": [{""name"": ""skin"", ""extras"": {""targetNames"": [""smile""]}, ""weights"": [0.25],
                ""primitives"": [{""attributes"": {""POSITION"": 0}, ""targets"": [{""POSITION"": 1}]}]}],
            ""bufferViews"": [{""buffer"": 0, ""byteLength"": 36}, {""buffer"": 0, ""byteOffset"": 36, ""byteLength"": 36}],
            ""accessors"": [{""bufferView"": 0, ""componentType"": 5126, ""count"": 3, ""type"": ""VEC3""},
                {""bufferView"": 1, ""componentType"": 5126, ""count"": 3, ""type"": ""VEC3""}]}";

        private static readonly float[] Numbers = { 0, 0, 0, 1, 0, 0, 0, 1, 0, 0.5f, 0, 0, 0, 0, 0.5f, 0, 0, 0 };

        [Test]
        public void AMeshWithABlendShape()
        {
            GlbScene scene = GlbScene.Build(GlbFile.Parse(File(Json), "test", "test"));
            try
            {
                var face = scene.Root.GetComponentInChildren<SkinnedMeshRenderer>();
                Assert.AreEqual("face", face.name);
                Assert.AreEqual(-1f, face.transform.localPosition.x);
                Assert.AreEqual(-0.6f, face.transform.localRotation.z);
                Assert.AreEqual(-1f, face.sharedMesh.vertices[1].x);
                Assert.AreEqual(new[] { 0, 2, 1 }, face.sharedMesh.triangles);
                Assert.AreEqual("smile", face.sharedMesh.GetBlendShapeName(0));
                Assert.AreEqual(25f, face.GetBlendShapeWeight(0));
                var moved = new Vector3[3];
                face.sharedMesh.GetBlendShapeFrameVertices(0, 0, moved, null, null);
                Assert.AreEqual(-0.5f, moved[0].x);
                Assert.AreEqual(0.5f, moved[1].z);
            }
            finally
            {
                UnityEngine.Object.DestroyImmediate(scene.Root);
            }
        }

        [TestCase("\"count\": 3", "\"count\": 2147483647", "for its data")]
        [TestCase("\"byteOffset\": 36", "\"byteOffset\": 37", "ends at byte 73 of a buffer of 72")]
        [TestCase("\"version\": \"2.0\"", "\"version\": \"1.0\"", "no glTF 2.0 file")]
        [TestCase("{\"asset\"", "{\"extensionsRequired\": [\"KHR_draco_mesh_compression\"], \"asset\"", "without Draco compression")]
        public void DamagedFilesAreRefused(string old, string changed, string message)
        {
            var error = Assert.Throws<CodecException>(() => GlbFile.Parse(File(Json.Replace(old, changed)), "test", "test"));
            StringAssert.Contains(message, error.Message);
        }

        private static byte[] File(string json)
        {
            byte[] text = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 3) / 4 * 4));
            var data = new byte[12 + 8 + text.Length + 8 + 4 * Numbers.Length];
            LittleEndian.Put(data, 0, 0x46546C67);
            LittleEndian.Put(data, 4, 2);
            LittleEndian.Put(data, 8, data.Length);
            LittleEndian.Put(data, 12, text.Length);
            LittleEndian.Put(data, 16, 0x4E4F534A);
            Array.Copy(text, 0, data, 20, text.Length);
            LittleEndian.Put(data, 20 + text.Length, 4 * Numbers.Length);
            LittleEndian.Put(data, 24 + text.Length, 0x004E4942);
            LittleEndian.Put(data, 28 + text.Length, Numbers);
            return data;
        }
    }
}
