using UnityEngine;

namespace Face2Param
{
    /// <summary>Where the picture of a head is taken from, in Unity's axes and metres.</summary>
    public struct HeadView
    {
        /// <summary>Of the camera.</summary>
        public Vector3 Position;

        /// <summary>The point in the middle of the picture.</summary>
        public Vector3 Target;

        /// <summary>Vertical, degrees.</summary>
        public float FieldOfView;
    }

    /// <summary>
    /// A head in the scene that takes characters. A game with a rig of its own implements this on
    /// a component of the head; the menus find it there.
    /// </summary>
    public interface IPosedHead
    {
        /// <summary>What a character of this head can do.</summary>
        CharacterSchema Schema { get; }

        /// <summary>Changes whenever the same character gives another picture.</summary>
        string Version { get; }

        /// <summary>Where its picture is taken from.</summary>
        HeadView View { get; }

        /// <summary>Whether it knows the 68 landmarks, without which no database can be made.
        /// </summary>
        bool HasLandmarks { get; }

        /// <summary>Shows a character.</summary>
        /// <param name="character">Of the schema.</param>
        /// <param name="nuisance">Expression and pose in the units of the controls.</param>
        void Apply(Character character, float[] nuisance);

        /// <summary>The 68 landmarks of the head as it stands, in Unity's world.</summary>
        Vector3[] Landmarks();
    }
}
