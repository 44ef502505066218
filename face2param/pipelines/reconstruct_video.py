"""Video in, the same face in every frame out: coefficients, a mesh, and a film of both."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from face2param import config, images
from face2param.alignment import align
from face2param.landmarks import similarity
from face2param.morphable.coefficients import BANDS, light_matrix
from face2param.morphable.decode import Scene
from face2param.pipelines import reconstruction_pictures as pictures
from face2param.pipelines.photos import Photo
from face2param.pipelines.reconstruction_pictures import Painted, Pinhole
from face2param.pipelines.reconstruction_result import Reconstruction
from face2param.pipelines.reconstruction_settings import FILES
from face2param.pipelines.reconstructor import Coefficients, Reconstructor
from face2param.pipelines.result import check_folder, stage
from face2param.reconstruction import clip, lights, objective, video
from face2param.reconstruction.clip import Track
from face2param.reconstruction.smoothing import OneEuro
from face2param.rendering import harmonics

SAMPLES = 5
"""Frames from which the identity, the albedo and the texture come."""

_TALLEST, _WIDEST = 720, 3840
"""Of a panel and of the whole film, in pixels."""


@dataclasses.dataclass(frozen=True)
class Clip:
    """A face through a video.

    Attributes:
      track: where it was found.
      coefficients: name -> `[frames, size]`; identity and albedo are the same in all frames.
      matrices: `[frames, 2, 3]`, pixels of the frame to pixels of its crop.
      landmarks: `[frames, 68, 2]` px of the frame, the model's.
      person: the most frontal of the sampled frames, with the texture of all of them.
    """

    track: Track
    coefficients: Coefficients
    matrices: np.ndarray
    landmarks: np.ndarray
    person: Reconstruction

    def save_numbers(self, path: Path) -> None:
        """Writes `frames.npz`: the coefficients, `times`, `present`, `landmarks`, `matrices`."""
        with config.atomic_path(path) as temporary:
            np.savez_compressed(
                temporary,
                **self.coefficients,
                times=self.track.times,
                present=self.track.present,
                landmarks=self.landmarks,
                matrices=self.matrices,
                model=np.array(self.person.model.name),
                model_hash=np.array(self.person.model.hash),
            )


def reconstruct_video(
    tools: Reconstructor,
    path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    face_index: int | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> Clip:
    """Follows one face through a video and writes everything about it to a folder.

    The video is decoded twice, a frame at a time: first the face is followed and a few frames
    are kept, from which identity and albedo come as from a set of photographs. Then pose and
    expression of all frames are found from their landmarks and smoothed with hindsight, and the
    film is drawn: video, overlay, mesh, side by side, with the sound of the video.

    Args:
      tools: face model and networks.
      path: of the video.
      output: folder for the results, made if it does not exist.
      face_index: which face of the first frame that shows any, counted from the largest.
      overwrite: replace results that are already there.
      progress: show bars.

    Returns:
      What was found.

    Raises:
      ImageError: the video cannot be read.
      NoFaceError: no face in any frame.
      OutputError: the folder holds results and `overwrite` is false, or cannot be written.
      DependencyError: PyAV is not installed.
    """
    output = Path(output)
    check_folder(output, overwrite, FILES)
    info = video.probe(path)
    with _bar("following", info.frames, progress) as bar:
        track, samples = clip.follow(path, face_index, SAMPLES, bar.update)
    found = _clip(tools, track, samples, os.path.basename(os.fspath(path)), progress)
    with stage(output) as temporary:
        film = _Film(tools, found, info)
        with (
            _bar("drawing", len(track.times), progress) as bar,
            video.writing(temporary / "video.mp4", film.size, info.rate, path) as writer,
        ):
            for frame in video.read(path):
                writer.write(film.draw(frame), frame.time)
                bar.update()
        found = dataclasses.replace(found, coefficients=found.coefficients | film.light())
        found.save_numbers(temporary / "frames.npz")
        found.person.write(temporary)
    return found


def _bar(name: str, total: int | None, progress: bool) -> tqdm:
    return tqdm(total=total, desc=name, unit="frame", disable=not progress)


def _clip(tools: Reconstructor, track: Track, samples, name: str, progress: bool) -> Clip:
    """Identity and albedo from the samples, then every frame."""
    tools.seconds = {}
    photographs = [
        Photo(
            f"{name}, frame {sample.frame}",
            images.from_uint8(sample.image),
            sample.landmarks,
            (*sample.landmarks.min(0).tolist(), *sample.landmarks.max(0).tolist()),
        )
        for sample in samples
    ]
    person = _person(tools, photographs)
    matrices = clip.place(track, tools.standard)
    identity = person.coefficients["identity"]
    with _bar("fitting", len(track.times), progress) as bar:
        moving = clip.fit_frames(tools.model, tools.camera, track, matrices, identity, bar.update)
    count = len(track.times)
    still = {
        kind: np.repeat(person.coefficients[kind][None], count, 0)
        for kind in ("identity", "albedo", "light")
    }
    coefficients = {kind: (still | moving)[kind] for kind in tools.layout.names}
    back = similarity.invert(matrices)
    landmarks = similarity.transform_points(back, tools.landmarks(coefficients))
    return Clip(track, coefficients, matrices, landmarks.astype(np.float32), person)


def _person(tools: Reconstructor, photographs: list[Photo]) -> Reconstruction:
    """One identity and albedo for all samples; the most frontal sample with everyone's texture."""
    looked = [tools.look(photo) for photo in photographs]
    found, losses = tools.refine(looked, tools.common_start(looked), ("identity", "albedo"))
    front = int(np.abs(found["rotation"][:, :2]).sum(1).argmin())
    order = [front, *(k for k in range(len(looked)) if k != front)]
    found = {kind: part[order] for kind, part in found.items()}
    looked, losses = [looked[k] for k in order], [losses[k] for k in order]
    return tools.finish(looked, found, losses, count=1)[0]


