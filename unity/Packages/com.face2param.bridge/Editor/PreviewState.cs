using UnityEngine;

namespace Face2Param.Editor
{
    /// <summary>
    /// What Unity's own undo remembers of the preview: the number of the step. The steps
    /// themselves are in the <see cref="PreviewModel"/>.
    /// </summary>
    public sealed class PreviewState : ScriptableObject
    {
        /// <summary>Of <see cref="PreviewModel.Step"/>.</summary>
        public int step;
    }
}
