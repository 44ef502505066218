"""How well a network reads held-out faces and photographs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from face2param.metrics import landmarks as landmark_metrics
from face2param.morphable.coefficients import Layout
from face2param.reconstruction import known
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import RNet
from face2param.reconstruction.store import Table

_BATCH = 32


def measure_faces(rnet: RNet, faces: Table, renderer: Renderer) -> dict[str, float]:
    """Errors on faces whose coefficients are known.

    Args:
      rnet: whose answers are measured.
      faces: of `known.drawn` or `heads.photographed`.
      renderer: of the face model.

    Returns:
      identity_mm and expression_mm: mean distance of the vertices of the neutral shape, and of
      what the expression adds; identity_share and expression_share: by that of the mean face;
      albedo: mean absolute error; rotation_degrees: mean absolute error of the angles;
      light: root mean square error of the coefficients; nme: of the landmarks on the screen, by
      the distance of the outer eye corners.
    """
    layout = Layout(rnet.network.sizes)
    found, wanted = _answers(rnet, faces, layout)
    model = renderer.decoder.model
    metrics = {}
    for name in ("identity", "expression"):
        off = _distances(getattr(model, name), found[name] - wanted[name])
        still = _distances(getattr(model, name), wanted[name])
        metrics[f"{name}_mm"] = 100 * off
        metrics[f"{name}_share"] = off / still
    albedo = np.asarray(model.albedo).reshape(model.sizes["albedo"], -1)
    metrics["albedo"] = _mean_product(albedo, found["albedo"] - wanted["albedo"])
    metrics["rotation_degrees"] = np.degrees(np.abs(found["rotation"] - wanted["rotation"])).mean()
    metrics["light"] = np.sqrt(np.square(found["light"] - wanted["light"]).mean())
    screen = _landmarks(renderer, found)
    metrics["nme"] = landmark_metrics.nme(screen, faces.column("landmarks")).mean()
    return {name: float(value) for name, value in metrics.items()}


def measure_photos(rnet: RNet, photos: Table, renderer: Renderer) -> dict[str, float]:
    """Errors on photographs.

    Args:
      rnet: whose answers are measured.
      photos: image, landmarks, attention.
      renderer: of the face model.

    Returns:
      nme: of the model's landmarks against the photograph's, by the distance of the outer eye
      corners; nme_inner: without the jaw; colour: mean absolute difference where skin is drawn
      and seen; spread: root mean square of the identity coefficients, which collapses to 0
      where a network answers the mean face.
    """
    rows = np.arange(len(photos))
    colour, screens, true, spread = [], [], [], []
    for start in range(0, len(rows), _BATCH):
        photo = photos.take(rows[start : start + _BATCH])
        images = photo["image"].astype(np.float32) / 255
        answer = rnet(images)
        drawn = renderer({name: tf.constant(value) for name, value in answer.items()})
        weight = photo["attention"].astype(np.float32) / 255 * drawn.front.numpy()[..., 0]
        off = np.abs(np.clip(drawn.image.numpy(), 0, 1) - images).mean(-1)
        colour.append((off * weight).sum((1, 2)) / np.maximum(weight.sum((1, 2)), 1))
        screens.append(drawn.landmarks.numpy())
        true.append(photo["landmarks"])
        spread.append(np.square(answer["identity"]).mean(-1))
    screens, true = np.concatenate(screens), np.concatenate(true)
    return {
        "nme": float(landmark_metrics.nme(screens, true).mean()),
        "nme_inner": float(landmark_metrics.nme(screens, true, "inner").mean()),
        "colour": float(np.concatenate(colour).mean()),
        "spread": float(np.sqrt(np.concatenate(spread).mean())),
    }


def _answers(rnet: RNet, faces: Table, layout: Layout):
    rows = np.arange(len(faces))
    found, wanted = [], []
    for start in range(0, len(rows), _BATCH):
        some = known.arrays(faces.take(rows[start : start + _BATCH]), rnet.network.size)
        found.append(layout.join(rnet(some["image"])))
        wanted.append(some["coefficients"])
    return layout.split(np.concatenate(found)), layout.split(np.concatenate(wanted))


def _distances(basis: np.ndarray, coefficients: np.ndarray) -> float:
    """Mean length of the vertices' displacements, in the basis' unit."""
    flat = np.asarray(basis, np.float32).reshape(len(basis), -1)
    lengths = [
        np.linalg.norm((row @ flat).reshape(-1, 3), axis=1).mean() for row in coefficients
    ]  # one at a time: a batch would be as large as the basis
    return float(np.mean(lengths))


def _mean_product(basis: np.ndarray, coefficients: np.ndarray) -> float:
    return float(np.mean([np.abs(row @ basis).mean() for row in coefficients]))


def _landmarks(renderer: Renderer, found: Mapping[str, np.ndarray]) -> np.ndarray:
    tensors = {name: tf.constant(value, tf.float32) for name, value in found.items()}
    return renderer.landmarks(tensors).numpy()
