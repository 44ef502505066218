"""A reconstructed face as the user holds it, and the files that it is saved to."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from face2param import config, images, meshes
from face2param.meshes import Mesh
from face2param.morphable.model import FaceModel
from face2param.pipelines import reconstruction_files as files
from face2param.pipelines import reconstruction_pictures as pictures
from face2param.pipelines.reconstruction_pictures import Painted, Pinhole
from face2param.pipelines.reconstruction_settings import FILES
from face2param.pipelines.result import check_folder, stage
from face2param.reconstruction.atlas import Atlas
from face2param.reconstruction.texture_baking import Baked


@dataclasses.dataclass(frozen=True)
class Geometry:
    """What the coefficients mean, as arrays.

    Attributes:
      shape: `[vertices, 3]` identity and expression, unposed, decimetres.
      neutral: `[vertices, 3]` identity alone.
      expression: `[vertices, 3]` the mean face with the expression.
      posed: `[vertices, 3]` in front of the camera.
      normals: `[vertices, 3]` unit, posed.
      albedo: `[vertices, 3]`.
      shading: `[vertices, 3]` what the light makes of an albedo of 1.
      colours: `[vertices, 3]` albedo under the light, not clipped.
      landmarks: `[68, 2]` px of the crop.
    """

    shape: np.ndarray
    neutral: np.ndarray
    expression: np.ndarray
    posed: np.ndarray
    normals: np.ndarray
    albedo: np.ndarray
    shading: np.ndarray
    colours: np.ndarray
    landmarks: np.ndarray


@dataclasses.dataclass(frozen=True)
class Reconstruction:
    """One photograph's face in three dimensions.

    Attributes:
      name: of the photograph.
      model: the face model.
      coefficients: name -> `[size]` float32, in the layout's order.
      geometry: the same as arrays.
      image: `[height, width, 3]` the photograph.
      detected: `[68, 2]` px of the photograph, what the predictor found.
      crop: `[224, 224, 3]`, what network and refinement saw.
      matrix: `[2, 3]`, pixels of the photograph to pixels of the crop.
      camera: of the whole photograph.
      atlas: of the model's texture.
      baked: the texture.
      losses: name -> value after the refinement; empty without one.
      seconds: stage -> how long it took.
    """

    name: str
    model: FaceModel
    coefficients: dict[str, np.ndarray]
    geometry: Geometry
    image: np.ndarray
    detected: np.ndarray
    crop: np.ndarray
    matrix: np.ndarray
    camera: Pinhole
    atlas: Atlas
    baked: Baked
    losses: dict[str, float] = dataclasses.field(default_factory=dict)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def landmarks(self) -> np.ndarray:
        """`[68, 2]` float32, the model's landmarks in pixels of the photograph."""
        back = np.linalg.inv(self.matrix[:, :2])
        found = (self.geometry.landmarks - self.matrix[:, 2]) @ back.T
        return found.astype(np.float32)

    @functools.cached_property
    def mesh(self) -> Mesh:
        """Identity and expression, unposed, with the photograph's texture."""
        return self.mesh_of(self.geometry.shape, self.baked.lit)

    def mesh_of(self, vertices: np.ndarray, texture: np.ndarray | None = None) -> Mesh:
        """A mesh of other vertices `[vertices, 3]` with the same connectivity and UV."""
        shared = np.array_equal(self.atlas.uv_faces, self.model.faces)
        return Mesh(
            vertices,
            self.model.faces,
            self.atlas.uv,
            None if shared and len(self.atlas.uv) == len(vertices) else self.atlas.uv_faces,
            texture=texture,
        )

    def overlay(self) -> np.ndarray:
        """The drawn model over the whole photograph, `[height, width, 3]`."""
        colours = np.clip(self.geometry.colours, 0, 1)
        surface = Painted(self.geometry.posed, self.model.faces, colours)
        return pictures.overlay(self.image, surface, self.camera)

    def view(self, yaw: float = 0.0, size: int = pictures.VIEW, clay: bool = False) -> np.ndarray:
        """The face alone, textured or as clay, `[size, size, 3]`; see `pictures.view`."""
        surface = Painted(self.geometry.shape, self.model.faces)
        if not clay:
            surface = dataclasses.replace(
                surface, uv=self.atlas.uv, uv_faces=self.atlas.uv_faces, texture=self.baked.lit
            )
        return pictures.view(surface, yaw, size)

    def nme(self) -> float:
        """Mean distance of fitted and detected landmarks over the outer-eye distance."""
        from face2param.metrics import landmarks

        return float(landmarks.nme(self.landmarks, self.detected))

    def save(self, folder: str | os.PathLike, overwrite: bool = False) -> Path:
        """Writes all files, or none.

        Args:
          folder: made if it does not exist.
          overwrite: replace results that are already there.

        Returns:
          The folder.

        Raises:
          OutputError: the folder holds results and `overwrite` is false, or it cannot be
            written.
        """
        folder = Path(folder)
        check_folder(folder, overwrite, FILES)
        with stage(folder) as temporary:
            self.write(temporary)
        return folder

    def write(self, folder: Path) -> None:
        """Writes all files into a folder that exists, one after the other."""
        self._save_meshes(folder)
        self._save_pictures(folder)
        files.write_npz(folder / "coefficients.npz", self)
        files.write_mat(folder / "coefficients.mat", self)
        files.write_points(folder / "landmarks.txt", self.landmarks)
        config.write_json(folder / "camera.json", files.camera(self))
        config.write_json(folder / "light.json", files.light(self))
        config.write_json(folder / "reconstruction.json", self.summary())

    def summary(self) -> dict[str, Any]:
        """What a person or a script wants to know first."""
        return {
            "photograph": self.name,
            "model": {"name": self.model.name, "hash": self.model.hash, "unit": "decimetre"},
            "landmark_nme": self.nme(),
            "head_pose_degrees": dict(
                zip(
                    ("pitch", "yaw", "roll"),
                    (math.degrees(angle) for angle in self.coefficients["rotation"].tolist()),
                    strict=True,
                )
            ),
            "losses": self.losses,
            "texture": {
                "size": self.atlas.size,
                "seen": float(self.baked.seen[self.atlas.covered()].mean()),
            },
            "seconds": self.seconds,
        }

    def write_neutral(self, folder: Path) -> None:
        """Writes the identity alone: `neutral.obj`, `.glb`, its landmarks, `albedo.png`."""
        neutral = self.mesh_of(self.geometry.neutral)
        meshes.write_obj(folder / "neutral.obj", neutral, files.write_material(folder, "albedo"))
        images.write_image(folder / "albedo.png", self.baked.albedo)
        textured = neutral.replace(texture=self.baked.albedo)
        meshes.write_glb(folder / "neutral.glb", textured, files.METRES, name="neutral")
        marks = self.model.landmarks(self.geometry.neutral)
        files.write_points(folder / "neutral_landmarks.txt", marks)

    def _save_meshes(self, folder: Path) -> None:
        meshes.write_obj(folder / "face.obj", self.mesh)
        meshes.write_glb(folder / "face.glb", self.mesh, files.METRES, unlit=True)
        marks = self.model.landmarks(self.geometry.shape)
        files.write_points(folder / "face_landmarks.txt", marks)
        for name in ("expression", "posed"):
            mesh = self.mesh_of(getattr(self.geometry, name))
            meshes.write_obj(folder / f"{name}.obj", mesh, "face.mtl")
        self.write_neutral(folder)

    def _save_pictures(self, folder: Path) -> None:
        laid_over = self.overlay()
        views = {
            "frontal": self.view(pictures.FRONTAL),
            "turned": self.view(pictures.THREE_QUARTER),
            "side": self.view(pictures.SIDE),
            "shape": self.view(pictures.FRONTAL, clay=True),
            "shape, turned": self.view(pictures.THREE_QUARTER, clay=True),
        }
        images.write_image(folder / "overlay.png", laid_over)
        images.write_image(folder / "frontal.png", views["frontal"])
        images.write_image(folder / "side.png", views["side"])
        box = (*self.landmarks.min(0).tolist(), *self.landmarks.max(0).tolist())
        page = pictures.sheet(self.image, box, laid_over, self.detected, self.landmarks, views)
        images.write_image(folder / "sheet.png", page)
