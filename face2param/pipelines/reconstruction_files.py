"""The numbers of a reconstruction as files: ours, Deep3D's, camera and light."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.io

from face2param import config, images, meshes
from face2param.landmarks import markup
from face2param.morphable.coefficients import AMBIENT, BANDS
from face2param.reconstruction.pose import rotation_matrix

if TYPE_CHECKING:
    from face2param.pipelines.reconstruction_result import Reconstruction

METRES = 0.1
"""Metres to a decimetre, the unit of face models."""

# Names of the published PyTorch code's file, in the order of its dictionary.
_PYTORCH = {
    "id": "identity",
    "exp": "expression",
    "tex": "albedo",
    "angle": "rotation",
    "gamma": "light",
    "trans": "translation",
}


def write_npz(path: Path, found: Reconstruction) -> None:
    """Writes the coefficients by name and as one vector, landmarks, and the way to the crop.

    Keys: each coefficient `[size]`, `vector`, `landmarks` and `detected` `[68, 2]` px of the
    photograph, `matrix` `[2, 3]` photograph to crop, `model` and `model_hash`.
    """
    with config.atomic_path(path) as temporary:
        np.savez(
            temporary,
            **found.coefficients,
            vector=np.concatenate(list(found.coefficients.values())),
            landmarks=found.landmarks,
            detected=found.detected.astype(np.float32),
            matrix=found.matrix,
            model=np.array(found.model.name),
            model_hash=np.array(found.model.hash),
        )


def write_mat(path: Path, found: Reconstruction) -> None:
    """Writes what both published programs write, with their keys, shapes and conventions.

    TensorFlow's: `cropped_img` (uint8 RGB), `recon_img` (uint8 RGBA), `coeff`, `face_shape`
    (posed), `face_texture` (albedo) and `face_color`, both 0..255, `lm_68p` (pixels of the crop,
    y upwards) and `lm_5p` (y downwards). PyTorch's: `id`, `exp`, `tex`, `angle`, `gamma`,
    `trans` and `lm68`, whose y is 223 minus the upward one and thus one less than ours.
    """
    from face2param.alignment import pos
    from face2param.pipelines import reconstruction_pictures as pictures

    side = found.crop.shape[0]
    geometry = found.geometry
    surface = pictures.Painted(geometry.posed, found.model.faces, np.clip(geometry.colours, 0, 1))
    scale = found.matrix[0, 0]
    centre = found.matrix[:, :2] @ np.array(found.camera.principal) + found.matrix[:, 2]
    camera = pictures.Pinhole(
        found.camera.focal * scale, tuple(centre.tolist()), found.camera.distance
    )
    colour, coverage = pictures.draw(surface, camera, (side, side))
    colour = np.where(coverage > 0, colour / np.maximum(coverage, 1e-3), 0)
    marks = geometry.landmarks
    detected = found.detected @ found.matrix[:, :2].T + found.matrix[:, 2]
    table: dict[str, Any] = {
        "coeff": np.concatenate(list(found.coefficients.values()))[None],
        "cropped_img": images.to_uint8(found.crop),
        "recon_img": images.to_uint8(np.concatenate([colour, coverage], -1)),
        "face_shape": geometry.posed[None],
        "face_texture": 255 * geometry.albedo[None],
        "face_color": 255 * np.clip(geometry.colours, 0, 1)[None],
        "lm_68p": np.stack([marks[:, 0], side - marks[:, 1]], 1)[None],
        "lm_5p": pos.five_points(detected) - 0.5,
        "lm68": (marks - [0, 1])[None],
        "tri": found.model.faces + 1,
    }
    for theirs, ours in _PYTORCH.items():
        table[theirs] = found.coefficients[ours][None]
    with config.atomic_path(path) as temporary:
        scipy.io.savemat(temporary, table, do_compression=True)


def write_material(folder: Path, texture: str) -> str:
    """Writes `TEXTURE.mtl` for a mesh whose picture is `TEXTURE.png`; returns its name."""
    name = f"{texture}.mtl"
    config.atomic_write(folder / name, meshes.material_text(f"{texture}.png").encode())
    return name


def write_points(path: Path, points: np.ndarray) -> None:
    """Writes one point a line, `[68, 2]` or `[68, 3]`."""
    rows = [" ".join(f"{value:.6f}" for value in row) for row in np.asarray(points).tolist()]
    config.atomic_write(path, ("\n".join(rows) + "\n").encode())


def camera(found: Reconstruction) -> dict[str, Any]:
    """Camera and pose, in this library's convention and in OpenCV's."""
    height, width = found.image.shape[:2]
    focal, (x, y), distance = found.camera.focal, found.camera.principal, found.camera.distance
    turn = rotation_matrix(found.coefficients["rotation"].astype(np.float64))
    shift = found.coefficients["translation"].astype(np.float64)
    flip = np.diag([1.0, -1.0, -1.0])
    return {
        "convention": "decimetres, x to the viewer's right, y up, z to the viewer; the camera "
        "stands at (0, 0, distance) and looks along -z; point = rotation_matrix @ model point + "
        "translation; pixels of the photograph, x right, y down, first pixel's centre at "
        "(0.5, 0.5)",
        "photograph": {"width": width, "height": height},
        "focal": focal,
        "principal": [x, y],
        "distance": distance,
        "field_of_view_degrees": math.degrees(2 * math.atan(height / 2 / focal)),
        "euler_angles": found.coefficients["rotation"].tolist(),
        "rotation_matrix": turn.tolist(),
        "translation": shift.tolist(),
        "crop": {"size": found.crop.shape[0], "photograph_to_crop": found.matrix.tolist()},
        "opencv": {
            "camera_matrix": [[focal, 0.0, x], [0.0, focal, y], [0.0, 0.0, 1.0]],
            "rotation": (flip @ turn).tolist(),
            "translation": (flip @ (shift - [0, 0, distance])).tolist(),
            "convention": "pixel = camera_matrix @ (rotation @ model point + translation)",
        },
        "landmark_order": list(markup.GROUPS),
    }


def light(found: Reconstruction) -> dict[str, Any]:
    """The spherical-harmonic light with the constant part added."""
    rows = found.coefficients["light"].reshape(-1, BANDS).astype(np.float64)
    rows = np.repeat(rows, 3, 0) if len(rows) == 1 else rows
    rows[:, 0] += AMBIENT
    return {
        "convention": "rows are red, green, blue; nine bands in the order and with the factors of "
        "Deep3D; colour = albedo * sum of band * coefficient, normals as posed",
        "coefficients": rows.tolist(),
    }
