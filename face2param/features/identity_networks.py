"""The identity networks: dlib's (default) and the LightCNNs."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import keras
import lightcnn_tf
import numpy as np
from keras import ops

from face2param.errors import ConfigError, WeightsError
from face2param.features.base import IdentityNetwork, check_faces
from face2param.features.dlib_network import load_dlib_recognition
from face2param.features.half_weights import description_path, load_any, load_description
from face2param.features.sampling import affine_sample, fit_similarity
from face2param.landmarks.chips import DLIB_MEAN_SHAPE, DLIB_POINTS
from face2param.weights import register

_TINY = 1e-12
"""Keeps the gradient of a Euclidean distance finite where two embeddings are equal."""


class DlibIdentity(IdentityNetwork):
    """dlib's recognition network: 150x150 crops, 128-d descriptor, Euclidean distance.

    The crop is dlib's own face chip: a similarity fit of 33 landmarks (no brows, no lower
    lip, no jaw) to dlib's mean shape with a border of a quarter of the face.

    `threshold` was measured by tests/benchmarks/identity_threshold.py on one official
    portrait each of 160 people, 12,720 pairs: 0.530, 95 % interval 0.508 to 0.560. How often
    it parts two pictures of one person is not known, since nobody is there twice.
    """

    name = "dlib"
    embedding_size = 128
    crop_size = (150, 150)
    threshold = 0.53
    published_threshold = 0.6
    """What dlib's documentation says; 1.1 % of the pairs of different people are closer."""

    def __init__(self, weights: str | Path | None = None):
        """Loads dlib's file.

        Args:
          weights: `dlib_face_recognition_resnet_model_v1.dat`; None finds the one that
            pip's face_recognition_models carries.

        Raises:
          WeightsError: the file is missing or damaged.
          DependencyError: the package that carries it is not installed.
        """
        path = register.path("dlib_recognition") if weights is None else weights
        self.model = load_dlib_recognition(os.fspath(path))

    def crop_matrices(self, landmarks):
        """See the base class."""
        points = ops.take(landmarks, np.array(DLIB_POINTS), axis=1)
        size = float(self.crop_size[0])
        # The differentiable twin of landmarks.chips.dlib_chip_matrix.
        shape = np.float32((0.25 + DLIB_MEAN_SHAPE) / 1.5 * size)
        fit = fit_similarity(ops.convert_to_tensor(shape), points)
        linear = fit[:, :, :2]
        # dlib then cuts the rectangle of the fitted chip with its corner pixels on the
        # corners: the centre of the chip is the fit of size/2, and the scale s becomes
        # (size s - 1) / (size - 1).
        scale = ops.sqrt(ops.sum(ops.square(linear[:, :, 0]), axis=-1))
        ratio = (size * scale - 1.0) / ((size - 1.0) * scale)
        middle = ops.convert_to_tensor(np.full((2,), size / 2, np.float32))
        centre = ops.matmul(linear, middle) + fit[:, :, 2]
        linear = linear * ratio[:, None, None]
        return ops.concatenate([linear, (centre - ops.matmul(linear, middle))[..., None]], -1)

    def crop(self, images, landmarks, landmark_gradient: bool = False):
        """See the base class; RGB."""
        return _crop(self, images, landmarks, landmark_gradient)

    def embed(self, crops):
        """See the base class; the descriptor equals dlib's to float32 rounding."""
        return self.model(crops, training=False)

    def distance(self, first, second):
        """Euclidean distance; for its meaning see the class."""
        return ops.sqrt(ops.sum(ops.square(first - second), axis=-1) + _TINY)


