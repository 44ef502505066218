"""Linear (morphable) face models: one record, its readers, coefficients by name, a decoder.

from face2param import morphable
from face2param.morphable.decode import Decoder

model = morphable.get("builtin")
decoder = Decoder(model)

Importing this package does not load TensorFlow; `coefficients` and `decode` do.
"""

from face2param.morphable.files import load, save
from face2param.morphable.model import FaceModel
from face2param.morphable.registry import get

__all__ = ["FaceModel", "get", "load", "save"]
