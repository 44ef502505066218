namespace Face2Param.Link
{
    /// <summary>
    /// Draws for the link. LinkServer calls every member on the main thread, where Unity's
    /// objects may be touched: the properties once, at Start.
    /// </summary>
    public interface ILinkDrawer
    {
        /// <summary>Name of the game, for people.</summary>
        string EngineName { get; }

        /// <summary>Changes whenever the same character gives another picture.</summary>
        string EngineVersion { get; }

        /// <summary>16 hexadecimal characters.</summary>
        string SchemaHash { get; }

        /// <summary>The schema's JSON text, as Python writes it.</summary>
        string SchemaJson { get; }

        /// <summary>Floats of an encoded character.</summary>
        int EncodedLength { get; }

        /// <summary>Floats of an expression and pose.</summary>
        int NuisanceLength { get; }

        /// <summary>What Draw can give. Image is a must; databases and photographs need Landmarks
        /// too; Labels are for generate_database --labels.</summary>
        LinkSections Sections { get; }

        /// <summary>Draws one picture; the same request gives the same bytes.</summary>
        /// <exception cref="LinkException">It cannot; the client gets the code and message.</exception>
        LinkPicture Draw(LinkRequest request);

        /// <summary>Puts a character on the head that people look at.</summary>
        void Show(float[] encoded, float[] nuisance);
    }
}