class LightCNNIdentity(IdentityNetwork):
    """LightCNN-9, -29 v1 or -29 v2: grey 128x128 crops, 256-d embedding, 1 - cosine.

    The eyes' midpoint lies at (64, 40) and the middle of the mouth corners 48 pixels below
    it. The JSON beside the weights says otherwise where a network was trained at another
    size, and carries the threshold; that is None until somebody has measured it.
    """

    def __init__(self, weights: str | Path | None = None, network: str = "lightcnn29v2"):
        """Loads converted or trained weights.

        Args:
          weights: a `.weights.h5` that `face2param convert_weights` or `train_lightcnn` wrote;
            None looks the network's name up in the weight register. Without its JSON beside
            it the published crop is taken and there is no threshold.
          network: a name of `lightcnn_tf.NETWORKS`.

        Raises:
          WeightsError: there are no weights (the message says how to make them), or they are
            damaged or another network's.
        """
        path = Path(weights or _registered_lightcnn(network))
        description = _describe_lightcnn(path, network)
        self.name = network
        self.embedding_size = lightcnn_tf.EMBEDDING_SIZES[network]
        self.threshold = description.get("threshold")
        self.preprocessing = lightcnn_tf.Preprocessing()
        if "preprocessing" in description:
            self.preprocessing = lightcnn_tf.Preprocessing.from_dict(description["preprocessing"])
        self.crop_size = self.preprocessing.size
        classes = description.get("classes")
        self.model = _load_lightcnn(os.fspath(path), network, self.crop_size, classes)

    def crop_matrices(self, landmarks):
        """See the base class; the differentiable twin of landmarks.chips.lightcnn_matrix."""
        left, right = (ops.mean(landmarks[:, i : i + 6], axis=1) for i in (36, 42))
        eyes, mouth = (left + right) / 2, (landmarks[:, 48] + landmarks[:, 54]) / 2
        level = (right - left) / ops.norm(right - left, axis=-1, keepdims=True)
        down = ops.stack([-level[:, 1], level[:, 0]], axis=-1)
        drop = ops.sum((mouth - eyes) * down, axis=-1, keepdims=True)
        scale = drop / self.preprocessing.eye_mouth_distance
        x, y = self.preprocessing.eye_centre
        return ops.stack(
            [scale * level, scale * down, eyes - scale * (x * level + y * down)], axis=-1
        )

    def crop(self, images, landmarks, landmark_gradient: bool = False):
        """See the base class; one grey channel."""
        return self.preprocessing(_crop(self, images, landmarks, landmark_gradient))

    def embed(self, crops):
        """See the base class."""
        return self.model(crops, training=False)

    def distance(self, first, second):
        """1 - cosine, in [0, 2]."""
        dot = ops.sum(first * second, axis=-1)
        norms = ops.sum(ops.square(first), -1) * ops.sum(ops.square(second), -1)
        return 1.0 - dot / ops.sqrt(norms + _TINY)


NETWORKS = {
    "dlib": DlibIdentity,
    **{name: functools.partial(LightCNNIdentity, network=name) for name in lightcnn_tf.NETWORKS},
}


def open_network(name: str = "dlib", weights: str | Path | None = None) -> IdentityNetwork:
    """Opens an identity network by name; see `face2param.features.identity`."""
    if name not in NETWORKS:
        raise ConfigError(f"identity network {name!r} is unknown; choose from {sorted(NETWORKS)}")
    return NETWORKS[name](weights)


def _crop(network: IdentityNetwork, images, landmarks, landmark_gradient: bool):
    check_faces(images, landmarks)
    images = ops.convert_to_tensor(images, dtype="float32")
    landmarks = ops.convert_to_tensor(landmarks, dtype="float32")
    if not landmark_gradient:
        landmarks = ops.stop_gradient(landmarks)
    matrices = network.crop_matrices(landmarks)
    # Faces fill about half of the picture, so this is the crop's scale, known statically.
    supersample = max(1, min(images.shape[1:3]) // 256)
    return affine_sample(images, matrices, network.crop_size, supersample)


def _registered_lightcnn(network: str) -> Path:
    try:
        return register.path(network)
    except WeightsError as error:
        raise WeightsError(
            f"{network} has no converted weights on this machine; either use --identity=dlib, "
            f"whose weights come with pip, or convert the released checkpoint. {error}"
        ) from error


def _describe_lightcnn(path: Path, network: str) -> dict:
    if not description_path(path).is_file():
        return {}
    description = load_description(path)
    if description.get("network") != network:
        raise WeightsError(
            f"{path}: its description says {description.get('network')!r}, but {network!r} was "
            "asked for"
        )
    return description


@functools.cache
def _load_lightcnn(
    path: str, network: str, size: tuple[int, int], classes: int | None
) -> keras.Model:
    model = lightcnn_tf.NETWORKS[network](classes, size)
    try:
        load_any(model, path)
    except WeightsError as error:
        raise WeightsError(
            f"{path}: not the weights of lightcnn_tf.{network}() ({error})"
        ) from error
    if classes is not None:
        model = keras.Model(model.input, model.output["embedding"], name=network)
    model.trainable = False
    return model
