"""The built-in head as a rigged glTF model: a character of its own, or a template for engines."""

from face2param.engines.builtin.rig.arkit import NAMES as EXPRESSIONS
from face2param.engines.builtin.rig.fitted_model import fitted
from face2param.engines.builtin.rig.template_model import (
    DETAILS,
    HEAD_FILE,
    Detail,
    Template,
    template,
)

__all__ = ["DETAILS", "EXPRESSIONS", "HEAD_FILE", "Detail", "Template", "fitted", "template"]
