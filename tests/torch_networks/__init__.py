"""Our own PyTorch twins of the Keras networks, for parity tests and speed comparisons.

The modules here import torch: guard with `pytest.importorskip("torch")` before importing one.
"""

import zlib

import numpy as np


def randomise(network, gain: float, seed: int = 0) -> None:
    """Fills parameters and batch-norm statistics with random values that keep signals alive.

    Args:
      network: a torch module, filled in place.
      gain: variance of a convolution's or linear layer's output per unit of input.
      seed: changes all values; each tensor's own depend on its name besides.
    """
    import torch

    with torch.no_grad():
        for key, tensor in network.state_dict().items():
            if not tensor.is_floating_point():
                continue
            rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
            n = rng.standard_normal(tuple(tensor.shape)).astype(np.float32)
            if tensor.ndim > 1:
                n *= np.float32(np.sqrt(gain / np.prod(tensor.shape[1:])))
            elif key.endswith("running_var"):
                n = 1 + 0.3 * np.abs(n)
            elif key.endswith("weight"):
                n = 1 + 0.2 * n
            else:
                n *= np.float32(0.2)
            tensor.copy_(torch.from_numpy(n))


def numpy_state(network) -> dict[str, np.ndarray]:
    """Copies the state dictionary of a torch module into NumPy arrays."""
    return {key: tensor.detach().numpy().copy() for key, tensor in network.state_dict().items()}
