"""Trains the one-shot estimator of an engine on rendered heads and portraits; resumable."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags, logging

from face2param.bin import app

_DATABASE = flags.DEFINE_list(
    "database", None, "Folder of a database with labels, or several of one schema.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_COPIES = flags.DEFINE_list("copies", ["2"], "Augmented copies of each head, for each database.")
_COUNT = flags.DEFINE_integer("count", None, "At most so many heads of each database.")
_VALIDATION_COUNT = flags.DEFINE_integer(
    "validation_count", 400, "At most so many heads of each database's validation split."
)
_PHOTOS = flags.DEFINE_string("photos", None, "Folder of portraits to train on as well.")
_LABELS = flags.DEFINE_string("labels", None, "CSV file with attributes of the portraits.")
_PHOTO_COPIES = flags.DEFINE_integer("photo_copies", 8, "Augmented copies of each portrait.")
_HOLD_OUT_EVERY = flags.DEFINE_integer(
    "hold_out_every", 4, "Rows 0, n, 2n, ... of --labels (or names) only measure.", lower_bound=2
)
_ADAPT_FROM = flags.DEFINE_string(
    "adapt_from", None, "report.json of evaluate: answers for the portraits to learn from."
)
_EPOCHS = flags.DEFINE_integer("epochs", 30, "Passes over the rendered heads.")
_SECONDS = flags.DEFINE_float("seconds", 0.0, "Ends after this training time; 0: no limit.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 64, "Samples a step.")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", 1e-3, "Its peak.")
_AVERAGE_MOMENTUM = flags.DEFINE_float(
    "average_momentum", 0.998, "Of the average of the weights; less for short runs."
)
_HIDDEN = flags.DEFINE_integer("hidden", 384, "Width of the dense blocks.")
_DROPOUT = flags.DEFINE_float("dropout", 0.1, "Share of the dense blocks that is dropped.")
_IMITATOR = flags.DEFINE_string(
    "imitator", "builtin", "Imitator that measures visible effects and draws; or none."
)
_WEIGHTS = {
    name: flags.DEFINE_float(
        f"{name}_weight", 0.0, f"Weight of the {name} term through the imitator (slow)."
    )
    for name in ("picture", "landmarks", "identity", "content", "loop")
}
_DRAWN = flags.DEFINE_integer("drawn", 8, "Answers of each batch that the imitator draws.")
_MOVED_GROUPS = flags.DEFINE_list(
    "moved_groups", [], "Groups of parameters that those terms may move; none: all, and choices."
)
_INITIAL = flags.DEFINE_string("initial", None, "Folder of an estimator to start from.")
_VALIDATE_EVERY = flags.DEFINE_integer("validate_every", 3, "Epochs between validations.")
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, order and augmentation.")
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in --output.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Start anew although --output holds a run.")


def main(argv: Sequence[str]) -> None:
    """Trains, and prints the metrics of validation heads and of portraits that did not train."""
    del argv
    command = app.prepare_training()
    logging.set_verbosity(logging.INFO)

    from face2param.estimator import losses, training
    from face2param.pipelines import estimator_training

    request = estimator_training.Request(
        databases=tuple(_DATABASE.value),
        output=Path(_OUTPUT.value),
        copies=tuple(_COPIES.value),
        count=_COUNT.value,
        validation_count=_VALIDATION_COUNT.value,
        photos=_PHOTOS.value,
        labels=_LABELS.value,
        photo_copies=_PHOTO_COPIES.value,
        hold_out_every=_HOLD_OUT_EVERY.value,
        adapt_from=_ADAPT_FROM.value,
        imitator=None if _IMITATOR.value == "none" else _IMITATOR.value,
        initial=_INITIAL.value,
        drawn=_DRAWN.value,
        moved_groups=tuple(_MOVED_GROUPS.value),
        hidden=_HIDDEN.value,
        dropout=_DROPOUT.value,
        command=command,
    )
    config = training.TrainingConfig(
        epochs=_EPOCHS.value,
        seconds=_SECONDS.value,
        batch_size=_BATCH_SIZE.value,
        learning_rate=_LEARNING_RATE.value,
        average_momentum=_AVERAGE_MOMENTUM.value,
        losses=losses.LossWeights(**{name: flag.value for name, flag in _WEIGHTS.items()}),
        validate_every=_VALIDATE_EVERY.value,
        seed=_SEED.value,
    )
    metrics = estimator_training.train(
        request, config, resume=_RESUME.value, overwrite=_OVERWRITE.value
    )
    for name, value in metrics.items():
        print(f"{name:32} {value:.4f}")


if __name__ == "__main__":
    app.run(main)
