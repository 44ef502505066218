"""Several photographs of one person: one identity for all, and whether they show one person."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from keras import ops

from face2param.errors import ConfigError, ImageError
from face2param.features.base import IdentityNetwork

_LEAST = 1e-4
"""Confidence that is left to the least trusted picture, so that no sum is 0."""


def aggregate(identity, confidence=None):
    """The identity of a set of photographs, each coefficient by itself.

    sum_j c_j alpha_j / sum_j c_j over the pictures j of a set; Deng et al. 2019, section 5. With
    equal confidences, such as those of an untrained C-Net, it is the plain mean.

    Args:
      identity: `[..., pictures, coefficients]`, a tensor or an array.
      confidence: like `identity`, in (0, 1]; None takes the plain mean.

    Returns:
      `[..., coefficients]`, of the backend's kind, or an array if both are arrays. The gradient
      flows to both.

    Raises:
      ValueError: the shapes differ.
    """
    if confidence is None:
        confidence = np.ones(tuple(identity.shape), np.float32)
    if tuple(confidence.shape) != tuple(identity.shape) or len(identity.shape) < 2:
        raise ValueError(
            "identity and confidence must have one shape [..., pictures, coefficients], got "
            f"{tuple(identity.shape)} and {tuple(confidence.shape)}"
        )
    if isinstance(identity, np.ndarray) and isinstance(confidence, np.ndarray):
        weight = np.maximum(confidence, _LEAST)
        return (weight * identity).sum(-2) / weight.sum(-2)
    weight = ops.maximum(confidence, _LEAST)
    return ops.sum(weight * identity, -2) / ops.sum(weight, -2)


@dataclasses.dataclass(frozen=True)
class People:
    """Who is on the photographs of a set.

    Attributes:
      groups: of photographs that show one person, the largest first; each in the given order.
      distances: `[pictures, pictures]` of the descriptors.
      threshold: distance below which two photographs are taken for one person.
    """

    groups: tuple[tuple[int, ...], ...]
    distances: np.ndarray
    threshold: float


def people(images, landmarks, network: IdentityNetwork, threshold: float | None = None) -> People:
    """Sorts photographs by person.

    Two photographs belong together if a chain of photographs links them, each like the next one:
    a profile is often unlike a smile from the front, but like something in between.

    Args:
      images: pictures `[height, width, 3]` RGB in [0, 1], of any sizes.
      landmarks: `[68, 2]` px of each.
      network: of `features.identity`.
      threshold: distance; None takes the network's.

    Raises:
      ConfigError: the network has no measured threshold and none is given.
      ValueError: no pictures, or another number of landmarks.
    """
    if len(images) != len(landmarks) or not len(images):
        raise ValueError(f"got {len(images)} images and {len(landmarks)} sets of landmarks")
    threshold = network.threshold if threshold is None else threshold
    if threshold is None:
        raise ConfigError(
            f"identity network {network.name!r} has no measured threshold; give one, or use dlib"
        )
    descriptors = np.concatenate(
        [
            ops.convert_to_numpy(
                network(np.asarray(image, np.float32)[None], np.asarray(points, np.float32)[None])
            )
            for image, points in zip(images, landmarks, strict=True)
        ]
    )
    distances = pairwise(descriptors, network)
    return People(_groups(distances < threshold), distances, float(threshold))


def pairwise(descriptors: np.ndarray, network: IdentityNetwork) -> np.ndarray:
    """Distances `[n, n]` of descriptors `[n, size]` by the network's own measure."""
    count = len(descriptors)
    first, second = np.repeat(np.arange(count), count), np.tile(np.arange(count), count)
    found = network.distance(descriptors[first], descriptors[second])
    return ops.convert_to_numpy(found).reshape(count, count)


def check_same_person(
    names: Sequence[str],
    images,
    landmarks,
    network: IdentityNetwork,
    threshold: float | None = None,
) -> None:
    """Refuses photographs of different people.

    Args:
      names: of the files, for the message.
      images: see `people`.
      landmarks: see `people`.
      network: of `features.identity`.
      threshold: distance; None takes the network's.

    Raises:
      ImageError: they show more than one person; the message names the files of the others.
      ConfigError: there is no threshold.
    """
    found = people(images, landmarks, network, threshold)
    if len(found.groups) == 1:
        return
    first, *others = found.groups
    odd = sorted(row for group in others for row in group)
    nearest = min(found.distances[row, list(first)].min() for row in odd)
    raise ImageError(
        f"the photographs show {len(found.groups)} different people: {_list(names, odd)} "
        f"{'does' if len(odd) == 1 else 'do'} not show the person of {_list(names, first)} "
        f"(distance {nearest:.2f} or more, one person stays below {found.threshold:.2f}); give "
        "photographs of one person"
    )


def _groups(linked: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Connected components of a symmetric `[n, n]` matrix, the largest first."""
    left, groups = set(range(len(linked))), []
    while left:
        group, border = set(), {min(left)}
        while border:
            group |= border
            border = {int(j) for i in border for j in np.flatnonzero(linked[i])} - group
        left -= group
        groups.append(tuple(sorted(group)))
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))


def _list(names: Sequence[str], rows: Sequence[int], most: int = 6) -> str:
    shown = [names[row] for row in rows[:most]]
    more = len(rows) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
