"""Training of R-Net from folders of photographs and databases of heads to weights."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2param import features, images
from face2param.alignment import pos
from face2param.database.reader import Database
from face2param.errors import ConfigError, ImageError, NoFaceError
from face2param.morphable import registry
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.pipelines.photos import list_photos, open_photo
from face2param.reconstruction import (
    backbones,
    heads,
    known,
    networks,
    objective,
    presets,
    store,
    training,
)
from face2param.reconstruction.perception import Perception
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import Pedigree, RNet
from face2param.training import checkpoints

_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Request:
    """What to learn from.

    Attributes:
      output: folder of the run; it also keeps what was prepared.
      images: folder of photographs, or None.
      hold_out_every: every n-th photograph by name from the first on only measures; 0: none.
      drawn: faces that are drawn from the face model.
      databases: folders of databases of the built-in engine, with label maps; only for the
        embedded face model.
      copies: augmented copies of each of their pictures.
      count: at most so many training heads of each database, or None.
      validation_count: at most so many heads of each validation split, and drawn faces.
      face_model: "builtin" or a file, see `morphable.registry.get`.
      backbone: of the network.
      white_light: 9 light coefficients instead of 27, as the paper.
      losses: preset of the weights for photographs, see `reconstruction.presets`.
      identity: identity network of the perceptual loss; "none" leaves that loss out.
      parsing: whether the parsing network's skin is multiplied into the attention.
      initial: folder of an R-Net to start from, "builtin" or None.
      command: for the record.
    """

    output: Path
    images: str | None = None
    hold_out_every: int = 0
    drawn: int = 0
    databases: tuple[str, ...] = ()
    copies: int = 1
    count: int | None = None
    validation_count: int = 256
    face_model: str = "builtin"
    backbone: str = "compact"
    white_light: bool = False
    losses: str = "code"
    identity: str = "dlib"
    parsing: bool = True
    initial: str | None = None
    command: str = ""

    def __post_init__(self) -> None:
        """Checks what does not need the files.

        Raises:
          ConfigError: naming the field that does not fit.
        """
        for name in ("drawn", "hold_out_every"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name}: must not be negative, got {getattr(self, name)}")
        if self.copies < 1 or self.validation_count < 1:
            raise ConfigError(
                f"copies {self.copies}, validation_count {self.validation_count}: must be positive"
            )
        if not (self.images or self.drawn or self.databases):
            raise ConfigError(
                "nothing to learn from: give a folder of photographs, drawn faces or databases"
            )


def train(
    request: Request,
    config: training.TrainingConfig,
    resume: bool = False,
    overwrite: bool = False,
) -> dict[str, float]:
    """Prepares what was asked for, trains, measures, and saves R-Net.

    Returns:
      metrics on held-out faces (`faces_...`) and photographs (`photos_...`).

    Raises:
      Face2ParamError: of whatever part could not be read or does not fit.
    """
    checkpoints.refuse_existing(request.output, resume, overwrite)
    weights = presets.get(request.losses)
    if request.identity == "none":
        weights = dataclasses.replace(weights, perceptual=0.0)
    model = registry.get(request.face_model)
    renderer = Renderer(Decoder(model))
    layout = layout_of(model, request.white_light)
    network = networks.NetworkConfig(layout.sizes, request.backbone)
    rnet = RNet(network, pedigree=Pedigree.of(model, request.command))
    if request.initial:
        initial = RNet.load(request.initial, model)
        if initial.network != network:
            raise ConfigError(
                f"initial: {request.initial} is a network {initial.network}, to be trained is "
                f"{network}"
            )
        rnet.model.set_weights(initial.model.get_weights())
    perception = Perception(features.identity(request.identity)) if weights.perceptual else None
    photos = measured = None
    if request.images:
        photos, measured = photographs(request, renderer, weights.attention, perception)
    faces, held_out = known_faces(request, renderer)
    trained = training.train(
        config.for_rows(photos, faces),
        rnet,
        layout,
        renderer,
        training.Material(photos, faces, measured, held_out),
        request.output,
        objective=objective.Objective(renderer, weights, perception),
        resume=resume,
        overwrite=overwrite,
    )
    return dict(trained.pedigree.metrics)


def photographs(
    request: Request, renderer: Renderer, attention: str, perception: Perception | None
) -> tuple[store.Table, store.Table | None]:
    """Photographs to train on, and those that only measure.

    Raises:
      ImageError: no such folder, or no picture in it.
      NoFaceError: no face was found in any of them.
    """
    paths = list_photos(request.images)
    every = request.hold_out_every
    measuring = [path for i, path in enumerate(paths) if every and i % every == 0]
    training_paths = [path for path in paths if path not in set(measuring)]
    if not training_paths:
        raise ImageError(f"{request.images}: all {len(paths)} photographs are held out")
    parsing = features.parsing() if request.parsing else None
    made = [
        aligned_photos(
            part, request.output / "samples" / name, renderer, attention, perception, parsing
        )
        for name, part in (("photos", training_paths), ("held_out_photos", measuring))
        if part
    ]
    return made[0], made[1] if measuring else None


def aligned_photos(
    paths: Sequence[Path],
    folder: Path,
    renderer: Renderer,
    attention: str = "posterior",
    perception: Perception | None = None,
    parsing=None,
) -> store.Table:
    """Photographs found, marked, aligned and measured for the weak losses, once.

    Args:
      paths: of the photographs; those without a face are left out with a warning.
      folder: where the samples are kept.
      renderer: of the face model, on whose mean they are aligned.
      attention: see `presets.Weights`.
      perception: for descriptors, or None.
      parsing: network whose skin is multiplied into the attention, or None.

    Returns:
      image `[224, 224, 3]` uint8, attention and valid `[224, 224]` uint8, landmarks `[68, 2]`,
      row (of `paths`) and, with a perception, descriptor.

    Raises:
      NoFaceError: no face was found in any of them.
    """
    model = renderer.decoder.model
    standard = pos.five_points(model.landmarks())
    recipe = {
        "what": "photographs",
        "names": [path.name for path in paths],
        "standard": np.round(standard, 3).tolist(),
        "attention": attention,
        "descriptor": perception.network.name if perception else "none",
        "parsing": parsing is not None,
    }

    def make(rows: np.ndarray) -> dict[str, np.ndarray]:
        aligned, kept = [], []
        for row in rows:
            try:
                photo = open_photo(paths[row])
                aligned.append(pos.align_pos(photo.image, photo.landmarks, standard))
                kept.append(row)
            except (ImageError, NoFaceError) as error:
                _LOG.warning("left out: %s: %s", paths[row].name, error)
        return _measured(aligned, kept, attention, perception, parsing)

    try:
        return store.prepared(folder, recipe, len(paths), make, "photographs")
    except store.NoSamplesError:
        raise NoFaceError(f"{folder}: no face in any of {len(paths)} photographs") from None


def _measured(aligned, kept, attention, perception, parsing) -> dict[str, np.ndarray]:
    size = pos.SIZE
    found = {
        "image": np.zeros((len(kept), size, size, 3), np.uint8),
        "attention": np.zeros((len(kept), size, size), np.uint8),
        "valid": np.zeros((len(kept), size, size), np.uint8),
        "landmarks": np.zeros((len(kept), 68, 2), np.float32),
        "row": np.asarray(kept, np.int32),
    }
    if perception is not None:
        found["descriptor"] = np.zeros((len(kept), perception.network.embedding_size), np.float32)
    for start in range(0, len(kept), 16):
        some = slice(start, min(start + 16, len(kept)))
        photos = np.stack([photo.image for photo in aligned[some]])
        landmarks = np.stack([photo.landmarks for photo in aligned[some]])
        valid = np.stack([photo.valid_mask for photo in aligned[some]])
        photo = objective.prepare(
            photos, landmarks, valid, attention=attention, perception=perception, parsing=parsing
        )
        found["image"][some] = images.to_uint8(photos)
        found["attention"][some] = np.round(255 * photo["attention"].numpy()[..., 0])
        found["valid"][some] = 255 * valid
        found["landmarks"][some] = landmarks
        if perception is not None:
            found["descriptor"][some] = photo["descriptor"].numpy()
    return found


def known_faces(
    request: Request, renderer: Renderer
) -> tuple[store.Table | None, store.Table | None]:
    """Faces with known coefficients to train on, and those that only measure.

    Raises:
      ConfigError: databases with a face model other than the embedded one.
    """
    if not (request.drawn or request.databases):
        return None, None
    if request.white_light:
        raise ConfigError("white_light: faces with known coefficients have coloured light")
    size = backbones.DRAWN_SIZES[request.backbone]
    folder, variety = request.output / "samples", known.Variety()
    made = {"training": [], "validation": []}
    if request.databases:
        projection = heads.Projection(renderer.decoder.model)
        first = Database(request.databases[0])
        projection.place([first.character(i) for i in range(min(128, len(first)))])
        for number, path in enumerate(request.databases):
            database = Database(path, first.schema)
            for split, count in (
                ("training", request.count),
                ("validation", request.validation_count),
            ):
                indices = database.indices(split)[:count]
                name = f"{split}_{number}"
                table = heads.coefficients(
                    database, indices, projection, folder / f"coefficients_{name}"
                )
                copies = request.copies if split == "training" else 1
                made[split].append(
                    heads.photographed(
                        database, indices, table, renderer, folder / f"heads_{name}",
                        copies=copies, variety=variety, size=size, seed=number,
                    )
                )  # fmt: skip
    elif request.drawn:
        held = known.drawn(
            renderer, folder / "drawn_validation", request.validation_count, variety, size, seed=1
        )
        made["validation"].append(held)
    if request.drawn:
        made["training"].append(
            known.drawn(renderer, folder / "drawn", request.drawn, variety, size)
        )
    return store.Table.joined(made["training"]), store.Table.joined(made["validation"])
