"""Records that the parts of a proposal are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from face2param.engines.rigged.channels import SliderChannel
from face2param.schema import Continuous, Nuisance


@dataclass(frozen=True)
class Bound:
    """A control and what it moves."""

    control: Continuous | Nuisance
    channels: tuple[SliderChannel, ...]


@dataclass(frozen=True)
class Finding:
    """What a proposal made of one thing of the model.

    Attributes:
      kind: "morph", "bone" or "surface".
      name: in the model.
      meaning: what it was taken for, such as "expression", "slider", or why it was left out.
      control: the control that it came under; None where it was left out.
    """

    kind: str
    name: str
    meaning: str
    control: str | None = None


def mutual(bounds: Sequence[Bound]) -> list[Bound]:
    """Drops mirror partners that do not name each other, or rest at different values."""
    by_name = {bound.control.name: bound.control for bound in bounds}
    result = []
    for bound in bounds:
        control = bound.control
        partner = by_name.get(control.mirror or "")
        odd = partner is control
        if (
            partner is None
            or partner.mirror != control.name
            or partner.default != (1 - control.default if odd else control.default)
        ):
            control = replace(control, mirror=None)
        result.append(Bound(control, bound.channels))
    return result
