"""Trains the network that reads the regions of a face; resumable.

From databases that an engine rendered, photographs that label_photos labelled, CelebAMask-HQ
and Helen; by our recipe (light) or the published one.
"""

import dataclasses
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
_CELEBAMASK = flags.DEFINE_string(
    "celebamask", None, "CelebAMask-HQ folder: CelebA-HQ-img/ and its masks."
)
_HELEN = flags.DEFINE_string(
    "helen", None, "Helen folder with 11 classes: images/ and labels/ or SegClassLabel/."
)
_PHOTO_SHARE = flags.DEFINE_float(
    "photo_share",
    0.35,
    "Share in a batch of all photographs together, if there are databases too.",
    lower_bound=0.0,
    upper_bound=1.0,
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_RECIPE = flags.DEFINE_enum(
    "recipe", "light", ["light", "published"], "Defaults of the flags below (light; published)."
)
_SOURCE_SIZE = flags.DEFINE_integer(
    "source_size", None, "Side at which training pictures are kept (320; 512).", lower_bound=32
)
_VALIDATION_COUNT = flags.DEFINE_integer(
    "validation_count", 200, "At most so many pictures of each set are held out.", lower_bound=0
)
_MEMORY = flags.DEFINE_float(
    "memory", 4.0, "GB that a set may take in memory; larger ones are mapped.", lower_bound=0.0
)
_CACHE = flags.DEFINE_string(
    "cache", None, "Folder for the mapped sets, to be used again (default: OUTPUT/cache)."
)
_FIELDS = [
    flags.DEFINE_integer("steps", None, "Gradient steps (20000; 80000)."),
    flags.DEFINE_float("seconds", None, "Training time to which the schedule is scaled; 0: none."),
    flags.DEFINE_integer("batch_size", None, "Pictures per step (64; 16)."),
    flags.DEFINE_integer("size", None, "Side of the training crops, times 32 (256; 448)."),
    flags.DEFINE_integer("input_size", None, "Side of the finished network's input (size; 512)."),
    flags.DEFINE_float("width", None, "Factor on the channels of BiSeNet (0.5; 1)."),
    flags.DEFINE_bool("fine_head", None, "Decide at stride 4 instead of 8 (yes; no)."),
    flags.DEFINE_enum("classes", None, ["celebamask", "helen"], "19 classes, or Helen's 11."),
    flags.DEFINE_enum("augmentation", None, ["light", "published"], "Ours, or jitter and crops."),
    flags.DEFINE_enum("optimizer", None, ["adamw", "sgd"], "(adamw; sgd)"),
    flags.DEFINE_float("learning_rate", None, "Peak learning rate (2e-3; 1e-2)."),
    flags.DEFINE_enum("schedule", None, ["cosine", "poly"], "(cosine; poly)"),
    flags.DEFINE_integer("warmup_steps", None, "Steps of warm-up (200; 1000)."),
    flags.DEFINE_float("warmup_rate", None, "Where the warm-up of poly starts (1e-5)."),
    flags.DEFINE_float("poly_power", None, "Exponent of poly (0.9)."),
    flags.DEFINE_float("head_factor", None, "Rate of the heads over the others', sgd (1; 10)."),
    flags.DEFINE_float("momentum", None, "Of sgd (0.9)."),
    flags.DEFINE_float("weight_decay", None, "(1e-3; 5e-4)"),
    flags.DEFINE_float("maximum_norm", None, "Clips gradients; 0: not (5; 0)."),
    flags.DEFINE_enum("mining", None, ["all", "hardest"], "If few pixels are hard (all; hardest)."),
    flags.DEFINE_float("hard_probability", None, "Below it a pixel is hard (0.7)."),
    flags.DEFINE_float("hard_share", None, "Least share of hard pixels (1/16)."),
    flags.DEFINE_float("auxiliary_weight", None, "Of either auxiliary head's loss (0.4; 1)."),
    flags.DEFINE_enum(
        "precision", None, ["float32", "mixed_bfloat16"], "mixed_bfloat16 suits new GPUs."
    ),
    flags.DEFINE_float("report_seconds", None, "Between progress lines (10)."),
    flags.DEFINE_float("checkpoint_seconds", None, "Between checkpoints (60)."),
    flags.DEFINE_float("validate_seconds", None, "Between validations; 0: at the end (600)."),
    flags.DEFINE_integer("seed", None, "Of weights, order and augmentation (0)."),
]
_START_FROM = flags.DEFINE_string(
    "start_from", None, "Weights to begin with: a parsing.weights.h5, or default (shipped)."
)
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in the output folder.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace a run in the output folder.")


def main(argv: Sequence[str]) -> None:
    """Reads the pictures, trains, and draws what the network sees."""
    del argv
    command = app.prepare_training()
    from face2param.errors import ConfigError
    from face2param.features.parsing_training import recipes

    if not (_DATABASE.value or _PHOTOS.value or _CELEBAMASK.value or _HELEN.value):
        raise ConfigError("give --database, --adapt_photos, --celebamask or --helen")
    given = {flag.name: flag.value for flag in _FIELDS if flag.value is not None}
    config = dataclasses.replace(recipes.RECIPES[_RECIPE.value](), **given)

    from face2param.features.parsing_training import loop

    sources, validation = _read()
    print(" + ".join(f"{len(s.images)} {s.name}" for s in sources), flush=True)
    path = loop.train(
        config,
        sources,
        Path(_OUTPUT.value),
        validation=validation,
        description={"command": command},
        start_from=_START_FROM.value,
        resume=_RESUME.value,
        overwrite=_OVERWRITE.value,
    )
    print(path)


def _read() -> tuple[list, list]:
    """Opens all sets before the first is read, so that a wrong folder is told at once."""
    from face2param.features.parsing_training import labelled_files
    from face2param.features.parsing_training.batches import LabelledPictures
    from face2param.features.parsing_training.recipes import SOURCE_SIZES

    rendered = [_database(folder) for folder in _DATABASE.value]
    photographed = _photographs()
    size = _SOURCE_SIZE.value or SOURCE_SIZES[_RECIPE.value]
    cache = Path(_CACHE.value) if _CACHE.value else Path(_OUTPUT.value) / "cache"
    part = _PHOTO_SHARE.value if rendered else 1.0
    shares = [(1 - part) / len(rendered)] * len(rendered) if rendered else []
    shares += [part / len(photographed)] * len(photographed) if photographed else []
    sources, validation, names = [], [], set()
    for (training, held_out), share in zip(rendered + photographed, shares, strict=True):
        name = training.name.split("-")[0]
        while name in names:
            name += "_"
        names.add(name)
        arrays = labelled_files.read(training, size, memory=_MEMORY.value * 1e9, cache=cache)
        sources.append(LabelledPictures(*arrays, share, name))
        if len(held_out):
            arrays = labelled_files.read(held_out, size, memory=float("inf"))
            validation.append(LabelledPictures(*arrays, name=name))
    return sources, validation


def _database(folder: str) -> tuple:
    from face2param.database.reader import Database
    from face2param.features.parsing_training.labelled_files import LabelledFiles
    from face2param.features.parsing_training.labelled_photos import read_pair

    database = Database(folder)
    parts = []
    for split in ("training", "validation"):
        indices = database.indices(split)
        pairs = tuple((database.picture_path(i), database.label_path(i)) for i in indices)
        parts.append(LabelledFiles("renders", pairs, read_pair))
    return parts[0], parts[1].first(_VALIDATION_COUNT.value)


def _photographs() -> list[tuple]:
    """Training and held-out pictures of each set of photographs."""
    from face2param.features.parsing_training import celebamask, helen, labelled_photos

    # Of our own few photographs none is spared; label_photos --hold_out_every does that.
    sets = [(files, files.first(0)) for files in map(labelled_photos.open_folder, _PHOTOS.value)]
    if _CELEBAMASK.value:
        sets.append(celebamask.open_folder(_CELEBAMASK.value).hold_out(_VALIDATION_COUNT.value))
    if _HELEN.value:
        splits = helen.open_folder(_HELEN.value)
        held_out = splits["validation"].first(_VALIDATION_COUNT.value)
        sets.append((splits["training"], held_out))
    return sets


if __name__ == "__main__":
    app.run(main)
