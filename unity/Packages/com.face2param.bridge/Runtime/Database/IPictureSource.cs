namespace Face2Param
{
    /// <summary>One picture of a head and what is known about it.</summary>
    public sealed class Shot
    {
        /// <summary>Points of a face.</summary>
        public const int Points = 68;

        /// <summary>The picture as a JPEG file.</summary>
        public byte[] Jpeg;

        /// <summary>The class of each pixel as a PNG file; null where nobody asked.</summary>
        public byte[] LabelsPng;

        /// <summary>x, y of the 68 landmarks in pixels, y downwards.</summary>
        public float[] Landmarks;

        /// <summary>Which landmarks are seen.</summary>
        public bool[] Visibility;
    }

    /// <summary>Who draws the pictures of a database: a head before the camera, or a fake.</summary>
    public interface IPictureSource
    {
        /// <summary>Changes whenever the same character gives another picture.</summary>
        string Version { get; }

        /// <summary>What a character of this head can do.</summary>
        CharacterSchema Schema { get; }

        /// <summary>Body shape of face-nn's picture names: 3 male, 4 female.</summary>
        int Shape { get; }

        /// <summary>Draws a character.</summary>
        /// <param name="character">Of the schema.</param>
        /// <param name="nuisance">Expression and pose in the units of the controls.</param>
        /// <param name="settings">Size, quality, samples and whether labels are wanted.</param>
        Shot Draw(Character character, float[] nuisance, DatabaseSettings settings);
    }
}
