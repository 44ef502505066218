"""Random checkpoints in PyTorch's layout, made without PyTorch, and gradients by backend."""

import numpy as np
import tensorflow as tf


def random_state(package, model, seed: int = 0) -> dict[str, np.ndarray]:
    """Values for each key of a model of `package` (lightcnn_tf or face_parsing_tf)."""
    rng = np.random.default_rng(seed)
    state = {}
    for key, variable in package.state_keys(model).items():
        n = rng.standard_normal(package.state.torch_shape(variable.shape)).astype(np.float32)
        if n.ndim > 1:
            n *= np.float32(np.prod(n.shape[1:]) ** -0.5)
        elif key.endswith("running_var"):
            n = 1 + np.abs(n)
        state[key] = n
    return state


def directional_error(function, x: np.ndarray, step: float) -> float:
    """Relative gap of gradient and central difference of a scalar function along its gradient."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    gradient = tape.gradient(value, x)
    direction = gradient / tf.norm(gradient)
    slope = (function(x + step * direction) - function(x - step * direction)) / (2 * step)
    return abs(float(slope) / float(tf.norm(gradient)) - 1)
