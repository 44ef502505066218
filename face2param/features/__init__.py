"""Identity and parsing networks behind one small interface.

network = features.identity("dlib")
distance = network.distance(network(photo, landmarks), network(picture, landmarks))
probabilities = features.parsing().probabilities(images)
"""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from pathlib import Path

    from face2param.features.base import IdentityNetwork
    from face2param.features.parsing_network import ParsingNetwork

# The modules are imported inside the functions: `import face2param.features` must stay
# free of Keras.


def identity(name: str = "dlib", weights: str | Path | None = None) -> IdentityNetwork:
    """Opens an identity network.

    Args:
      name: `dlib`, `lightcnn29v2`, `lightcnn29v1` or `lightcnn9`.
      weights: file to use instead of the registered one.

    Returns:
      The network; its weights are read once per process.

    Raises:
      ConfigError: the name is unknown.
      WeightsError: the weights are missing or damaged.
    """
    from face2param.features import identity_networks

    return identity_networks.open_network(name, weights)


def parsing(name: str | Path = "default", size: tuple[int, int] | None = None) -> ParsingNetwork:
    """Opens a parsing network.

    Args:
      name: `default` for the network that ships with the package, or a `.weights.h5` that
        `face2param train_parsing` or `convert_weights` wrote.
      size: (height, width) in multiples of 32 at which it works; None takes the size that
        it was trained at, where it reads best: at twice that size faces are larger than any that
        the shipped network has seen, and a third of the skin is lost.

    Returns:
      The network; weights are read once per process, file and size.

    Raises:
      WeightsError: the file is missing, damaged or does not fit.
    """
    from face2param.features import parsing_network

    return parsing_network.open_network(name, size)
