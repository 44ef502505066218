"""Trains the network that reads the regions of a face, on renders and labelled photographs."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from face2param.bin import app

_DATABASE = flags.DEFINE_multi_string(
    "database", [], "Database that generate_database wrote with --labels; may be given again."
)
_PHOTOS = flags.DEFINE_multi_string(
    "adapt_photos", [], "Folder that label_photos wrote: real portraits; may be given again."
)
_PHOTO_SHARE = flags.DEFINE_float(
    "photo_share", 0.35, "Share of the photographs in a batch.", lower_bound=0.0, upper_bound=1.0
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_STEPS = flags.DEFINE_integer("steps", 20000, "Gradient steps.", lower_bound=1)
_SECONDS = flags.DEFINE_float(
    "seconds", 0.0, "Wall-clock budget; the schedule is scaled to it. 0: none.", lower_bound=0.0
)
_BATCH = flags.DEFINE_integer("batch_size", 64, "Pictures per step.", lower_bound=1)
_SIZE = flags.DEFINE_integer("size", 256, "Side of the network's input, a multiple of 32.")
_SOURCE_SIZE = flags.DEFINE_integer(
    "source_size", 320, "Side at which training pictures are kept in memory.", lower_bound=32
)
_WIDTH = flags.DEFINE_float("width", 0.5, "Factor on the channels of BiSeNet.")
_FINE_HEAD = flags.DEFINE_bool("fine_head", True, "Decide at stride 4 instead of 8.")
_RATE = flags.DEFINE_float("learning_rate", 2e-3, "Peak learning rate.", lower_bound=0.0)
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "mixed_bfloat16"], "mixed_bfloat16 suits new GPUs."
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of weights, order and augmentation.")
_START_FROM = flags.DEFINE_string(
    "start_from", None, "Weights to begin with: a parsing.weights.h5, or default (shipped)."
)
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in the output folder.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace a run in the output folder.")


def main(argv: Sequence[str]) -> None:
    """Reads the pictures, trains, and draws what the network sees."""
    del argv
    from face2param.database.reader import Database
    from face2param.errors import ConfigError
    from face2param.features import labelled_photos, parsing_preview, parsing_training

    if not _DATABASE.value and not _PHOTOS.value:
        raise ConfigError("give --database, --adapt_photos or both")
    config = parsing_training.ParsingTrainingConfig(
        steps=_STEPS.value,
        seconds=_SECONDS.value,
        batch_size=_BATCH.value,
        size=_SIZE.value,
        width=_WIDTH.value,
        fine_head=_FINE_HEAD.value,
        learning_rate=_RATE.value,
        precision=_PRECISION.value,
        seed=_SEED.value,
    )
    size = _SOURCE_SIZE.value
    sources, validation = [], None
    render_share = (1 - _PHOTO_SHARE.value) / max(1, len(_DATABASE.value))
    photo_share = _PHOTO_SHARE.value / max(1, len(_PHOTOS.value))
    for folder in _DATABASE.value:
        database = Database(folder)
        pairs = {
            split: [
                (database.picture_path(i), database.label_path(i)) for i in database.indices(split)
            ]
            for split in ("training", "validation")
        }
        arrays = labelled_photos.read_pairs(pairs["training"], size)
        sources.append(parsing_training.LabelledPictures(*arrays, render_share))
        if validation is None and pairs["validation"]:
            arrays = labelled_photos.read_pairs(pairs["validation"][:200], size)
            validation = parsing_training.LabelledPictures(*arrays)
    for folder in _PHOTOS.value:
        arrays = labelled_photos.read_folder(folder, size)
        sources.append(parsing_training.LabelledPictures(*arrays, photo_share))
    print(" + ".join(f"{len(source.images)} pictures" for source in sources), flush=True)
    path = parsing_training.train(
        config,
        sources,
        Path(_OUTPUT.value),
        validation=validation,
        description={"command": "face2param " + shlex.join(["train_parsing", *sys.argv[1:]])},
        start_from=_START_FROM.value,
        resume=_RESUME.value,
        overwrite=_OVERWRITE.value,
    )
    for number, source in enumerate(sources):
        parsing_preview.write(path, source.images, source.labels, path.parent, f"source{number}")
    if validation is not None:
        parsing_preview.write(path, validation.images, validation.labels, path.parent, "validation")
    print(path)


if __name__ == "__main__":
    app.run(main)
