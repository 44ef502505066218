"""Parameters -> picture: the engine's differentiable stand-in. Networks, losses, training.

Everything here is `keras.ops` and NumPy, so it trains under TensorFlow and PyTorch alike.
"""
