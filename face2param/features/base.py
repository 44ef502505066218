"""The interface behind which every identity network works."""

from __future__ import annotations

import abc

from face2param.errors import WeightsError


class IdentityNetwork(abc.ABC):
    """Turns a face in a picture into a vector that says who it is.

    The three steps are apart because the search keeps the crops of the photograph while
    those of the imitator's picture change. All of them are keras.ops: a gradient flows
    from the distance through the network and the crop to the picture.

    Attributes:
      name: key under which `features.identity` knows the network.
      embedding_size: length of the embedding.
      crop_size: (height, width) of the crop in pixels.
      threshold: distance below which two pictures are taken for the same person, at one
        false acceptance in a thousand pairs of different people; None where it has not been
        measured for these weights. Losses, ranks and reports use distances and need none.
    """

    name: str
    embedding_size: int
    crop_size: tuple[int, int]
    threshold: float | None

    @abc.abstractmethod
    def crop_matrices(self, landmarks):
        """Similarity of each crop.

        Args:
          landmarks: `[batch, 68, 2]`, (x, y) in pixels, centres at +0.5.

        Returns:
          `[batch, 2, 3]`, crop pixel -> picture pixel.
        """

    @abc.abstractmethod
    def crop(self, images, landmarks, landmark_gradient: bool = False):
        """Cuts the aligned crop that the network expects.

        Args:
          images: `[batch, height, width, 3]`, RGB in [0, 1].
          landmarks: `[batch, 68, 2]`, (x, y) in pixels of the picture.
          landmark_gradient: let the gradient flow to the landmarks too; otherwise they are
            constants and a search cannot fake an identity by sliding the crop.

        Returns:
          `[batch, *crop_size, channels]` in [0, 1].

        Raises:
          ValueError: an argument has the wrong shape.
        """

    @abc.abstractmethod
    def embed(self, crops):
        """Embedding `[batch, embedding_size]` of crops `[batch, *crop_size, channels]`."""

    @abc.abstractmethod
    def distance(self, first, second):
        """Distance `[batch]` of two sets of embeddings `[batch, embedding_size]`; >= 0."""

    def same_person(self, first, second):
        """Whether two sets of embeddings `[batch, embedding_size]` belong to the same people.

        Returns:
          `[batch]`, boolean: the distance is below `threshold`. No gradient.

        Raises:
          WeightsError: the threshold of these weights has not been measured.
        """
        if self.threshold is None:
            raise WeightsError(
                f"the threshold of {self.name} with these weights has not been measured; measure "
                "it on photographs of different people and keep it beside the weights: python "
                f"tests/benchmarks/identity_threshold.py --identity={self.name} "
                "--weights=FILE.weights.h5 --photos=FOLDER --output=RESULT --write"
            )
        return self.distance(first, second) < self.threshold

    def __call__(self, images, landmarks, landmark_gradient: bool = False):
        """Crops and embeds: pictures and landmarks -> `[batch, embedding_size]`."""
        return self.embed(self.crop(images, landmarks, landmark_gradient))


def check_faces(images, landmarks) -> None:
    """Raises ValueError unless pictures and landmarks have the shapes of `crop`."""
    if len(images.shape) != 4 or images.shape[-1] != 3:
        raise ValueError(f"images must be [batch, height, width, 3], got {tuple(images.shape)}")
    if len(landmarks.shape) != 3 or tuple(landmarks.shape[1:]) != (68, 2):
        raise ValueError(f"landmarks must be [batch, 68, 2], got {tuple(landmarks.shape)}")
