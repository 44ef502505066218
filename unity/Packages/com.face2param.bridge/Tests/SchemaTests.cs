using NUnit.Framework;
using UnityEngine;

namespace Face2Param.Tests
{
    public sealed class SchemaTests
    {
        [TestCase("builtin", BuiltinSchema.Hash)]
        [TestCase("facenn95", Facenn95Schema.Hash)]
        [TestCase("facenn99", Facenn99Schema.Hash)]
        public void TheShippedSchemasHaveTheHashesOfPython(string name, string hash)
        {
            Assert.AreEqual(hash, ShippedSchemas.Get(name).Hash);
            CharacterSchema again = SchemaJson.FromText(SchemaJson.ToText(ShippedSchemas.Get(name)), name);
            Assert.AreEqual(hash, again.Hash);
        }

        [Test]
        public void AnUnknownSchemaIsNamed()
        {
            var error = Assert.Throws<SchemaException>(() => ShippedSchemas.Get("bultin"));
            StringAssert.Contains("'bultin'", error.Message);
        }

        [TestCase(1.0, "1.0")]
        [TestCase(0.1, "0.1")]
        [TestCase(1e-5, "1e-05")]
        [TestCase(1e16, "1e+16")]
        [TestCase(5e-324, "5e-324")]
        [TestCase(-123456.789, "-123456.789")]
        public void NumbersAreWrittenAsInPython(double value, string text)
        {
            Assert.AreEqual(text, Decimals.Repr(value));
            Assert.AreEqual(value, Decimals.ParseText(text));
        }

        [Test]
        public void CharactersChangeByName()
        {
            Character neutral = BuiltinSchema.Schema.Neutral();
            Character changed = neutral.With(BuiltinNames.HeadWidth, 0.75f);
            Assert.AreEqual(0.75f, changed.Value(BuiltinNames.HeadWidth));
            Assert.AreEqual(0.5f, neutral.Value(BuiltinNames.HeadWidth));
            Assert.Throws<SchemaException>(() => neutral.With("no_such_slider", 0.5f));
            Assert.Throws<SchemaException>(() => neutral.With(BuiltinNames.Hair, "no_such_hair"));
            Assert.AreEqual(changed.Encode(), BuiltinSchema.Schema.Decode(changed.Encode()).Encode());
        }

        [Test]
        public void ASchemaAssetIsShippedOrOfAFile()
        {
            Assert.AreEqual(BuiltinSchema.Hash, ScriptableObject.CreateInstance<SchemaAsset>().Schema.Hash);
            string json = SchemaJson.ToText(Facenn95Schema.Schema);
            Assert.AreEqual(Facenn95Schema.Hash, SchemaAsset.Of(new TextAsset(json)).Schema.Hash);
            Assert.AreEqual(Facenn95Schema.Hash, SchemaAsset.Of(new TextAsset("{\"schema\": " + json + "}")).Schema.Hash);
            Assert.Throws<SchemaException>(() => SchemaAsset.Of(new TextAsset("{}")).Schema.ToString());
        }
    }
}
