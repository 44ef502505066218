"""Trains R-Net, photograph -> coefficients of a face model, weakly supervised; resumable."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags, logging

from face2param.bin import app

_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_IMAGES = flags.DEFINE_string("images", None, "Folder of photographs, one face each.")
_HOLD_OUT_EVERY = flags.DEFINE_integer(
    "hold_out_every", 0, "Photographs 0, n, 2n, ... by name only measure; 0: none."
)
_DRAWN = flags.DEFINE_integer("drawn", 0, "Faces drawn from the face model to learn from, too.")
_DATABASE = flags.DEFINE_list(
    "database", [], "Databases of the built-in engine with labels, for the built-in face model."
)
_COPIES = flags.DEFINE_integer("copies", 1, "Augmented copies of each head of the databases.")
_COUNT = flags.DEFINE_integer("count", None, "At most so many heads of each database.")
_VALIDATION_COUNT = flags.DEFINE_integer(
    "validation_count", 256, "At most so many held-out heads of each database, or drawn faces."
)
_FACE_MODEL = flags.DEFINE_string("face_model", "builtin", "builtin, or a face model's file.")
_BACKBONE = flags.DEFINE_string("backbone", None, "resnet50 or compact; by default the preset's.")
_WHITE_LIGHT = flags.DEFINE_bool("white_light", None, "9 light coefficients, as the paper.")
_PRESET = flags.DEFINE_enum(
    "preset", "code", ["paper", "code", "compact"],
    "Batch, rate, steps and losses of the paper, of the authors' code, or of the shipped network.",
)  # fmt: skip
_STEPS = flags.DEFINE_integer("steps", None, "Of the optimiser; by default the preset's.")
_SECONDS = flags.DEFINE_float("seconds", 0.0, "Ends after this training time; 0: no limit.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Photographs a step.")
_KNOWN_BATCH = flags.DEFINE_integer("known_batch", None, "Drawn faces and heads a step.")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Its peak.")
_AUGMENT = flags.DEFINE_bool(
    "augment", None, "Move, mirror, relight and blur the photographs; by default the preset's."
)
_IDENTITY = flags.DEFINE_string(
    "identity", "dlib", "Identity network of the perceptual loss; none leaves it out."
)
_PARSING = flags.DEFINE_bool("parsing", True, "Let the parsing network say what is skin, too.")
_INITIAL = flags.DEFINE_string("initial", None, "Folder of an R-Net to start from, or builtin.")
_VALIDATE_EVERY = flags.DEFINE_integer("validate_every", 1000, "Steps between validations.")
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, order and augmentation.")
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in --output.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Start anew although --output holds a run.")


def main(argv: Sequence[str]) -> None:
    """Trains, and prints the metrics of faces and photographs that did not train."""
    del argv
    command = app.prepare_training()
    logging.set_verbosity(logging.INFO)

    import dataclasses

    from face2param.pipelines import reconstruction_training
    from face2param.reconstruction import augmentation, training

    config = training.PRESETS[_PRESET.value]
    given = {"steps": _STEPS.value, "learning_rate": _LEARNING_RATE.value}
    course = dataclasses.replace(
        config.course,
        **{name: value for name, value in given.items() if value is not None},
        seconds=_SECONDS.value,
        validate_every=_VALIDATE_EVERY.value,
        seed=_SEED.value,
    )
    given = {"batch_size": _BATCH_SIZE.value, "known_batch": _KNOWN_BATCH.value}
    if _AUGMENT.value is not None:
        some, none = augmentation.Augmentation(), augmentation.NONE
        given["augmentation"] = some if _AUGMENT.value else none
    given = {name: value for name, value in given.items() if value is not None}
    config = dataclasses.replace(config, **given, course=course)
    small, paper = _PRESET.value == "compact", _PRESET.value == "paper"
    request = reconstruction_training.Request(
        output=Path(_OUTPUT.value),
        images=_IMAGES.value,
        hold_out_every=_HOLD_OUT_EVERY.value,
        drawn=_DRAWN.value,
        databases=tuple(_DATABASE.value),
        copies=_COPIES.value,
        count=_COUNT.value,
        validation_count=_VALIDATION_COUNT.value,
        face_model=_FACE_MODEL.value,
        backbone=_BACKBONE.value or ("compact" if small else "resnet50"),
        white_light=paper if _WHITE_LIGHT.value is None else _WHITE_LIGHT.value,
        losses="paper" if paper else "code",
        identity=_IDENTITY.value,
        parsing=_PARSING.value,
        initial=_INITIAL.value,
        command=command,
    )
    metrics = reconstruction_training.train(
        request, config, resume=_RESUME.value, overwrite=_OVERWRITE.value
    )
    for name, value in metrics.items():
        print(f"{name:32} {value:.4f}")


if __name__ == "__main__":
    app.run(main)
