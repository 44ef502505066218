"""Trains LightCNN on lists of people, or on the answers of another identity network."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags, logging

from face2param.bin import app

_OUTPUT = flags.DEFINE_string("output", None, "Folder of the run.", required=True)
_LIST = flags.DEFINE_string("list", None, "Text file of lines 'path label', labels from 0.")
_ROOT = flags.DEFINE_string("root", None, "Folder that the paths are relative to (the list's).")
_PEOPLE = flags.DEFINE_string("people", None, "Instead of --list: a sub-folder for each person.")
_DATABASE = flags.DEFINE_multi_string(
    "database", [], "With --teacher: database of rendered heads; may be given again."
)
_ALIGN = flags.DEFINE_bool("align", False, "The pictures are photographs: find and cut the faces.")
_VALIDATION_LIST = flags.DEFINE_string(
    "validation_list", None, "List of pictures never trained on; otherwise some are held out."
)
_STRANGERS = flags.DEFINE_bool(
    "strangers", False, "The labels of --validation_list number other people."
)
_VALIDATION_COUNT = flags.DEFINE_integer(
    "validation_count", 1000, "At most so many pictures are held out or validated.", lower_bound=3
)
_CLASSES = flags.DEFINE_integer("classes", None, "People, where a list does not show all.")
_TEACHER = flags.DEFINE_string("teacher", None, "Identity network to learn from, such as dlib.")
_TEACHER_WEIGHTS = flags.DEFINE_string("teacher_weights", None, "Its weights, if not the usual.")
_NETWORK = flags.DEFINE_enum(
    "network", "lightcnn29v2", ["lightcnn9", "lightcnn29v1", "lightcnn29v2"], "Which LightCNN."
)
_PRESET = flags.DEFINE_enum(
    "preset", None, ["published", "light"], "Recipe (published; with --teacher light)."
)
_SIZE = flags.DEFINE_integer("size", None, "Side of the network's input (128).")
_EPOCHS = flags.DEFINE_integer("epochs", None, "Passes over the pictures (80; light 20).")
_SECONDS = flags.DEFINE_float("seconds", None, "Ends after this training time; 0: no limit.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Pictures a step (128; light 64).")
_LEARNING_RATE = flags.DEFINE_float("learning_rate", None, "Its peak (0.01; light 0.001).")
_INITIAL = flags.DEFINE_enum(
    "initial", None, ["published", "scaled"], "Weights to start from (published; light scaled)."
)
_PRECISION = flags.DEFINE_enum(
    "precision", None, ["float32", "mixed_bfloat16"], "bfloat16 is for GPUs."
)
_VALIDATE_EVERY = flags.DEFINE_integer("validate_every", None, "Epochs between validations.")
_CHECKPOINT_SECONDS = flags.DEFINE_float(
    "checkpoint_seconds", None, "Training time between checkpoints (300)."
)
_THREADS = flags.DEFINE_integer("threads", None, "Threads that read pictures (4).")
_SEED = flags.DEFINE_integer("seed", 0, "Of weights, order and augmentation.")
_RESUME = flags.DEFINE_bool("resume", False, "Go on from the checkpoint in --output.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Start anew although --output holds a run.")


def main(argv: Sequence[str]) -> None:
    """Opens the pictures, trains, and prints what validation found."""
    del argv
    from face2param.errors import ConfigError

    if (_LIST.value is not None) + (_PEOPLE.value is not None) + bool(_DATABASE.value) != 1:
        raise ConfigError("give one of --list, --people and --database")
    if _DATABASE.value and not _TEACHER.value:
        raise ConfigError(
            "--database: every rendered head is a person of its own; give --teacher=dlib to "
            "learn from another network's answers"
        )
    if _STRANGERS.value and not _VALIDATION_LIST.value:
        raise ConfigError("--strangers: says something about --validation_list, which is missing")
    command = app.prepare_training()
    logging.set_verbosity(logging.INFO)

    from face2param import features
    from face2param.config import read_json
    from face2param.features.lightcnn_training import loop

    config = _config()
    pictures, validation = _pictures(config.seed)
    teacher = None
    if _TEACHER.value:
        teacher = features.identity(_TEACHER.value, _TEACHER_WEIGHTS.value)
    logging.info("%d pictures, %d for validation", len(pictures), len(validation))
    path = loop.train(
        config,
        pictures,
        validation,
        Path(_OUTPUT.value),
        teacher=teacher,
        classes=_CLASSES.value,
        strangers=_STRANGERS.value,
        description={"command": command},
        resume=_RESUME.value,
        overwrite=_OVERWRITE.value,
    )
    about = read_json(path.with_name(path.name.removesuffix(".weights.h5") + ".json"))
    for name, value in about["metrics"].items():
        print(f"{name:24} {value:.4f}")
    print(path)


def _config():
    from face2param.features.lightcnn_training import recipes

    preset = _PRESET.value or ("light" if _TEACHER.value else "published")
    changes = {
        "size": _SIZE.value,
        "epochs": _EPOCHS.value,
        "seconds": _SECONDS.value,
        "batch_size": _BATCH_SIZE.value,
        "learning_rate": _LEARNING_RATE.value,
        "initial": _INITIAL.value,
        "precision": _PRECISION.value,
        "validate_every": _VALIDATE_EVERY.value,
        "checkpoint_seconds": _CHECKPOINT_SECONDS.value,
        "threads": _THREADS.value,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    return recipes.PRESETS[preset](network=_NETWORK.value, seed=_SEED.value, **changes)


def _pictures(seed: int):
    """The lists of training and of validation pictures."""
    import numpy as np

    from face2param.features.lightcnn_training import image_lists

    if _DATABASE.value:
        return _rendered()
    if _LIST.value:
        pictures = image_lists.open_list(_LIST.value, _ROOT.value)
    else:
        pictures = image_lists.open_folder(_PEOPLE.value)
    pictures = _aligned(pictures, "crops")
    if _VALIDATION_LIST.value:
        validation = image_lists.open_list(_VALIDATION_LIST.value, _ROOT.value)
        validation = _aligned(validation, "validation_crops")
        if len(validation) > _VALIDATION_COUNT.value:
            _, kept = image_lists.hold_out(len(validation), _VALIDATION_COUNT.value, seed)
            validation = validation.take(kept)
        return pictures, validation
    # A twentieth, but enough for the metrics, and never more than half.
    wanted = min(max(len(pictures) // 20, 30), len(pictures) // 2, _VALIDATION_COUNT.value)
    kept, held = image_lists.hold_out(len(pictures), wanted, seed)
    return pictures.take(np.asarray(kept)), pictures.take(held)


def _aligned(pictures, name: str):
    """Cuts the faces of photographs into a folder of the run, once."""
    if not _ALIGN.value:
        return pictures
    from face2param.pipelines import face_crops

    framing = face_crops.FACE if _TEACHER.value else face_crops.CROP
    folder = Path(_OUTPUT.value) / name
    return face_crops.write_crops(pictures, folder, framing, overwrite=_OVERWRITE.value)


def _rendered():
    import numpy as np

    from face2param.database.reader import Database
    from face2param.features.lightcnn_training import image_lists

    databases = [Database(path) for path in _DATABASE.value]
    lists = []
    for split, most in (("training", None), ("validation", _VALIDATION_COUNT.value)):
        paths, landmarks = [], []
        for database in databases:
            indices = database.indices(split)[:most]
            paths += [database.picture_path(index).absolute() for index in indices]
            landmarks.append(database.landmarks01[indices] * database.size)
        name = f"{split} heads of {', '.join(_DATABASE.value)}"
        lists.append(
            image_lists.from_paths(
                paths, range(len(paths)), landmarks=np.concatenate(landmarks), name=name
            )
        )
    return lists


if __name__ == "__main__":
    app.run(main)
