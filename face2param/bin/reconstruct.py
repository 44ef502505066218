"""Reconstructs a face in three dimensions from a photograph, several photographs or a video."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from face2param.bin import app
from face2param.errors import ConfigError

_PHOTO = flags.DEFINE_string("photo", None, "One photograph.")
_PHOTOS = flags.DEFINE_list("photos", None, "Photographs of one person, separated by commas.")
_VIDEO = flags.DEFINE_string("video", None, "A video of one person.")
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the results.", required=True)
_MODEL = flags.DEFINE_string("model", "builtin", "builtin, or a file or folder of a face model.")
_RNET = flags.DEFINE_string(
    "rnet",
    None,
    "builtin, a folder that train_rnet wrote, or none: start from landmarks alone. Default: "
    "builtin for the built-in model, none for others.",
)
_CNET = flags.DEFINE_string(
    "cnet", None, "builtin or a folder that train_cnet wrote; default: identities are averaged."
)
_REFINE_STEPS = flags.DEFINE_integer(
    "refine_steps", None, "Steps of analysis by synthesis; 0 turns it off. Default: as planned."
)
_PRESET = flags.DEFINE_enum(
    "preset", "refine", ["refine", "paper", "code"], "Weights of the losses in the refinement."
)
_WHITE_LIGHT = flags.DEFINE_bool("white_light", False, "One light for all three colours.")
_FACE_INDEX = flags.DEFINE_integer(
    "face_index", None, "Which face, counted from the largest; the largest if not given."
)
_TEXTURE_SIZE = flags.DEFINE_integer(
    "texture_size", 0, "Side of the texture, a power of two; 0: 512 or 1024 by the photograph."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace results in the output folder.")
_PROGRESS = flags.DEFINE_bool("progress", True, "Show bars.")


def main(argv: Sequence[str]) -> None:
    """Reconstructs and writes the results."""
    del argv
    given = [flag.name for flag in (_PHOTO, _PHOTOS, _VIDEO) if flag.value]
    if len(given) != 1:
        raise ConfigError(
            "give one of --photo=FILE, --photos=FILE,FILE,... and --video=FILE"
            + (f"; got {' and '.join('--' + name for name in given)}" if given else "")
        )
    from face2param.pipelines.reconstruction_settings import FILES, Settings
    from face2param.pipelines.result import check_folder

    check_folder(_OUTPUT.value, _OVERWRITE.value, FILES)
    settings = Settings(
        model=_MODEL.value,
        rnet=_RNET.value or "",
        cnet=_CNET.value or "",
        refine_steps=_REFINE_STEPS.value,
        preset=_PRESET.value,
        white_light=_WHITE_LIGHT.value,
        texture_size=_TEXTURE_SIZE.value,
    )
    if _VIDEO.value:
        _video(settings)
    else:
        _photographs(settings)


def _photographs(settings) -> None:
    from face2param.pipelines.photos import open_photo

    # Bad photographs are told before TensorFlow is loaded.
    paths = _PHOTOS.value or [_PHOTO.value]
    found = [open_photo(path, _FACE_INDEX.value) for path in paths]
    from face2param.pipelines import reconstruct
    from face2param.pipelines.reconstructor import Reconstructor

    tools = Reconstructor.shared(settings)
    if _PHOTO.value:
        result = reconstruct.of_photo(tools, found[0], _PROGRESS.value)
        _print(result.save(_OUTPUT.value, _OVERWRITE.value))
    else:
        results = reconstruct.of_set(tools, found, _PROGRESS.value)
        _print(reconstruct.save_set(results, _OUTPUT.value, _OVERWRITE.value))


def _video(settings) -> None:
    from face2param.reconstruction import video

    video.probe(_VIDEO.value)
    from face2param.pipelines.reconstruct_video import reconstruct_video
    from face2param.pipelines.reconstructor import Reconstructor

    reconstruct_video(
        Reconstructor.shared(settings),
        _VIDEO.value,
        _OUTPUT.value,
        face_index=_FACE_INDEX.value,
        overwrite=_OVERWRITE.value,
        progress=_PROGRESS.value,
    )
    _print(Path(_OUTPUT.value))


def _print(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            print(path)


if __name__ == "__main__":
    app.run(main)
