"""What a character can do: parameters by name, vectors, files.

`schema.load("builtin")` is the front door. Nothing here imports TensorFlow or Keras except
`schema.relaxation`, which is imported where it is needed.
"""

from face2param.schema.character import Character, check_same_schema
from face2param.schema.controls import Choice, Continuous, Nuisance
from face2param.schema.schema import Schema, load, shipped

__all__ = [
    "Character",
    "Choice",
    "Continuous",
    "Nuisance",
    "Schema",
    "check_same_schema",
    "load",
    "shipped",
]
