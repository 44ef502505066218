"""Renders a database of random characters with all cores; resumable."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app

_OUTPUT = flags.DEFINE_string("output", None, "Folder of the database.", required=True)
_COUNT = flags.DEFINE_integer("count", 2000, "Number of characters.")
_SEED = flags.DEFINE_integer("seed", 1, "Of the random characters.")
_SIZE = flags.DEFINE_integer("size", 512, "Height and width of the pictures.")
_SPREAD = flags.DEFINE_float("spread", 1.0, "1: full range of the sliders; 0.6: moderate heads.")
_PLAUSIBLE = flags.DEFINE_bool(
    "plausible", True, "Colours, hair and beards that go together; else all independent."
)
_JITTER = flags.DEFINE_float("jitter", 0.0, "Amount of random expression and pose, 0 to 1.")
_LABELS = flags.DEFINE_bool("labels", False, "Write label maps too.")
_VALIDATION = flags.DEFINE_float("validation_fraction", 0.2, "Share kept for validation.")
_WORKERS = flags.DEFINE_integer("workers", None, "Processes; one per core if not given.")
_ENGINE = flags.DEFINE_string("engine", "builtin", "Who draws.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Delete a database that is in --output.")
_PROGRESS = flags.DEFINE_bool("progress", True, "Show a progress bar.")


def main(argv: Sequence[str]) -> None:
    """Generates, and prints what the folder holds."""
    del argv
    from face2param.database.generate import generate

    manifest = generate(
        _ENGINE.value,
        _OUTPUT.value,
        _COUNT.value,
        _SEED.value,
        size=_SIZE.value,
        spread=_SPREAD.value,
        plausible=_PLAUSIBLE.value,
        jitter=_JITTER.value,
        labels=_LABELS.value,
        validation_fraction=_VALIDATION.value,
        workers=_WORKERS.value,
        overwrite=_OVERWRITE.value,
        progress=_PROGRESS.value,
    )
    print(
        f"{_OUTPUT.value}: {manifest.training} heads for training, "
        f"{manifest.validation} for validation"
    )


if __name__ == "__main__":
    app.run(main)
