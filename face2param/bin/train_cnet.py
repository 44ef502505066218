"""Trains C-Net, which weighs several photographs of a person coefficient by coefficient."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags, logging

from face2param.bin import app

_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_PEOPLE = flags.DEFINE_string("people", None, "Folder with one folder of photographs a person.")
_DRAWN = flags.DEFINE_integer("drawn", 0, "People drawn from the face model to learn from, too.")
_RNET = flags.DEFINE_string("rnet", "builtin", "Folder of the R-Net, or builtin.")
_PICTURES = flags.DEFINE_integer("pictures", 5, "In each set.")
_SETS = flags.DEFINE_integer("sets", 4, "Sets of each person's photographs.")
_VALIDATION_COUNT = flags.DEFINE_integer("validation_count", 60, "Drawn people that only measure.")
_FACE_MODEL = flags.DEFINE_string("face_model", "builtin", "builtin, or a face model's file.")
_PRESET = flags.DEFINE_enum(
    "preset", "paper", ["paper", "drawn"],
    "Batch, rate and steps of the paper, or for drawn people as of the shipped network.",
)  # fmt: skip
_LOSSES = flags.DEFINE_enum("losses", "code", ["paper", "code"], "Weights for photographs.")
_STEPS = flags.DEFINE_integer("steps", None, "Of the optimiser; by default the preset's.")
_SECONDS = flags.DEFINE_float("seconds", 0.0, "Ends after this training time; 0: no limit.")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Its peak.")
_IDENTITY = flags.DEFINE_string(
    "identity", "dlib", "Identity network of the loss and of the check that a folder is one person."
)
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, order and sets.")
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in --output.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Start anew although --output holds a run.")


def main(argv: Sequence[str]) -> None:
    """Trains, and prints the errors of single pictures, of the plain mean and of C-Net."""
    del argv
    command = app.prepare_training()
    logging.set_verbosity(logging.INFO)

    import dataclasses

    from face2param.pipelines import set_training
    from face2param.reconstruction import cnet_training

    config = cnet_training.PRESETS[_PRESET.value]
    given = {"steps": _STEPS.value, "learning_rate": _LEARNING_RATE.value}
    course = dataclasses.replace(
        config.course,
        **{name: value for name, value in given.items() if value is not None},
        seconds=_SECONDS.value,
        seed=_SEED.value,
    )
    # The presets' batches are multiples of 5 pictures; other sets get as many whole ones.
    pictures = _PICTURES.value
    batches = {
        name: getattr(config, name) // max(pictures, 1) * pictures
        for name in ("batch_size", "known_batch")
    }
    if _DRAWN.value and not batches["known_batch"]:
        batches["known_batch"] = 12 * pictures
    if _PEOPLE.value and not batches["batch_size"]:
        batches["batch_size"] = 5 * pictures
    request = set_training.Request(
        output=Path(_OUTPUT.value),
        people=_PEOPLE.value,
        drawn=_DRAWN.value,
        pictures=pictures,
        sets=_SETS.value,
        validation=_VALIDATION_COUNT.value,
        rnet=_RNET.value,
        face_model=_FACE_MODEL.value,
        losses=_LOSSES.value,
        identity=_IDENTITY.value,
        command=command,
        seed=_SEED.value,
    )
    config = dataclasses.replace(config, **batches, course=course)
    metrics = set_training.train(request, config, resume=_RESUME.value, overwrite=_OVERWRITE.value)
    for name, value in metrics.items():
        print(f"{name:32} {value:.4f}")


if __name__ == "__main__":
    app.run(main)
