"""Writes a fitted character as a rigged GLB, as OBJ, as JSON or for Unity."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app

_PARAMS = flags.DEFINE_string("params", None, "The params.json of a fit.")
_FORMAT = flags.DEFINE_string("format", "glb", "glb, obj, unity or json.")
_OUTPUT = flags.DEFINE_string("output", None, "File; for unity a folder.", required=True)
_TEMPLATE = flags.DEFINE_bool(
    "template", False, "The head with all sliders instead of one character; glb or unity."
)
_DETAIL = flags.DEFINE_string("detail", "full", "Of the template: full, or small.")
_SIZE = flags.DEFINE_integer("texture_size", 1024, "Height and width of the skin's textures.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what is there.")


def main(argv: Sequence[str]) -> None:
    """Exports, and prints the names of the files."""
    del argv
    from face2param.pipelines.export import export

    written = export(
        _OUTPUT.value,
        _PARAMS.value,
        _FORMAT.value,
        template=_TEMPLATE.value,
        detail=_DETAIL.value,
        texture_size=_SIZE.value,
        overwrite=_OVERWRITE.value,
    )
    for path in written:
        print(path)


if __name__ == "__main__":
    app.run(main)
