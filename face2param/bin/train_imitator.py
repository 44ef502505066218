"""Trains an imitator of an engine on a rendered database; resumable."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags, logging

from face2param.bin import app

_DATABASE = flags.DEFINE_list(
    "database", None, "Folder of a database, or several of one schema.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_NETWORK = flags.DEFINE_enum("network", "compact", ["compact", "paper"], "Which network.")
_SIZE = flags.DEFINE_integer("size", 256, "Height and width of the pictures it draws.")
_EPOCHS = flags.DEFINE_integer("epochs", None, "Passes over the data (60; paper 500).")
_SECONDS = flags.DEFINE_float("seconds", 0.0, "Ends after this training time; 0: no limit.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Heads a step (32; paper 16).")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Its peak (0.002; paper 0.01).")
_PRECISION = flags.DEFINE_enum(
    "precision", "float32", ["float32", "mixed_bfloat16"], "bfloat16 is for GPUs."
)
_IDENTITY = flags.DEFINE_enum(
    "identity", "dlib", ["dlib", "lightcnn29v2", "none"], "Network of the identity term."
)
_IDENTITY_WEIGHT = flags.DEFINE_float("identity_weight", None, "Weight of the identity term.")
_EDGE_WEIGHT = flags.DEFINE_float("edge_weight", None, "Weight of the edge term.")
_VALIDATE_EVERY = flags.DEFINE_integer("validate_every", 5, "Epochs between validations.")
_VALIDATION_COUNT = flags.DEFINE_integer(
    "validation_count", 400, "At most so many heads of the validation split are used."
)
_INITIAL = flags.DEFINE_string(
    "initial",
    None,
    "Folder of an imitator to start from, or `builtin`: what it knows of heads is kept, whatever "
    "its engine; controls are matched by name.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the initial weights and the order of the heads.")
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in --output.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Start anew although --output holds a run.")


def main(argv: Sequence[str]) -> None:
    """Trains, and prints the validation metrics."""
    del argv
    command = app.prepare_training()
    logging.set_verbosity(logging.INFO)

    from face2param import features
    from face2param.imitator import training, transfer
    from face2param.imitator.model import Imitator, Pedigree
    from face2param.imitator.networks import NetworkConfig
    from face2param.imitator.samples import Samples

    config = _training_config()
    databases, schema = _open(_DATABASE.value)
    network = NetworkConfig(
        schema.width, schema.nuisance_width, name=_NETWORK.value, size=_SIZE.value
    )
    initial = Imitator.load(_INITIAL.value) if _INITIAL.value else None
    if initial is not None:
        transfer.check(initial, network)  # before the database is read
    settings = databases[0].manifest.settings
    training_data = _load(databases, "training", None)
    held_out = _load(databases, "validation", _VALIDATION_COUNT.value)
    use_identity = _IDENTITY.value != "none" and config.losses.identity > 0
    imitator = training.train(
        config,
        network,
        schema,
        Samples(schema.hash, **training_data),
        Samples(schema.hash, **held_out),
        Path(_OUTPUT.value),
        identity=features.identity(_IDENTITY.value) if use_identity else None,
        pedigree=Pedigree(settings.engine, settings.engine_version, command),
        initial=initial,
        resume=_RESUME.value,
        overwrite=_OVERWRITE.value,
    )
    for name, value in imitator.pedigree.metrics.items():
        print(f"{name:24} {value:.4f}")


def _training_config():
    import dataclasses

    from face2param.imitator import training

    recipe = training.paper_config() if _NETWORK.value == "paper" else training.TrainingConfig()
    weights = {"identity": _IDENTITY_WEIGHT.value, "edges": _EDGE_WEIGHT.value}
    losses = dataclasses.replace(
        recipe.losses, **{name: value for name, value in weights.items() if value is not None}
    )
    changes = {
        "epochs": _EPOCHS.value,
        "batch_size": _BATCH_SIZE.value,
        "learning_rate": _LEARNING_RATE.value,
    }
    return dataclasses.replace(
        recipe,
        seconds=_SECONDS.value,
        precision=_PRECISION.value,
        losses=losses,
        validate_every=_VALIDATE_EVERY.value,
        seed=_SEED.value,
        **{name: value for name, value in changes.items() if value is not None},
    )


def _open(paths: list[str]):
    from face2param.database.reader import Database

    first = Database(paths[0])
    return [first, *(Database(path, first.schema) for path in paths[1:])], first.schema


def _load(databases: list, split: str, count: int | None) -> dict:
    """Decodes a split of all databases; at most `count` heads, taken from all alike."""
    import numpy as np

    parts = []
    with_regions = all(database.has_labels for database in databases)
    for database in databases:
        indices = database.indices(split)
        if count is not None:
            indices = indices[: -(-count // len(databases))]
        parts.append(database.arrays(size=_SIZE.value, with_regions=with_regions, indices=indices))
    logging.info("%s: %d heads", split, sum(len(part["images"]) for part in parts))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


if __name__ == "__main__":
    app.run(main)
