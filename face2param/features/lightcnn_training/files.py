"""Writes a trained LightCNN as `lightcnn_tf.convert` writes a converted one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import lightcnn_tf
import numpy as np
from lightcnn_tf import self_check

from face2param.config import atomic_path, write_json


def preprocessing(size: int) -> lightcnn_tf.Preprocessing:
    """LightCNN's crop for any size of the input; the published one is 128."""
    published = lightcnn_tf.Preprocessing()
    scale = size / published.size[0]
    return lightcnn_tf.Preprocessing(
        size=(size, size),
        eye_centre=tuple(scale * value for value in published.eye_centre),
        eye_mouth_distance=scale * published.eye_mouth_distance,
    )


def save(
    model: keras.Model,
    network: str,
    size: int,
    folder: Path,
    description: dict,
    centre: np.ndarray | None = None,
) -> Path:
    """Writes the embedding's weights and a description; what only training needs is dropped.

    Args:
      model: that was trained; its layers are named like those of the network.
      network: a name of `lightcnn_tf.NETWORKS`.
      size: side of its input.
      folder: to write NETWORK.weights.h5 and NETWORK.json to.
      description: further values for the JSON.
      centre: `[embedding_size]` that is taken away from every embedding from now on, or None.

    Returns:
      Path of the weights.
    """
    embedder = lightcnn_tf.NETWORKS[network](None, (size, size))
    for layer in embedder.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    if centre is not None:
        _move(embedder, -centre)
    path = folder / f"{network}.weights.h5"
    with atomic_path(path) as temporary:
        embedder.save_weights(temporary)
        digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
    about = {
        "network": network,
        "embedding_size": lightcnn_tf.EMBEDDING_SIZES[network],
        "classes": None,
        "preprocessing": preprocessing(size).to_dict(),
        "threshold": None,
        "self_check": self_check.run(embedder),
        **description,
        "sha256": digest,
    }
    write_json(folder / f"{network}.json", about)
    return path


def _move(embedder: keras.Model, shift: np.ndarray) -> None:
    """Adds `shift` to all embeddings by the last layer's bias.

    Exact also where a max-feature-map follows: max(a + c, b + c) = max(a, b) + c.
    """
    bias = [layer for layer in embedder.layers if layer.weights][-1].bias
    halves = bias.shape[0] // len(shift)
    bias.assign(keras.ops.convert_to_numpy(bias.value) + np.tile(shift, halves))