class _Film:
    """Draws the panels of a frame and reads the light of each."""

    def __init__(self, tools: Reconstructor, found: Clip, info: video.Info):
        self._tools, self._found = tools, found
        height, width = info.size
        scale = min(1.0, _TALLEST / height, _WIDEST / 3 / width)
        # Even numbers, as the video's colour format wants them.
        self._panel = tuple(2 * max(1, round(side * scale / 2)) for side in (height, width))
        self.size = (self._panel[0], 3 * self._panel[1])
        self._shown = found.track.shown()
        self._smooth = OneEuro(cutoff=0.5, speed=0.0)
        self._lights = found.coefficients["light"].copy()

    def light(self) -> Coefficients:
        """`[frames, size]`, read while drawing."""
        return {"light": self._lights}

    def draw(self, frame: video.Frame) -> np.ndarray:
        """Video, overlay and mesh, `[height, 3 width, 3]`."""
        image = frame.image
        if image.shape[:2] != self._panel:
            image = images.resize(image, self._panel)
        ground = np.broadcast_to(pictures.GROUND, image.shape)
        k = frame.index
        if k >= len(self._shown) or not self._shown[k]:
            return np.concatenate([image, image, ground], 1)
        row = {name: part[k] for name, part in self._found.coefficients.items()}
        scene = self._tools.scene(row)
        self._lights[k] = self._read_light(frame, scene)
        light = light_matrix(tf.constant(self._lights[k : k + 1]))
        colours = harmonics.shade(scene.albedo, scene.normals, light)[0].numpy()
        posed = scene.vertices[0].numpy()
        surface = Painted(posed, self._tools.model.faces, np.clip(colours, 0, 1))
        camera = self._camera(frame)
        laid_over = pictures.overlay(image, surface, camera)
        mesh = pictures.overlay(ground, pictures.clay(surface), camera)
        return np.concatenate([image, laid_over, mesh], 1)

    def _camera(self, frame: video.Frame) -> Pinhole:
        """The crop's camera as one of the panel."""
        back = similarity.invert(self._found.matrices[frame.index])
        ratio = self._panel[0] / frame.image.shape[0]
        x, y = back @ [*self._tools.camera.principal, 1] * ratio
        focal = self._tools.camera.focal * back[0, 0] * ratio
        return Pinhole(float(focal), (float(x), float(y)), self._tools.camera.distance)

    def _read_light(self, frame: video.Frame, scene: Scene) -> np.ndarray:
        """The light of one frame `[size]`, smooth over time; in a gap the last one."""
        k = frame.index
        if not self._found.track.present[k]:
            return self._lights[max(k - 1, 0)]
        side = self._tools.camera.size
        crop = align.warp(frame.image, self._found.matrices[k], side)[None]
        skin = objective.attend(crop) > 0.5
        found = lights.fit_lights(scene, crop, skin, self._tools.model.skin_mask)[0]
        if self._lights.shape[1] == BANDS:
            found = found.reshape(-1, BANDS).mean(0)
        return self._smooth(found, frame.time).astype(np.float32)
