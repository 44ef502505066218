"""Builds the embedded face model, reports how good it is, and draws a sheet of it."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from face2param.bin import app
from face2param.errors import OutputError

_OUTPUT = flags.DEFINE_string(
    "output", None, "File to write, NAME.npz. Default: the copy in the cache folder."
)
_PREVIEW = flags.DEFINE_string(
    "preview", None, "Picture to write: the mean, the first components, random people."
)
_CHECK = flags.DEFINE_integer(
    "check", 40, "Heads outside the samples that are reconstructed for the report; 0: none."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the output if it exists.")


def main(argv: Sequence[str]) -> None:
    """Builds, and says what came of it."""
    del argv
    from face2param.morphable import builtin, files

    output = Path(_OUTPUT.value) if _OUTPUT.value else builtin.cache_path()
    if _OUTPUT.value and output.exists() and not _OVERWRITE.value:
        raise OutputError(f"{output} exists; give --overwrite to replace it")
    model = builtin.build()
    files.save(model, output, half=True)
    sizes = ", ".join(f"{count} {name}" for name, count in model.sizes.items())
    print(f"wrote {output}: {len(model.mean):,} vertices, {len(model.faces):,} triangles")
    print(f"coefficients: {sizes}; hash {model.hash}")
    shares = ", ".join(f"{name} {100 * share:.2f} %" for name, share in model.explained.items())
    print(f"explained variance of the samples: {shares}")
    if _CHECK.value > 0:
        from face2param.morphable import builtin_check

        for name, error in builtin_check.held_out(model, _CHECK.value).items():
            print(
                f"held-out heads ({name}): mean {error.mean:.2f} mm, worst {error.worst:.2f} mm; "
                f"the mean face {error.mean_face:.2f} mm; coefficients {error.spread:.2f}"
            )
    if _PREVIEW.value:
        from face2param import images
        from face2param.morphable import preview

        images.write_image(_PREVIEW.value, preview.sheet(model))
        print(f"wrote {_PREVIEW.value}")


if __name__ == "__main__":
    app.run(main)
