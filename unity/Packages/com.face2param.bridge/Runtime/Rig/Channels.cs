using System.Collections.Generic;

namespace Face2Param
{
    public enum TargetKind { Morph, Bone, Material, Layer }

    /// <summary>What a channel moves.</summary>
    public sealed class ChannelTarget
    {
        public TargetKind Kind;

        /// <summary>The morph, bone or material. A bone may be null: the whole model, which only turns.</summary>
        public string Name;

        /// <summary>Of a morph: the node whose mesh is meant, null: every mesh that has it.</summary>
        public string Node;

        /// <summary>Of a layer.</summary>
        public string Layer;

        /// <summary>"position", "scale", "rotation"; "base_color", "roughness"...; "amount"...</summary>
        public string Property;

        /// <summary>0, 1, 2 of a position or scale.</summary>
        public int Axis;

        /// <summary>Of the whole model.</summary>
        public double[] Pivot;

        /// <summary>Numbers of a value.</summary>
        public int Width;

        public bool IsRotation { get { return Kind == TargetKind.Bone && Property == "rotation"; } }
    }

    /// <summary>A slider moves a target between three values.</summary>
    public sealed class SliderChannel
    {
        public ChannelTarget Target;
        public double[] Minimum;

        /// <summary>null: the target's rest value.</summary>
        public double[] Neutral;
        public double[] Maximum;
    }

    /// <summary>What an option does: shows nodes, swaps a texture, or sets a target.</summary>
    public sealed class OptionChannel
    {
        /// <summary>Patterns of nodes that are shown, else null.</summary>
        public IList<string> Show;

        /// <summary>Of a texture that is swapped, else null.</summary>
        public string Image;
        public string Material;

        /// <summary>"base" or "normal".</summary>
        public string Slot;

        /// <summary>What is set, else null.</summary>
        public ChannelTarget Target;
        public double[] Value;
    }

    /// <summary>Makeup over the base texture of a material.</summary>
    public sealed class HeadLayer
    {
        public string Name;

        /// <summary>Picture file beside the head file.</summary>
        public string Mask;

        /// <summary>Linear RGB.</summary>
        public float[] Color = { 1, 1, 1 };
        public float Amount = 1;

        /// <summary>"normal", "multiply" or "linear_light".</summary>
        public string Blend = "normal";
        public float Hue, Saturation, Value, OffsetX, OffsetY, Rotation;
        public float Scale = 1;
    }

    /// <summary>Where the picture is taken from: metres of the posed head, glTF's space.</summary>
    public sealed class HeadCamera
    {
        public UnityEngine.Vector3 Position, Target;

        /// <summary>Vertical, radians.</summary>
        public float FieldOfView;
    }

    /// <summary>A point of the surface.</summary>
    public sealed class HeadLandmark
    {
        public string Node;
        public int Primitive;
        public int Triangle;
        public float[] Barycentric;
    }
}
