"""Fits the skin-colour mixtures to labelled pictures.

From databases that an engine rendered with label maps, and from portraits, whose regions the
shipped parsing network reads.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from face2param.bin import app

_DATABASE = flags.DEFINE_multi_string(
    "database", [], "Database that generate_database wrote with --labels; may be given again."
)
_DATABASE_COUNT = flags.DEFINE_integer(
    "database_count", 300, "Pictures taken from each database.", lower_bound=1
)
_PHOTOS = flags.DEFINE_multi_string("photos", [], "Folder of portraits; may be given again.")
_HOLD_OUT_EVERY = flags.DEFINE_integer(
    "hold_out_every",
    0,
    "Keep every n-th portrait (by name, from the first) for measuring only; 0: none.",
    lower_bound=0,
)
_OUTPUT = flags.DEFINE_string("output", None, "JSON file to write.", required=True)
_COMPONENTS = flags.DEFINE_integer("components", 4, "Gaussians of either mixture.", lower_bound=1)
_PIXELS = flags.DEFINE_integer(
    "pixels", 500, "Pixels of either class drawn from each picture.", lower_bound=1
)
_TRIM = flags.DEFINE_float(
    "trim", 0.1, "Share of each picture's least typical skin that is left out."
)
_PRIOR = flags.DEFINE_float("prior", 0.8, "Probability of skin before the colour is seen.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the draw and of the starting points.")
_SUFFIXES = {".jpg", ".jpeg", ".png"}


def main(argv: Sequence[str]) -> None:
    """Draws pixels, fits, writes the model and prints how well it parts skin from the rest."""
    del argv
    command = app.prepare_training()
    from face2param.errors import ConfigError
    from face2param.reconstruction import skin, skin_training

    if not (_DATABASE.value or _PHOTOS.value):
        raise ConfigError("give --database or --photos")
    config = skin_training.SkinTraining(
        _COMPONENTS.value, _PIXELS.value, _TRIM.value, _PRIOR.value, _SEED.value
    )
    training, held_out = list(_rendered()), []
    for folder in _PHOTOS.value:
        for index, path in enumerate(_portraits(folder)):
            measures = _HOLD_OUT_EVERY.value and index % _HOLD_OUT_EVERY.value == 0
            (held_out if measures else training).append(path)
    model = skin_training.fit(_read(training), config)
    source = f"{command}: {len(training)} labelled pictures"
    skin.save(dataclasses.replace(model, source=source), _OUTPUT.value)
    for name, pictures in (("training", training), ("held out", held_out)):
        if pictures:
            quality = skin_training.measure(model, _read(pictures))
            print(
                f"{name}: {len(pictures)} pictures, accuracy {quality.accuracy:.3f}, AUC "
                f"{quality.auc:.3f}, skin {quality.skin:.3f}, other {quality.other:.3f}"
            )
    print(_OUTPUT.value)


def _portraits(folder: str) -> list[Path]:
    from face2param.errors import ImageError

    paths = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in _SUFFIXES)
    if not paths:
        raise ImageError(f"{folder}: holds no .jpg or .png pictures")
    return paths


def _rendered() -> Iterator[tuple]:
    """(database, index) of the training pictures that are taken, evenly spread."""
    import numpy as np

    from face2param.database.reader import Database

    for folder in _DATABASE.value:
        database = Database(folder)
        indices = database.indices("training")
        count = min(_DATABASE_COUNT.value, len(indices))
        for at in np.linspace(0, len(indices) - 1, count).astype(int):
            yield database, int(indices[at])


def _read(entries: list) -> Iterator[tuple]:
    """Pictures with label maps; a portrait without a face is left out and said so."""
    from face2param.errors import ImageError, NoFaceError
    from face2param.reconstruction import skin_pictures

    for entry in entries:
        if isinstance(entry, tuple):
            database, index = entry
            yield database.image(index), database.labels(index)
            continue
        try:
            yield skin_pictures.parse_portrait(entry)
        except (ImageError, NoFaceError) as error:
            print(f"left out: {entry.name}: {error}", flush=True)


if __name__ == "__main__":
    app.run(main)
