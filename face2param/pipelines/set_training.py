"""Training of C-Net from folders of people and drawn faces to weights."""

from __future__ import annotations

import dataclasses
import logging
import os
from pathlib import Path

import numpy as np

from face2param import features, images
from face2param.errors import ConfigError, ImageError, NoFaceError
from face2param.morphable import registry
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.pipelines import reconstruction_training
from face2param.pipelines.photos import SUFFIXES
from face2param.reconstruction import (
    backbones,
    cnet_training,
    image_sets,
    known,
    objective,
    presets,
    store,
    training,
)
from face2param.reconstruction.cnet import CNet
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
      people: folder with one folder of photographs for each person, or None.
      drawn: people that are drawn from the face model, or 0.
      pictures: in each set.
      sets: sets that are put together of each person's photographs.
      validation: drawn people that only measure.
      rnet: folder of the R-Net, or "builtin".
      face_model: "builtin" or a file, see `morphable.registry.get`.
      losses: preset of the weights for photographs, see `reconstruction.presets`.
      identity: identity network of the perceptual loss and of the check that a folder shows one
        person; "none" leaves both out.
      command: for the record.
      seed: of the sets.
    """

    output: Path
    people: str | None = None
    drawn: int = 0
    pictures: int = 5
    sets: int = 4
    validation: int = 60
    rnet: str = "builtin"
    face_model: str = "builtin"
    losses: str = "code"
    identity: str = "dlib"
    command: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks what does not need the files.

        Raises:
          ConfigError: naming the field that does not fit.
        """
        if self.pictures < 2 or self.sets < 1 or self.validation < 1 or self.drawn < 0:
            raise ConfigError(
                f"pictures {self.pictures}: at least 2; sets {self.sets}, validation "
                f"{self.validation}: at least 1; drawn {self.drawn}: not negative"
            )
        if not (self.people or self.drawn):
            raise ConfigError("nothing to learn from: give a folder of people, or drawn people")


def train(
    request: Request,
    config: training.TrainingConfig,
    resume: bool = False,
    overwrite: bool = False,
) -> dict[str, float]:
    """Prepares what was asked for, trains, measures, and saves C-Net.

    Returns:
      metrics on drawn people that did not train, the plain mean's beside C-Net's.

    Raises:
      Face2ParamError: of whatever part could not be read or does not fit.
    """
    checkpoints.refuse_existing(request.output, resume, overwrite)
    model = registry.get(request.face_model)
    rnet = RNet.load(request.rnet, model)
    renderer = Renderer(Decoder(model))
    layout = layout_of(model, dict(rnet.network.sizes)["light"] == 9)
    weights = presets.get(request.losses)
    perception = None
    if request.identity == "none":
        weights = dataclasses.replace(weights, perceptual=0.0)
    elif request.people:
        perception = Perception(features.identity(request.identity))
    photos = None
    if request.people:
        photos = sets_of_people(request, renderer, weights.attention, perception)
    size, folder = backbones.DRAWN_SIZES[rnet.network.backbone], request.output / "samples"
    variety, views = known.Variety(), request.pictures
    faces = None
    if request.drawn:
        faces = known.drawn(
            renderer, folder / "drawn_sets", request.drawn, variety, size, 2, views=views
        )
    held_out = known.drawn(
        renderer, folder / "drawn_sets_validation", request.validation, variety, size, 3,
        views=views,
    )  # fmt: skip
    pedigree = dataclasses.replace(Pedigree.of(model, request.command), rnet=rnet.digest())
    trained = cnet_training.train(
        config.for_rows(photos, faces),
        rnet,
        CNet(rnet.network, pedigree=pedigree),
        layout,
        renderer,
        training.Material(photos, faces, None, held_out, group=views),
        request.output,
        objective=objective.Objective(renderer, weights, perception) if photos else None,
        resume=resume,
        overwrite=overwrite,
    )
    return dict(trained.pedigree.metrics)


def list_people(folder: str | os.PathLike) -> dict[str, list[Path]]:
    """Photographs of each person: one folder a person.

    Raises:
      ImageError: no such folder, or no folder in it with two photographs or more.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageError(f"no such folder: {folder}")
    found = {
        path.name: sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        for path in sorted(folder.iterdir())
        if path.is_dir()
    }
    found = {name: files for name, files in found.items() if len(files) > 1}
    if not found:
        raise ImageError(
            f"{folder}: expected one folder for each person with two photographs or more of him "
            "or her; there is none"
        )
    return found


def sets_of_people(
    request: Request, renderer: Renderer, attention: str, perception: Perception | None
) -> store.Table:
    """Sets of photographs, the rows of a set one after the other.

    Raises:
      ImageError: no people, or a folder shows several; the message names the files.
      NoFaceError: nobody has two photographs with a face.
    """
    rng, parsing = np.random.default_rng(request.seed), features.parsing()
    parts = []
    for number, (name, paths) in enumerate(list_people(request.people).items()):
        folder = request.output / "samples" / "people" / f"{number:05d}"
        try:
            table = reconstruction_training.aligned_photos(
                paths, folder, renderer, attention, perception, parsing
            )
        except NoFaceError as error:
            _LOG.warning("left out: %s: %s", name, error)
            continue
        if len(table) < 2:
            _LOG.warning("left out: %s: a face on one photograph only", name)
            continue
        everything = table.take(np.arange(len(table)))
        if perception is not None:
            names = [f"{name}/{paths[row].name}" for row in everything["row"]]
            pictures = images.from_uint8(everything["image"])
            image_sets.check_same_person(
                names, pictures, everything["landmarks"], perception.network
            )
        for _ in range(request.sets):
            again = len(table) < request.pictures
            rows = rng.choice(len(table), request.pictures, replace=again)
            parts.append(table.take(rows))
    if not parts:
        raise NoFaceError(f"{request.people}: nobody has two photographs with a face")
    return store.Table(parts)
