"""The materials of a character: colours of the built-in engine in glTF's terms."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin import brows, glasses, palette, skin
from face2param.engines.builtin.rig import baking
from face2param.engines.builtin.rig.assembly import Surface
from face2param.engines.builtin.rig.hair_cards import Pigment
from face2param.engines.builtin.skin import Colour
from face2param.meshes.gltf import Material
from face2param.schema import Character

_LENS_ALPHA = 0.10


def surfaces(character: Character, size: int) -> dict[str, Surface]:
    """All materials but the hair's.

    Args:
      character: of the "builtin" schema.
      size: of the textures of the skin.
    """
    look = skin.look(character, {})
    base = look.colours[Colour.BASE]
    brow = brows.draw(brows.BrowShape.of(character))
    shine = float(character["skin_shine"])
    iris = palette.iris(float(character["iris_hue"]), float(character["iris_lightness"]))
    out = {
        "skin": Surface(
            Material("skin", roughness=0.66 - 0.22 * shine),
            baking.skin_texture(look, brow, size),
            baking.normal_map(look, size),
        ),
        "ear": plain("ear", base * (1.02, 0.86, 0.84), 0.6),
        "eye": Surface(
            Material("eye", roughness=0.12),
            baking.eye_texture(iris, float(character["iris_size"])),
        ),
        "lashes": plain("lashes", np.full(3, 0.008), 0.8, double_sided=True),
        "cloth": plain("cloth", palette.CLOTH, 0.95, double_sided=True),
        "teeth": Surface(
            Material("teeth", roughness=0.3, double_sided=True), baking.teeth_texture()
        ),
        "tongue": plain("tongue", palette.TONGUE, 0.4),
        "cavity": plain("cavity", palette.CAVITY, 0.8, double_sided=True),
    }
    if character["glasses"] in glasses.FRAMES:
        out["glasses_frame"], out["glasses_lens"] = glasses_surfaces(character["glasses"])
    return out


def glasses_surfaces(name: str) -> tuple[Surface, Surface]:
    """Frame and lenses of a model of glasses."""
    frame = glasses.FRAMES[name]
    rim = Material(
        "glasses_frame",
        (*map(float, frame.colour), 1.0),
        metallic=float(frame.metal),
        roughness=0.3,
        double_sided=True,
    )
    lens = Material(
        "glasses_lens",
        (0.1, 0.12, 0.14, _LENS_ALPHA),
        roughness=0.03,
        alpha_mode="blend",
        double_sided=True,
    )
    return Surface(rim), Surface(lens)


def plain(name: str, colour, roughness: float, double_sided: bool = False) -> Surface:
    """A material of one linear colour `[3]`."""
    rgb = (float(value) for value in np.clip(colour, 0, 1))
    return Surface(Material(name, (*rgb, 1.0), roughness=roughness, double_sided=double_sided))


def pigment(character: Character, part: str, contrast: float) -> Pigment:
    """Colours of the hair or of a beard; see `hair_pass`."""
    redness = float(character["hair_redness"])
    if part == "hair":
        tone, grey = character["hair_tone"], character["hair_grey"]
    else:
        tone, grey = character["beard_tone"], character["beard_grey"]
        redness *= 0.6
    return Pigment(palette.hair(float(tone), redness, 0.0), float(grey), contrast)
