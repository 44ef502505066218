"""The built-in head as a rigged glTF model: a character of its own, or a template for engines."""

from face2param.engines.builtin.rig.arkit import NAMES as EXPRESSIONS
from face2param.engines.builtin.rig.fitted import fitted

__all__ = ["EXPRESSIONS", "fitted"]
