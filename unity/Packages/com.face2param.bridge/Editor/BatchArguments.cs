using System;
using System.Globalization;

namespace Face2Param.Editor
{
    /// <summary>What a batch run was asked for on Unity's command line.</summary>
    public sealed class BatchArguments
    {
        /// <summary>The genders that -gender takes.</summary>
        public const string Male = "male", Female = "female";

        const int MostRecords = DatabaseSession.MaximumCount;

        /// <summary>Number of records.</summary>
        public int Count = 2000;

        /// <summary>Seed, spread, size and so on.</summary>
        public readonly DatabaseSettings Settings = new DatabaseSettings();

        /// <summary>Folder of the database; null: export/database beside the project.</summary>
        public string Output;

        /// <summary>male, female or the name of a head; null: the only one.</summary>
        public string Family;

        /// <summary>Path of a head file in the project; null: by family.</summary>
        public string Head;

        /// <summary>Whether a database in the folder is deleted first.</summary>
        public bool Overwrite;

        /// <summary>Body shape of picture names.</summary>
        public int Shape
        {
            get { return Family == Female ? BytesFile.Female : BytesFile.Male; }
        }

        /// <summary>Reads the command line; arguments that are Unity's own are left alone.
        /// </summary>
        /// <exception cref="DatabaseException">A value is missing, no number or out of range.
        /// </exception>
        public static BatchArguments Parse(string[] commandLine)
        {
            var parsed = new BatchArguments();
            for (int i = 0; i < commandLine.Length; i++)
            {
                string name = commandLine[i];
                string next = i + 1 < commandLine.Length ? commandLine[i + 1] : null;
                Func<string> value = () => Require(name, next);
                switch (name)
                {
                    case "-count":
                        parsed.Count = (int)Whole(name, value(), MostRecords);
                        break;
                    case "-seed":
                        parsed.Settings.Seed = Whole(name, value(), long.MaxValue);
                        break;
                    case "-size":
                        parsed.Settings.Size = (int)Whole(name, value(), int.MaxValue);
                        break;
                    case "-supersample":
                        parsed.Settings.Supersample = (int)Whole(name, value(), int.MaxValue);
                        break;
                    case "-spread":
                        parsed.Settings.Spread = Number(name, value());
                        break;
                    case "-jitter":
                        parsed.Settings.Jitter = Number(name, value());
                        break;
                    case "-output":
                        parsed.Output = value();
                        break;
                    case "-gender":
                        parsed.Family = Gender(value());
                        break;
                    case "-family":
                        parsed.Family = value();
                        break;
                    case "-head":
                        parsed.Head = value();
                        break;
                    case "-labels":
                        parsed.Settings.Labels = true;
                        break;
                    case "-overwrite":
                        parsed.Overwrite = true;
                        break;
                }
            }
            parsed.Settings.Check();
            return parsed;
        }

        static string Require(string name, string value)
        {
            // A negative number is a value; what else begins with a dash is the next argument.
            bool isName = value != null && value.Length > 1 && value[0] == '-'
                && !char.IsDigit(value[1]);
            if (string.IsNullOrEmpty(value) || isName)
            {
                throw new DatabaseException(name + " needs a value");
            }
            return value;
        }

        static long Whole(string name, string text, long most)
        {
            long number;
            if (!long.TryParse(
                    text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
                || number < 0 || number > most)
            {
                throw new DatabaseException(
                    name + " is '" + text + "'; it must be a whole number from 0 to " + most);
            }
            return number;
        }

        static double Number(string name, string text)
        {
            double number;
            if (!double.TryParse(
                    text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            {
                throw new DatabaseException(name + " is '" + text + "'; it must be a number");
            }
            return number;
        }

        static string Gender(string text)
        {
            if (text != Male && text != Female)
            {
                throw new DatabaseException("-gender is '" + text + "'; it must be male or female");
            }
            return text;
        }
    }
}
