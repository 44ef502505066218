"""The template's brows: masks in the texture of the skin, and what the sliders do to them."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.rig import baking
from face2param.engines.builtin.texture import texture
from face2param.engines.rigged.channels import Channel, LayerChannel

# Masks at the ends of two sliders are cross-faded, the others move the masks.
BROW_ENDS = {"thin": ("thickness", 0.0), "thick": ("thickness", 1.0),
              "straight": ("arch", 0.0), "arched": ("arch", 1.0)}  # fmt: skip


def mask_file(side: str, end: str) -> str:
    """Name of the mask of one brow at one end of `BROW_ENDS`, or in the middle ("")."""
    return f"brow_{side}{'_' + end if end else ''}.png"


def suffixes() -> list[str]:
    """What the names of a brow's layers end in."""
    return ["", *(f"_{end}" for end in BROW_ENDS)]


def channel(layer: str, prop: str, low, middle, high, material: str = "skin") -> LayerChannel:
    """A channel of a layer, its numbers rounded to what a file needs."""

    def plain(value):
        if np.ndim(value):
            return tuple(round(float(v), 5) for v in value)
        return round(float(value), 5)

    return LayerChannel(material, layer, prop, plain(low), plain(middle), plain(high))


def brow_bindings(amount: float) -> dict[str, list[Channel]]:
    """Thickness and arch fade to other masks; gap, tilt and length move all of them."""
    out: dict[str, list[Channel]] = {}
    for slider, low, high in (
        ("brow_thickness", "thin", "thick"),
        ("brow_arch", "straight", "arched"),
    ):
        out[slider] = []
        for side in ("left", "right"):
            name = f"brow_{side}"
            out[slider] += [
                channel(name, "amount", 0.0, amount, 0.0),
                channel(f"{name}_{low}", "amount", amount, 0.0, 0.0),
                channel(f"{name}_{high}", "amount", 0.0, 0.0, amount),
            ]
    ends = (max(0.15, amount - 0.45), amount, min(1.0, amount + 0.3))
    out["brow_density"] = [channel(f"brow_{s}", "amount", *ends) for s in ("left", "right")]
    across = _across()
    for slider in ("brow_gap", "brow_tilt", "brow_length"):
        out[slider] = []
        for side, sign in (("left", 1.0), ("right", -1.0)):
            centre = _brow_centre(sign)
            for suffix in suffixes():
                name = f"brow_{side}{suffix}"
                if slider == "brow_gap":
                    move = 0.25 * sign * across
                    out[slider].append(channel(name, "offset_x", -move, 0.0, move))
                elif slider == "brow_tilt":
                    out[slider] += _turned(name, centre, sign * 0.4 / 3.75)
                else:
                    out[slider] += _stretched(name, centre, 0.09, sign * across * 0.2)
    return out


def _across() -> float:
    """Texture coordinates per cm across the brows."""
    place = baking.positions(texture().layers.shape[0])
    i, j = _nearest(3.0)
    return float(8 / (np.linalg.norm(place[i, j + 8] - place[i, j]) * place.shape[0]))


def _nearest(x: float) -> tuple[int, int]:
    """Texel of the middle of a brow."""
    place = baking.positions(texture().layers.shape[0])
    away = np.abs(place - np.array([x, 2.0, 9.0])).sum(-1)
    return tuple(int(k) for k in np.unravel_index(np.argmin(away), away.shape))


def _brow_centre(sign: float) -> np.ndarray:
    """Place of the middle of a brow in the texture, from the texture's middle."""
    i, j = _nearest(3.0 * sign)
    size = texture().layers.shape[0]
    return np.array([(j + 0.5) / size - 0.5, (i + 0.5) / size - 0.5])


def _turned(name: str, centre: np.ndarray, angle: float) -> list[Channel]:
    """A turn about the brow's own middle: masks turn about the middle of the texture."""
    out = [channel(name, "rotation", angle, 0.0, -angle)]  # positive is clockwise
    for axis, shift in (("offset_x", -centre[1] * angle), ("offset_y", centre[0] * angle)):
        out.append(channel(name, axis, -shift, 0.0, shift))
    return out


def _stretched(name: str, centre: np.ndarray, by: float, outwards: float) -> list[Channel]:
    """Longer by a share; the inner end stays, so the middle moves outwards."""
    out = [channel(name, "scale", 1 - by, 1.0, 1 + by)]
    for axis, shift in (("offset_x", outwards - centre[0] * by), ("offset_y", -centre[1] * by)):
        out.append(channel(name, axis, -shift, 0.0, shift))
    return out
