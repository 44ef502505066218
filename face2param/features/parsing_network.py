"""The parsing network: which region of a face each pixel belongs to."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import face_parsing_tf
import keras
from keras import ops

from face2param.errors import WeightsError
from face2param.features.half_weights import load_any, load_description
from face2param.regions import CLASSES

SHIPPED = Path(__file__).with_name("weights") / "parsing.weights.h5"


class ParsingNetwork:
    """BiSeNet with its normalisation inside, for RGB pictures in [0, 1].

    Pictures of another size than `size` are resized to it and the probabilities back.

    Attributes:
      size: (height, width) at which the network works.
      classes: names of the classes in order.
      description: what the JSON beside the weights says.
    """

    def __init__(self, model: keras.Model, preprocessing, description: dict | None = None):
        """Wraps a `face_parsing_tf.bisenet` model whose weights are in place."""
        self.model = model
        self.preprocessing = preprocessing
        self.size = tuple(model.input.shape[1:3])
        self.description = dict(description or {})
        self.classes = tuple(self.description.get("classes", CLASSES))

    def __call__(self, images) -> dict:
        """Runs the network once.

        Args:
          images: `[batch, height, width, 3]`, RGB in [0, 1].

        Returns:
          `probabilities` `[batch, height, width, classes]` (sum 1 over the last axis),
          `coarse` the probabilities at the resolution at which the network decides
          `[batch, size/4 or size/8, ..., classes]`, and `features`
          `[batch, size/8, size/8, channels]`. Gradients flow to `images`.

        Raises:
          ValueError: `images` does not have four axes and three channels.
        """
        if len(images.shape) != 4 or images.shape[-1] != 3:
            raise ValueError(f"images must be [batch, height, width, 3], got {tuple(images.shape)}")
        images = ops.convert_to_tensor(images, dtype="float32")
        shape = tuple(images.shape[1:3])
        if shape != self.size:
            images = ops.image.resize(
                images, self.size, antialias=True, data_format="channels_last"
            )
        outputs = self.model(self.preprocessing(images), training=False)
        probabilities = ops.softmax(outputs["out"], axis=-1)
        if shape != self.size:
            probabilities = ops.image.resize(probabilities, shape, data_format="channels_last")
        return {
            "probabilities": probabilities,
            "coarse": ops.softmax(outputs["coarse"], axis=-1),
            "features": outputs["features"],
        }

    def probabilities(self, images):
        """Class probabilities `[batch, height, width, classes]` of pictures in [0, 1]."""
        return self(images)["probabilities"]

    def features(self, images):
        """The fused map `[batch, size/8, size/8, channels]` of pictures in [0, 1]."""
        return self(images)["features"]


def open_network(
    name: str | Path = "default", size: tuple[int, int] | None = None
) -> ParsingNetwork:
    """Opens a parsing network by name or file; see `face2param.features.parsing`."""
    path = SHIPPED if name == "default" else Path(name)
    return _load(os.fspath(path), None if size is None else tuple(size))


@functools.cache
def _load(path: str, size: tuple[int, int] | None) -> ParsingNetwork:
    if not Path(path).is_file():
        raise WeightsError(
            f"no parsing weights at {path}. Train them: face2param generate_database "
            "--labels --output export/ && face2param train_parsing --database export/ "
            f"--output {Path(path).parent}"
        )
    description = load_description(path)
    try:
        model = face_parsing_tf.bisenet(
            len(description["classes"]),
            description["width"],
            size=tuple(size or description["size"]),
            fine_head=description["fine_head"],
            auxiliary_heads=description.get("auxiliary_heads", False),
        )
        preprocessing = face_parsing_tf.Preprocessing.from_dict(description["preprocessing"])
    except KeyError as error:
        raise WeightsError(f"{path}: its description lacks {error}") from error
    load_any(model, path)
    model.trainable = False
    return ParsingNetwork(model, preprocessing, description)
