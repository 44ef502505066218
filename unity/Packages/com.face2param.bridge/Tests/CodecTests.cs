using System.Collections.Generic;
using NUnit.Framework;

namespace Face2Param.Tests
{
    public sealed class CodecTests
    {
        [TestCase("facenn95", 389, 0)]
        [TestCase("facenn99", 407, 4)]
        [TestCase("builtin", -1, 4)]
        public void ADbDescriptionComesBack(string name, int size, int header)
        {
            CharacterSchema schema = ShippedSchemas.Get(name);
            var names = new List<string>();
            var encoded = new List<float[]>();
            for (int i = 0; i < 5; i++)
            {
                names.Add(DbDescription.PictureName(i, schema));
                float[] vector = schema.Neutral().Encode();
                vector[i] = i / 7f;
                encoded.Add(vector);
            }
            byte[] data = new DbDescription(schema, names, encoded).ToBytes();
            if (size > 0) Assert.AreEqual(header + 5 * size, data.Length);
            DbDescription read = DbDescription.Parse(data, "test", name == "builtin" ? schema : null);
            Assert.AreEqual(schema.Hash, read.Schema.Hash);
            for (int i = 0; i < 5; i++)
            {
                Assert.AreEqual(names[i], read.Names[i]);
                Assert.AreEqual(encoded[i], read.Encoded[i]);
            }
            var shorter = new byte[data.Length - 1];
            System.Array.Copy(data, shorter, shorter.Length);
            Assert.Throws<CodecException>(() => DbDescription.Parse(shorter, "test", schema));
        }

        [TestCase("facenn95", 384)]
        [TestCase("facenn99", 400)]
        public void ABytesFileComesBack(string name, int size)
        {
            Character character = ShippedSchemas.Get(name).Neutral();
            byte[] data = new BytesFile(character, BytesFile.Female).ToBytes();
            Assert.AreEqual(size, data.Length);
            BytesFile read = BytesFile.Parse(data, "test");
            Assert.AreEqual(BytesFile.Female, read.Shape);
            Assert.AreEqual(character.Encode(), read.Character.Encode());
            data[0] = 5;
            Assert.Throws<CodecException>(() => BytesFile.Parse(data, "test"));
        }

        [Test]
        public void ParamsJsonComesBack()
        {
            Character character = BuiltinSchema.Schema.Neutral().With(BuiltinNames.HeadWidth, 0.1f);
            string text = ParamsJson.ToText(character);
            StringAssert.Contains("\"head_width\": 0.1,", text);
            Character read = ParamsJson.Parse(JsonReader.Parse(text, "test"), BuiltinSchema.Schema);
            Assert.AreEqual(character.Encode(), read.Encode());
            Assert.Throws<SchemaException>(() => ParamsJson.Parse(JsonReader.Parse(text, "test"), Facenn95Schema.Schema));
        }
    }
}
