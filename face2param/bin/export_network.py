"""Exports a network as SavedModel, ONNX or LiteRT for games and phones, and checks the file."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app

_NETWORK = flags.DEFINE_enum(
    "network", "imitator", ["imitator", "dlib", "lightcnn29v2", "parsing"], "Which one."
)
_FORMAT = flags.DEFINE_enum("format", "onnx", ["savedmodel", "onnx", "litert"], "Kind of file.")
_OUTPUT = flags.DEFINE_string(
    "output", None, "File (.onnx, .tflite) or folder (savedmodel).", required=True
)
_WEIGHTS = flags.DEFINE_string(
    "weights", None, "Folder of an imitator or file of another network; ours if not given."
)
_BATCH = flags.DEFINE_integer(
    "batch",
    None,
    "Fixed size of the batch; any if not given (1 for parsing in litert).",
    lower_bound=1,
)
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "float16"], "float16 halves the file (onnx, litert)."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an older export.")


def main(argv: Sequence[str]) -> None:
    """Exports one network and prints the files and the differences found."""
    del argv
    from face2param.pipelines import networks

    report = networks.export(
        _NETWORK.value,
        _OUTPUT.value,
        _FORMAT.value,
        weights=_WEIGHTS.value,
        batch=_BATCH.value,
        precision=_PRECISION.value,
        overwrite=_OVERWRITE.value,
    )
    print(report.path)
    print(report.description)
    for name, difference in report.differences.items():
        print(f"{name}: differs from Keras by at most {difference:.1e} in {report.runtime}")


if __name__ == "__main__":
    app.run(main)
