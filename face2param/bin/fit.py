"""Turns a face photograph into a game character."""

import sys
from collections.abc import Sequence

from absl import flags

from face2param.bin import app, pairs

_PHOTO = flags.DEFINE_string("photo", None, "The photograph.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the results.", required=True)
_PRESET = flags.DEFINE_enum(
    "preset", "default", ["default", "paper"], "How to search: the best found, or the paper's way."
)
_FACE_INDEX = flags.DEFINE_integer(
    "face_index", None, "Which face, counted from the largest; the largest if not given."
)
_MODE = flags.DEFINE_enum(
    "mode", "search", ["search", "oneshot"], "Search, or take the estimator's answer as it is."
)
_SET = flags.DEFINE_multi_string(
    "set",
    [],
    "name=value, repeatable: decides a slider (0 to 1), a choice or an attribute beforehand, "
    "such as glasses=none, hair_length=short, skin_tone=#d2a58c.",
)
_ENGINE = flags.DEFINE_string("engine", "builtin", "Who draws the character.")
_IMITATOR = flags.DEFINE_string("imitator", "builtin", "Folder of a trained imitator.")
_IDENTITY = flags.DEFINE_enum(
    "identity", "dlib", ["dlib", "lightcnn29v2"], "Network that recognises faces."
)
_PARSING = flags.DEFINE_string("parsing", "default", "File of parsing weights.")
_PRECISION = flags.DEFINE_enum(
    "precision",
    None,
    ["float32", "bfloat16"],
    "In which the networks compute; bfloat16 only on a processor with AMX. Default: the preset's.",
)
_ESTIMATOR = flags.DEFINE_string("estimator", "builtin", "Folder of a trained estimator.")
_SHOW = flags.DEFINE_string(
    "show", None, "HOST:PORT of a running game that shows the character while it is searched."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace results in the output folder.")
_PROGRESS = flags.DEFINE_bool("progress", True, "Show a bar with the loss.")


def main(argv: Sequence[str]) -> None:
    """Fits one photograph and writes the results."""
    del argv
    from face2param.features import precision
    from face2param.pipelines.result import check_folder

    if _PRECISION.value:
        precision.check(_PRECISION.value)
    check_folder(_OUTPUT.value, _OVERWRITE.value)
    decided = pairs.texts("set", _SET.value)
    if decided:
        from face2param import engines
        from face2param.pipelines import settings

        settings.resolve(decided, engines.get(_ENGINE.value))  # a typing error is told at once
    from face2param.pipelines.photos import open_photo

    photo = open_photo(_PHOTO.value, _FACE_INDEX.value)
    view = None
    if _SHOW.value is not None:
        from face2param import engines
        from face2param.engines.unity import live

        view = live.open_view(_SHOW.value, engines.get(_ENGINE.value).schema)
    from face2param.pipelines.fit import fit  # loads TensorFlow, which a bad photo need not

    result = fit(
        photo,
        preset=_PRESET.value,
        engine=_ENGINE.value,
        imitator=_IMITATOR.value,
        identity=_IDENTITY.value,
        parsing=_PARSING.value,
        precision=_PRECISION.value,
        progress=_PROGRESS.value,
        mode=_MODE.value,
        estimator=_ESTIMATOR.value,
        settings=decided,
        show=view.show if view else None,
    )
    if view:
        view.show(result.character)
        view.close()
        if view.failure:
            print(f"warning: the game does not show it: {view.failure}", file=sys.stderr)
    folder = result.save(_OUTPUT.value, _OVERWRITE.value)
    for path in sorted(folder.iterdir()):
        print(path)


if __name__ == "__main__":
    app.run(main)
