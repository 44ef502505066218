using NUnit.Framework;
using UnityEngine;

namespace Face2Param.Tests
{
    public sealed class RigTests
    {
        private const string Head = @"{""format"": ""face2param head"", ""version"": 1, ""model"": ""a.glb"",
            ""schema"": {""name"": ""small"", ""version"": ""1"", ""continuous"": [{""name"": ""length"", ""group"": ""jaw""}, {""name"": ""turn"", ""group"": ""jaw"", ""default"": 0.25}]},
            ""bindings"": {""length"": [{""kind"": ""bone"", ""bone"": ""jaw"", ""property"": ""position"", ""axis"": ""x"", ""minimum"": -1, ""maximum"": 3}],
                ""turn"": [{""kind"": ""bone"", ""bone"": ""jaw"", ""property"": ""rotation"", ""minimum"": [0, 0, 0, 1], ""maximum"": [0, 0, 1, 1]}]},
            ""camera"": {""position"": [0, 0, 1], ""target"": [0, 0, 0], ""field_of_view"": 0.3}}";

        [Test]
        public void TheValueRule()
        {
            Assert.AreEqual(0.0, ValueRule.Travel(0.5, 0, 0.5, 1), 0);
            Assert.AreEqual(-1.0, ValueRule.Travel(0, 0, 0.5, 1), 0);
            Assert.AreEqual(0.5, ValueRule.Travel(0.625, 0, 0.25, 1), 1e-12);
            Assert.AreEqual(1.0, ValueRule.Travel(9, -1, 0.5, 2), 0);
            Assert.AreEqual(0.0, ValueRule.Travel(-1, 0, 0, 1), 0);
        }

        [Test]
        public void ABoneMovesAndTurns()
        {
            GameObject root = new GameObject("root"), jaw = new GameObject("jaw");
            try
            {
                jaw.transform.SetParent(root.transform, false);
                jaw.transform.localPosition = new Vector3(-1, 2, 3);
                var rig = root.AddComponent<FaceRig>();
                rig.Set(new TextAsset(Head), new NamedTexture[0]);
                rig.Apply(rig.Schema.Neutral());
                Near(new Vector3(-1, 2, 3), jaw.transform.localPosition);
                rig.Apply(rig.Schema.Neutral().With("length", 1).With("turn", 1));
                // glTF's x is 1 at rest and 3 at the end, Unity's its negative; a quarter turn about z.
                Near(new Vector3(-3, 2, 3), jaw.transform.localPosition);
                Near(new Vector3(0, -1, 0), jaw.transform.localRotation * new Vector3(1, 0, 0));
                rig.Apply(rig.Schema.Neutral().With("length", 0.25f));
                Near(new Vector3(0, 2, 3), jaw.transform.localPosition);
            }
            finally
            {
                Object.DestroyImmediate(root);
            }
        }

        [Test]
        public void WhatTheModelLacksIsNamed()
        {
            var root = new GameObject("root");
            try
            {
                var rig = root.AddComponent<FaceRig>();
                rig.Set(new TextAsset(Head), new NamedTexture[0]);
                var error = Assert.Throws<EngineException>(() => rig.Apply(Facenn95Schema.Schema.Neutral()));
                StringAssert.Contains("the model has no node 'jaw'", error.Message);
            }
            finally
            {
                Object.DestroyImmediate(root);
            }
        }

        [Test]
        public void ALostNodeIsNamed()
        {
            GameObject root = new GameObject("root"), jaw = new GameObject("jaw");
            try
            {
                jaw.transform.SetParent(root.transform, false);
                var rig = root.AddComponent<FaceRig>();
                rig.Set(new TextAsset(Head), new NamedTexture[0]);
                rig.Apply(rig.Schema.Neutral());
                Object.DestroyImmediate(jaw);
                var error = Assert.Throws<EngineException>(() => rig.Apply(rig.Character));
                StringAssert.Contains("has lost its node 'jaw'", error.Message);
            }
            finally
            {
                Object.DestroyImmediate(root);
            }
        }

        [TestCase("hat_*", "hat_a", true)]
        [TestCase("hat_[!a]", "hat_a", false)]
        [TestCase("?at", "hat", true)]
        public void Patterns(string pattern, string name, bool matches)
        {
            Assert.AreEqual(matches, Glob.Matches(pattern, name));
        }

        private static void Near(Vector3 expected, Vector3 found)
        {
            for (int i = 0; i < 3; i++) Assert.AreEqual(expected[i], found[i], 1e-5, "axis " + i);
        }
    }
}
