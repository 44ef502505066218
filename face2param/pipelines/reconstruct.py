"""Photograph in, textured face in three dimensions out; several photographs of one person too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face2param import config, features
from face2param.pipelines import photos
from face2param.pipelines.photos import Photo
from face2param.pipelines.reconstruction_result import Reconstruction
from face2param.pipelines.reconstruction_settings import FILES, Settings
from face2param.pipelines.reconstructor import Reconstructor
from face2param.pipelines.result import check_folder, stage
from face2param.reconstruction import image_sets

Source = str | os.PathLike | np.ndarray | Photo


def reconstruct(
    photo: Source | Sequence[Source],
    *,
    face_index: int | None = None,
    progress: bool = False,
    **settings,
) -> Reconstruction | list[Reconstruction]:
    """Reconstructs the face of a photograph, or of several photographs of one person.

    Args:
      photo: path, `[height, width, 3]` float32 RGB in [0, 1], or a photograph that
        `photos.open_photo` opened; or a list of them that show one person, whose identity is
        then the same in all results.
      face_index: which face of each photograph, counted from the largest; None: the largest.
      progress: show a bar.
      **settings: see `Settings`.

    Returns:
      The result; a list of results for a list of photographs.

    Raises:
      ImageError: not a picture, or too small; or a list shows different people.
      NoFaceError: no face in it.
      FaceModelError: the face model cannot be read.
      WeightsError: weights are missing or of another face model.
      ConfigError: a setting is unknown or out of range.
      SearchError: the refinement met a value that is not a number.
    """
    single = isinstance(photo, (str, os.PathLike, np.ndarray, Photo))
    tools = Reconstructor.shared(Settings(**settings))
    found = [
        source if isinstance(source, Photo) else photos.open_photo(source, face_index)
        for source in ([photo] if single else photo)
    ]
    if single:
        return of_photo(tools, found[0], progress)
    return of_set(tools, found, progress)


def of_photo(tools: Reconstructor, photo: Photo, progress: bool = False) -> Reconstruction:
    """Reconstructs one photograph.

    Args:
      tools: face model and networks.
      photo: with its face found.
      progress: show a bar.
    """
    tools.seconds = {}
    with tqdm(total=4, disable=not progress, unit="stage") as bar:
        bar.set_description("looking")
        looked = [tools.look(photo)]
        bar.update()
        start = tools.start(looked)
        bar.update()
        bar.set_description("refining")
        found, losses = tools.refine(looked, start)
        bar.update()
        bar.set_description("painting")
        (result,) = tools.finish(looked, found, losses)
        bar.update()
    return result


def of_set(
    tools: Reconstructor, photographs: Sequence[Photo], progress: bool = False
) -> list[Reconstruction]:
    """Reconstructs photographs of one person with one identity.

    The photographs are refined together, from the identity that all of them suggest: views of one
    head from several sides. Textures fill what their own photograph does not show from the others.

    Args:
      tools: face model and networks.
      photographs: with their faces found, at least one.
      progress: show a bar.

    Raises:
      ImageError: they show different people; the message names the files.
    """
    tools.seconds = {}
    with tqdm(total=4, disable=not progress, unit="stage") as bar:
        bar.set_description("looking")
        image_sets.check_same_person(
            [photo.name for photo in photographs],
            [photo.image for photo in photographs],
            [photo.landmarks for photo in photographs],
            features.identity(),
        )
        looked = [tools.look(photo) for photo in photographs]
        bar.update()
        start = tools.common_start(looked)
        bar.update()
        bar.set_description("refining")
        found, losses = tools.refine(looked, start, ("identity",))
        bar.update()
        bar.set_description("painting")
        results = tools.finish(looked, found, losses)
        bar.update()
    return results


def save_set(
    results: Sequence[Reconstruction], folder: str | os.PathLike, overwrite: bool = False
) -> Path:
    """Writes the results of `of_set`.

    The folder holds what the photographs share: `neutral.obj`, `neutral.glb` with the albedo of
    all photographs, `set.npz`; and for each photograph a folder of its own, as of a single one.

    Args:
      results: of one person.
      folder: made if it does not exist.
      overwrite: replace results that are already there.

    Returns:
      The folder.

    Raises:
      OutputError: the folder holds results and `overwrite` is false, or cannot be written.
    """
    folder = Path(folder)
    check_folder(folder, overwrite, FILES)
    names = [f"{k + 1:02d}_{Path(one.name).stem}" for k, one in enumerate(results)]
    for name, one in zip(names, results, strict=True):
        check_folder(folder / name, overwrite, FILES)
        one.save(folder / name, overwrite)
    # The most frontal photograph shows most of the face.
    first = min(results, key=lambda one: float(np.abs(one.coefficients["rotation"][:2]).sum()))
    # Last, so that it says that all is there.
    with stage(folder) as temporary:
        first.write_neutral(temporary)
        with config.atomic_path(temporary / "set.npz") as path:
            np.savez(
                path,
                names=np.array([one.name for one in results]),
                **{
                    kind: np.stack([one.coefficients[kind] for one in results])
                    for kind in first.coefficients
                },
            )
    return folder
