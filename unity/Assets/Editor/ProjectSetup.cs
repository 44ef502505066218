using UnityEditor;
using UnityEngine;

namespace Face2Param.Project
{
    /// <summary>
    /// Settings of this project alone: light is computed in linear space, blend shapes are not
    /// clamped, files are text. Unity writes all other settings with its own defaults when it opens
    /// the project for the first time.
    /// </summary>
    public static class ProjectSetup
    {
        const string Name = "face2param";

        [InitializeOnLoadMethod]
        static void SetUp()
        {
            if (PlayerSettings.colorSpace != ColorSpace.Linear)
            {
                PlayerSettings.colorSpace = ColorSpace.Linear;
            }
            if (PlayerSettings.legacyClampBlendShapeWeights)
            {
                // Sliders below their middle have negative weights.
                PlayerSettings.legacyClampBlendShapeWeights = false;
            }
            if (PlayerSettings.productName != Name)
            {
                PlayerSettings.productName = Name;
            }
            if (EditorSettings.serializationMode != SerializationMode.ForceText)
            {
                EditorSettings.serializationMode = SerializationMode.ForceText;
            }
        }
    }
}
