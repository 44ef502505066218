"""The two ways to train a LightCNN: on named people, or on another network's answers."""

from __future__ import annotations

import keras
import lightcnn_tf
import numpy as np
from keras import layers, ops

from face2param.features.base import IdentityNetwork
from face2param.features.lightcnn_training import losses
from face2param.features.lightcnn_training.augmentation import Augmentation, degrade
from face2param.features.lightcnn_training.batches import Arrays, CropReader, FaceReader
from face2param.features.lightcnn_training.files import preprocessing
from face2param.features.lightcnn_training.image_lists import ImageList
from face2param.features.lightcnn_training.stepping import compiled, precision
from face2param.features.sampling import affine_sample

EMBEDDING = "embedding"


class Classification:
    """LightCNN with a classifier over the people of a list; published recipe.

    Attributes:
      model: crops -> dictionary of `embedding` and `logits`.
      centres: whether the embeddings are to be centred when the weights are written.
      generator: random numbers of the noise.
    """

    teacher_name = None
    centres = False

    def __init__(
        self, network: str, size: int, classes: int, augmentation: Augmentation, policy: str
    ) -> None:
        """Builds the network with random weights.

        Args:
          network: a name of `lightcnn_tf.NETWORKS`.
          size: side of its input.
          classes: people.
          augmentation: how crops are changed.
          policy: Keras' dtype policy.
        """
        self.size, self.classes, self._augmentation = size, classes, augmentation
        with precision(policy):
            self.model = lightcnn_tf.NETWORKS[network](classes, (size, size))
        self.generator = keras.random.SeedGenerator()

    def reader(self, pictures: ImageList) -> CropReader:
        """Reads what `__call__` and `plain_crops` need."""
        return CropReader(pictures, self.size, self._augmentation.flip)

    def prepare(self, batch: Arrays) -> Arrays:
        """What is to be known of a batch before the step."""
        return batch

    def plain_crops(self, batch: Arrays) -> np.ndarray:
        """The network's input uint8 `[batch, size, size, 1]` without augmentation."""
        return batch["crops"]

    def __call__(self, batch):
        """Loss and accuracy of a batch; the gradient flows to the model's variables."""
        crops = ops.cast(batch["crops"], "float32") / 255.0
        crops = _augmented(crops, batch["table"], self._augmentation, self.generator)
        logits = self.model(crops, training=True)["logits"]
        right = ops.equal(
            ops.cast(ops.argmax(logits, axis=-1), "int32"), ops.cast(batch["labels"], "int32")
        )
        return {
            "loss": losses.cross_entropy(logits, batch["labels"]),
            "accuracy": ops.mean(ops.cast(right, "float32")),
        }


class Distillation:
    """LightCNN that learns to order faces as another identity network does.

    Attributes:
      model: crops -> dictionary of `embedding` and `projected`, which is dropped afterwards.
      centres: see `Classification`.
      generator: random numbers of the noise.
      teacher: the other network.
    """

    classes = None
    centres = True

    def __init__(
        self,
        network: str,
        size: int,
        teacher: IdentityNetwork,
        augmentation: Augmentation,
        policy: str,
        relation_weight: float = 1.0,
        projection_weight: float = 1.0,
    ) -> None:
        """Builds the student with random weights.

        Args:
          network: a name of `lightcnn_tf.NETWORKS`.
          size: side of its input.
          teacher: network that it learns from.
          augmentation: how the student's crops are changed; the teacher sees clean ones.
          policy: Keras' dtype policy.
          relation_weight: of `losses.relation_loss`.
          projection_weight: of `losses.projection_loss`.
        """
        self.size, self.teacher, self._augmentation = size, teacher, augmentation
        self.teacher_name = teacher.name
        self._weights, self._grey = (relation_weight, projection_weight), preprocessing(size)
        with precision(policy):
            student = lightcnn_tf.NETWORKS[network](None, (size, size))
            projected = layers.Dense(teacher.embedding_size, name="projection")(student.output)
        self.model = keras.Model(student.input, {EMBEDDING: student.output, "projected": projected})
        self.generator = keras.random.SeedGenerator()
        self.squares = not losses.cosine_like(teacher.distance, teacher.embedding_size)
        inner = getattr(teacher, "model", None)
        self._describe = compiled(self._answers, inner.variables if inner is not None else ())
        self._cut = compiled(self._crops)

    def reader(self, pictures: ImageList) -> FaceReader:
        """Reads what `__call__` and `plain_crops` need."""
        return FaceReader(pictures, self.size, self._augmentation)

    def prepare(self, batch: Arrays) -> Arrays:
        """Adds the teacher's embeddings `[batch, d]` and distances `[batch, batch]`."""
        embeddings, distances = self._describe(batch["images"], batch["landmarks"])
        targets = distances**2 if self.squares else distances
        return {**batch, "teacher": embeddings, "targets": targets}

    def plain_crops(self, batch: Arrays) -> np.ndarray:
        """The student's input uint8 `[batch, size, size, 1]` without augmentation."""
        crops = ops.convert_to_numpy(self._cut(batch["images"], batch["matrices"]))
        return (crops * 255 + 0.5).astype(np.uint8)

    def teacher_embeddings(self, batch: Arrays) -> np.ndarray:
        """The teacher's embeddings `[batch, d]`."""
        return ops.convert_to_numpy(self._describe(batch["images"], batch["landmarks"])[0])

    def __call__(self, batch):
        """Loss terms of a batch; the gradient flows to the model's variables."""
        crops = self._crops(batch["images"], batch["matrices"])
        crops = _augmented(crops, batch["table"], self._augmentation, self.generator)
        outputs = self.model(ops.stop_gradient(crops), training=True)
        embeddings = losses.centred(outputs[EMBEDDING])
        relation = losses.relation_loss(embeddings, batch["targets"])
        projection = losses.projection_loss(
            losses.centred(outputs["projected"]), losses.centred(batch["teacher"])
        )
        loss = self._weights[0] * relation + self._weights[1] * projection
        return {"loss": loss, "relation": relation, "projection": projection}

    def _answers(self, images, landmarks):
        embeddings = self.teacher(ops.cast(images, "float32") / 255.0, landmarks)
        return embeddings, losses.pairwise(self.teacher.distance, embeddings)

    def _crops(self, images, matrices):
        # As LightCNNIdentity cuts them, so that the student meets in training what it will see.
        supersample = max(1, min(images.shape[1:3]) // 256)
        pictures = ops.cast(images, "float32") / 255.0
        return self._grey(affine_sample(pictures, matrices, self._grey.size, supersample))


def _augmented(crops, table, augmentation: Augmentation, generator):
    if not augmentation.changes_pixels:
        return crops
    noise = keras.random.normal(ops.shape(crops), seed=generator)
    return degrade(crops, table, noise, augmentation)
