"""How well a LightCNN tells people apart, or agrees with its teacher."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from face2param import images
from face2param.features.base import IdentityNetwork
from face2param.features.lightcnn_training.batches import plain_batches

_SHOWN = 8
_NEIGHBOURS = 4
_TILE = 96


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """Pictures never trained on, made ready for the network.

    Attributes:
      crops: uint8 `[count, size, size, 1]`.
      labels: int32 `[count]`, the person on each.
      known_people: whether labels are those of the classifier.
      teacher_distances: `[count, count]`, or None without a teacher.
    """

    crops: np.ndarray
    labels: np.ndarray
    known_people: bool
    teacher_distances: np.ndarray | None = None


def prepare(objective, pictures, known_people: bool, batch_size: int, threads: int) -> HeldOut:
    """Reads the pictures once and asks the teacher, if there is one.

    Args:
      objective: `Classification` or `Distillation`.
      pictures: image list.
      known_people: whether its labels are those of the classifier.
      batch_size: pictures at a time.
      threads: that read.
    """
    crops, labels, embeddings = [], [], []
    teacher = getattr(objective, "teacher", None)
    for batch in plain_batches(objective.reader(pictures), batch_size, threads):
        crops.append(objective.plain_crops(batch))
        labels.append(batch["labels"])
        if teacher is not None:
            embeddings.append(objective.teacher_embeddings(batch))
    distances = None
    if teacher is not None:
        distances = all_distances(teacher, np.concatenate(embeddings))
    return HeldOut(np.concatenate(crops), np.concatenate(labels), known_people, distances)


def all_distances(network: IdentityNetwork, embeddings: np.ndarray) -> np.ndarray:
    """A network's distance of each of `[count, d]` embeddings to each, `[count, count]`."""
    rows = [
        network.distance(
            keras.ops.convert_to_tensor(np.broadcast_to(row, embeddings.shape).copy()),
            keras.ops.convert_to_tensor(embeddings),
        )
        for row in embeddings
    ]
    return np.stack([keras.ops.convert_to_numpy(row) for row in rows])


def cosine_distances(embeddings: np.ndarray) -> np.ndarray:
    """1 - cosine of each of `[count, d]` to each, `[count, count]`."""
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    directions = embeddings / np.maximum(lengths, 1e-12)
    return 1 - directions @ directions.T


def verification_auc(distances: np.ndarray, labels: np.ndarray) -> float:
    """Probability that a pair of one person is nearer than a pair of two people.

    Args:
      distances: `[count, count]`, symmetric.
      labels: `[count]` the person on each picture.

    Returns:
      Area under the ROC curve in [0, 1], pairs at equal distance counted half; NaN where one
      of the two kinds of pairs does not occur.
    """
    upper = np.triu_indices(len(labels), 1)
    same = (labels[:, None] == labels[None])[upper]
    positives, negatives = int(same.sum()), int((~same).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = _ranks(distances[upper])
    above = ranks[~same].sum() - negatives * (negatives + 1) / 2
    return float(above / (positives * negatives))


def rank_agreement(distances: np.ndarray, teacher: np.ndarray) -> float:
    """Spearman's rank correlation of two networks' distances over all pairs, in [-1, 1].

    Args:
      distances: `[count, count]`, symmetric; at least three pictures.
      teacher: `[count, count]`.
    """
    upper = np.triu_indices(len(distances), 1)
    first, second = _ranks(distances[upper]), _ranks(teacher[upper])
    if not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def shared_neighbours(distances: np.ndarray, teacher: np.ndarray, among: int = 5) -> float:
    """Share of the pictures whose nearest one by the teacher is among the student's nearest."""
    nearest = _neighbours(teacher, 1)
    return float((_neighbours(distances, among) == nearest).any(1).mean())


def run(outputs: Callable, crops: np.ndarray, batch_size: int = 64) -> dict[str, np.ndarray]:
    """Runs a network over crops.

    Args:
      outputs: float crops `[batch, size, size, 1]` -> dictionary of tensors.
      crops: uint8 `[count, size, size, 1]`.
      batch_size: pictures at a time.

    Returns:
      Arrays `[count, ...]` by name, float32.
    """
    parts: dict[str, list[np.ndarray]] = {}
    for start in range(0, len(crops), batch_size):
        found = outputs(images.from_uint8(crops[start : start + batch_size]))
        for name, value in found.items():
            value = keras.ops.convert_to_numpy(keras.ops.cast(value, "float32"))
            parts.setdefault(name, []).append(value)
    return {name: np.concatenate(values) for name, values in parts.items()}


def evaluate(
    outputs: Callable, held: HeldOut, centre: np.ndarray | float = 0.0
) -> tuple[dict[str, float], np.ndarray]:
    """Measures a network.

    Args:
      outputs: float crops `[batch, size, size, 1]` -> dictionary with `embedding` and, for a
        classifier, `logits`.
      held: the pictures.
      centre: `[d]`, taken away from the embeddings.

    Returns:
      Metrics by name (those that have a meaning here) and the distances `[count, count]`.
    """
    found = run(outputs, held.crops)
    distances = cosine_distances(found["embedding"] - centre)
    metrics = {"verification_auc": verification_auc(distances, held.labels)}
    if "logits" in found and held.known_people:
        logits, labels = found["logits"], held.labels
        metrics["accuracy"] = float((logits.argmax(1) == labels).mean())
        top = logits.max(1)
        surprise = top + np.log(np.exp(logits - top[:, None]).sum(1))
        metrics["loss"] = float((surprise - logits[np.arange(len(labels)), labels]).mean())
    if held.teacher_distances is not None:
        metrics["rank_agreement"] = rank_agreement(distances, held.teacher_distances)
        metrics["shared_neighbours"] = shared_neighbours(distances, held.teacher_distances)
        teacher_auc = verification_auc(held.teacher_distances, held.labels)
        metrics["teacher_verification_auc"] = teacher_auc
    return {name: value for name, value in metrics.items() if np.isfinite(value)}, distances


def write_preview(path: Path, held: HeldOut, distances: np.ndarray) -> None:
    """Draws held-out crops with their nearest neighbours, by the student and by the teacher.

    Args:
      path: JPEG file.
      held: the pictures.
      distances: `[count, count]` of the student.
    """
    chosen = np.unique(np.linspace(0, len(held.crops) - 1, _SHOWN).astype(int))
    networks = [("student", distances), ("teacher", held.teacher_distances)]
    tiles, captions = [], []
    several = len(np.unique(held.labels)) < len(held.labels)
    for row in chosen:
        tiles.append(_tile(held.crops[row]))
        captions.append(f"person {held.labels[row]}" if several else f"picture {row}")
        for name, matrix in networks:
            if matrix is None:
                continue
            for column in _neighbours(matrix, min(_NEIGHBOURS, len(matrix) - 1))[row]:
                is_same = held.labels[column] == held.labels[row]
                verdict = ("same " if is_same else "other ") if several else ""
                tiles.append(_tile(held.crops[column]))
                captions.append(f"{name[0]} {verdict}{matrix[row, column]:.2f}")
    images.write_image(path, images.mosaic(tiles, len(tiles) // len(chosen), captions))


def _tile(crop: np.ndarray) -> np.ndarray:
    return images.resize(np.repeat(images.from_uint8(crop), 3, axis=2), (_TILE, _TILE))


def _neighbours(distances: np.ndarray, count: int) -> np.ndarray:
    """Indices `[rows, count]` of the nearest others of each row."""
    distances = distances + np.diag(np.full(len(distances), np.inf))
    return np.argsort(distances, axis=1, kind="stable")[:, :count]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]
