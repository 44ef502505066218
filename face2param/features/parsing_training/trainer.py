"""Network, augmentation and loss as one Keras model, under any backend."""

from __future__ import annotations

from pathlib import Path

import face_parsing_tf
import keras
from keras import ops

from face2param.errors import WeightsError
from face2param.features import parsing_network
from face2param.features.augmentation import CELLS, CHANNELS, augment, published
from face2param.features.parsing_training.classes import CLASS_SETS, translation
from face2param.features.parsing_training.losses import MINING
from face2param.features.parsing_training.recipes import ParsingTrainingConfig


class ParsingTrainer(keras.Model):
    """A batch of `parsing_batches` goes in, its loss comes out; augments where it trains."""

    def __init__(self, config: ParsingTrainingConfig):
        """Builds the network with random weights."""
        super().__init__(dtype="float32", name="parsing_trainer")
        self.network = build_network(config, config.precision, auxiliary_heads=True)
        self.config = config
        self.preprocessing = face_parsing_tf.Preprocessing()
        self.random = keras.random.SeedGenerator(config.seed)

    def augmented(self, inputs):
        """Augmented pictures `[batch, size, size, 3]` and classes `[batch, size, size]`."""
        config, count = self.config, self.config.batch_size
        images = ops.cast(inputs["images"], "float32") / 255.0
        labels = ops.cast(inputs["labels"], "int32")
        if config.augmentation == "published":
            images, labels = published.augment(images, labels, inputs["table"], config.size)
        else:
            noise = keras.random.uniform((count, CELLS, CELLS, CHANNELS), seed=self.random)
            fine = keras.random.normal((count, config.size, config.size, 3), seed=self.random)
            images, labels = augment(images, labels, inputs["table"], noise, fine)
        table = ops.convert_to_tensor(translation(config.classes).astype("int32"))
        return ops.stop_gradient(images), ops.stop_gradient(ops.take(table, labels, axis=0))

    def call(self, inputs, training=False):
        """The loss of a batch, which is also added to the model's losses."""
        images, labels = self.augmented(inputs)
        outputs = self.network(self.preprocessing(images), training=training)
        config = self.config
        total = 0.0
        for name in ("out", "out16", "out32"):
            weight = 1.0 if name == "out" else config.auxiliary_weight
            total = total + weight * MINING[config.mining](
                outputs[name], labels, config.hard_probability, config.hard_share
            )
        self.add_loss(total)
        return total


def build_network(
    config: ParsingTrainingConfig, precision: str = "float32", auxiliary_heads: bool = False
) -> keras.Model:
    """The network of `config`: for training at `size`, else at `input_size`."""
    side = config.size if auxiliary_heads else config.input_size or config.size
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return face_parsing_tf.bisenet(
            len(CLASS_SETS[config.classes]),
            config.width,
            size=(side, side),
            auxiliary_heads=auxiliary_heads,
            fine_head=config.fine_head,
        )
    finally:
        keras.config.set_dtype_policy(before)


def copy_by_name(source: keras.Model, target: keras.Model) -> None:
    """Copies the weights of the layers that both models have, by layer name."""
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def begin_with(weights: str | Path, network: keras.Model) -> None:
    """Fills `network` with weights that were trained before.

    The input size may differ. Layers that only one of the two has, as the auxiliary heads,
    and an output layer for other classes are left as they are.

    Args:
      weights: file of `face2param.features.parsing`, or "default".
      network: a `face_parsing_tf.bisenet`.

    Raises:
      WeightsError: the file cannot be read, or its network has another width.
    """
    source = {layer.name: layer for layer in parsing_network.open_network(weights).model.layers}
    for layer in network.layers:
        if not layer.weights or layer.name not in source:
            continue
        values = source[layer.name].get_weights()
        found = [value.shape for value in values]
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if found == shapes:
            layer.set_weights(values)
        elif not layer.name.endswith("_out"):  # those depend on the number of classes
            raise WeightsError(
                f"{weights}: {layer.name} is {found[0]}, the network to be trained has "
                f"{shapes[0]}; give the same --width"
            )
