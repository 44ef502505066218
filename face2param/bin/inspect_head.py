"""Looks at a rigged head (.glb, .gltf) and writes the head file that makes it an engine."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app

_MODEL = flags.DEFINE_string("model", None, "The head, a .glb or .gltf file.", required=True)
_OUTPUT = flags.DEFINE_string(
    "output", None, "Head file to write, NAME.schema.json, beside the model.", required=True
)
_LANDMARKS = flags.DEFINE_string(
    "landmarks",
    None,
    "JSON with the 68 landmarks: [[node, primitive, triangle, [b0, b1, b2]], ...] or "
    "[[node, primitive, vertex], ...]. Without it they are found on a picture of the face.",
)
_PREVIEW = flags.DEFINE_string("preview", None, "Picture of what was found, .png or .jpg.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the files.")


def main(argv: Sequence[str]) -> None:
    """Writes the head file and prints what was recognised and what was not."""
    del argv
    from face2param.pipelines import heads

    found = heads.inspect_head(
        _MODEL.value,
        _OUTPUT.value,
        landmarks=_LANDMARKS.value,
        sheet=_PREVIEW.value,
        overwrite=_OVERWRITE.value,
    )
    print(found.table())


if __name__ == "__main__":
    app.run(main)
