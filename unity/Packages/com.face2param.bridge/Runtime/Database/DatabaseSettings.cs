using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>
    /// Everything that decides what record i of a database looks like; the fields and limits are
    /// those of Python's face2param.database.manifest.Settings.
    /// </summary>
    public sealed class DatabaseSettings
    {
        const double Rounding = 1e-9;

        /// <summary>Name that Python knows the engine by.</summary>
        public string Engine = "unity";

        /// <summary>Of the head that is drawn.</summary>
        public string EngineVersion = "";

        /// <summary>Name of the schema.</summary>
        public string Schema = "";

        /// <summary>Of the schema.</summary>
        public string SchemaHash = "";

        /// <summary>Of all random numbers; 0 or more.</summary>
        public long Seed = 1;

        /// <summary>Side of the square pictures in pixels.</summary>
        public int Size = 512;

        /// <summary>1 samples the full range of every parameter, less shrinks it to the default.
        /// </summary>
        public double Spread = 1;

        /// <summary>Always false here: all values are independent.</summary>
        public bool Plausible;

        /// <summary>Amount of random expression and pose, 0 to 1.</summary>
        public double Jitter;

        /// <summary>Whether label maps are written.</summary>
        public bool Labels;

        /// <summary>Share of the records that are for validation.</summary>
        public double ValidationFraction = 0.2;

        /// <summary>Of the pictures.</summary>
        public int JpegQuality = 92;

        /// <summary>Samples per pixel along each axis.</summary>
        public int Supersample = 2;

        /// <summary>Checks the ranges.</summary>
        /// <exception cref="DatabaseException">A number is out of range; the message names it.
        /// </exception>
        public void Check()
        {
            Require("size", Size, 64, 2048);
            Require("spread", Spread, 0, 1);
            Require("jitter", Jitter, 0, 1);
            Require("validation_fraction", ValidationFraction, 0, 0.9);
            Require("jpeg_quality", JpegQuality, 50, 100);
            Require("supersample", Supersample, 1, 4);
            if (Seed < 0)
            {
                throw new DatabaseException("seed is " + Seed + "; it must be 0 or more");
            }
        }

        /// <summary>Whether a record is for validation: every fifth one at a fraction of 0.2. The
        /// rule looks at the index alone, so that an extended database moves no record.</summary>
        public bool IsValidation(int index)
        {
            return Share(index + 1) > Share(index);
        }

        /// <summary>The fields as Python's manifest.json names them.</summary>
        public JsonValue ToJson()
        {
            return JsonValue.NewObject()
                .Add("engine", JsonValue.Of(Engine))
                .Add("engine_version", JsonValue.Of(EngineVersion))
                .Add("schema", JsonValue.Of(Schema))
                .Add("schema_hash", JsonValue.Of(SchemaHash))
                .Add("seed", JsonValue.Integer(Seed))
                .Add("size", JsonValue.Of(Size))
                .Add("spread", JsonValue.Of(Spread))
                .Add("plausible", JsonValue.Of(Plausible))
                .Add("jitter", JsonValue.Of(Jitter))
                .Add("labels", JsonValue.Of(Labels))
                .Add("validation_fraction", JsonValue.Of(ValidationFraction))
                .Add("jpeg_quality", JsonValue.Of(JpegQuality))
                .Add("supersample", JsonValue.Of(Supersample));
        }

        /// <summary>The fields in which two settings differ, for a message; empty: none.</summary>
        /// <param name="there">As a manifest holds them.</param>
        /// <param name="now">As they are asked for.</param>
        public static IList<string> Differences(JsonValue there, JsonValue now)
        {
            var differences = new List<string>();
            foreach (string name in now.Names)
            {
                JsonValue old = there[name], asked = now[name];
                bool same = old != null && old.Kind == asked.Kind && (old.Kind == JsonKind.Text
                    ? old.Text == asked.Text
                    : old.Number == asked.Number);
                if (!same)
                {
                    differences.Add(string.Format(
                        "{0} {1} (there) and {2} (now)",
                        name, old == null ? "missing" : old.Describe(), asked.Describe()));
                }
            }
            return differences;
        }

        int Share(int count)
        {
            // 1e-9: the products of binary fractions must not fall just short of a whole number.
            return (int)(count * ValidationFraction + Rounding);
        }

        static void Require(string name, double value, double low, double high)
        {
            if (!(value >= low && value <= high))
            {
                throw new DatabaseException(string.Format(
                    "{0} is {1}; it must be in [{2}, {3}]", name, Decimals.Repr(value),
                    Decimals.Repr(low), Decimals.Repr(high)));
            }
        }
    }
}
