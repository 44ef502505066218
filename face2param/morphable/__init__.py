"""Linear (morphable) face models: one record, its readers, coefficients by name, a decoder.

model = morphable.get("builtin")
decoder = morphable.decode.Decoder(model)

Importing this package does not load TensorFlow; `coefficients` and `decode` do.
"""

from face2param.morphable.files import load, save
from face2param.morphable.model import FaceModel
from face2param.morphable.registry import get

__all__ = ["FaceModel", "get", "load", "save"]
