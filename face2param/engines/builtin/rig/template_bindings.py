"""What the sliders, choices and nuisance controls of "builtin" do to the template."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin import glasses, head_pose
from face2param.engines.builtin.hair import STYLES
from face2param.engines.builtin.hair.beard import BEARDS
from face2param.engines.builtin.rig import looks, skeleton, template_layers
from face2param.engines.builtin.rig.slider_shapes import LOW
from face2param.engines.builtin.rig.template_parts import Parts, hair_factor
from face2param.engines.rigged.channels import (
    BoneChannel,
    Channel,
    LayerChannel,
    MaterialChannel,
    MorphChannel,
    ShowChannel,
)
from face2param.schema import Character

REGIONS = {
    "face/*": "skin",
    "ear_left/*": "r_ear",
    "ear_right/*": "l_ear",
    "eyeball_left/*": "r_eye",
    "eyeball_right/*": "l_eye",
    "teeth_*/*": "mouth",
    "tongue/*": "mouth",
    "mouth/*": "mouth",
    "torso/*": "cloth",
    "hair_*/*": "hair",
    "glasses_*/*": "eye_g",
}
_EYES = ("eye_left", "eye_right")


def bindings(neutral: Character, parts: Parts) -> dict[str, list[Channel]]:
    """One entry for each control, and for each option that shows or paints something."""
    out: dict[str, list[Channel]] = {}
    for name, found in (
        *_geometry(parts).items(),
        *template_layers.bindings(neutral).items(),
        *_materials(neutral).items(),
        *_own_morphs(parts).items(),
        *_options(parts).items(),
        *_nuisance(neutral, parts).items(),
    ):
        out.setdefault(name, []).extend(found)
    for name in (*neutral.schema.names, *neutral.schema.nuisance_names):
        out.setdefault(name, [])
    used = {m for piece in parts.pieces for m in (piece.material, *piece.again)}
    return {
        name: [c for c in found if not isinstance(c, MaterialChannel) or c.material in used]
        for name, found in out.items()
    }


def _geometry(parts: Parts) -> dict[str, list[Channel]]:
    out: dict[str, list[Channel]] = {}
    at = skeleton.places(parts.eye_centres)
    for shape in parts.shapes:
        found: list[Channel] = []
        if shape.name + LOW in parts.morphs:
            found.append(MorphChannel(shape.name + LOW, 1.0, 0.0))
            if shape.name in parts.morphs:
                found.append(MorphChannel(shape.name, 0.0, 1.0))
        elif shape.name in parts.morphs:
            found.append(MorphChannel(shape.name, -shape.below, 1.0))
        for k, bone in enumerate(_EYES):
            local = at[skeleton.BONES.index(bone)] - at[skeleton.HEAD]
            for axis in range(3):
                low, high = local[axis] + shape.eyes[:, k, axis]
                if max(abs(low - local[axis]), abs(high - local[axis])) > 1e-4:
                    found.append(
                        BoneChannel(
                            bone,
                            "position",
                            float(low) * 0.01,
                            float(high) * 0.01,
                            "xyz"[axis],
                            float(local[axis]) * 0.01,
                        )
                    )
            if np.abs(shape.radii - 1).max() > 1e-4:
                low, high = map(float, shape.radii)
                found += [BoneChannel(bone, "scale", low, high, a, 1.0) for a in "xyz"]
        out[shape.name] = found
    return out


def _own_morphs(parts: Parts) -> dict[str, list[Channel]]:
    out: dict[str, list[Channel]] = {}
    for name in (
        "lash_length", "beard_length", "hair_volume", "hair_length", "hairline_height",
        "hair_part",
    ):  # fmt: skip
        if name + LOW in parts.morphs:
            # A morph that some styles lack at one end is symmetric there, see `_materials`.
            out[name] = [MorphChannel(name + LOW, 1.0, 0.0), MorphChannel(name, 0.0, 1.0)]
        elif name in parts.morphs:
            out[name] = [MorphChannel(name, -1.0, 1.0)]
    return out


def _materials(neutral: Character) -> dict[str, list[Channel]]:
    out: dict[str, list[Channel]] = {}

    def hair(family):
        def colour(person):
            pigment = looks.pigment(person, family, 1.0)
            mixed = pigment.colour + (np.full(3, 0.55) - pigment.colour) * pigment.grey
            return (*hair_factor(mixed), 1.0)

        return colour

    for family, sliders in (
        ("hair", ("hair_tone", "hair_redness", "hair_grey")),
        ("beard", ("beard_tone", "hair_redness", "beard_grey")),
    ):
        for slider in sliders:
            for kind in ("strands", "shell", "fuzz"):
                for soft in ("", "_soft"):
                    found = out.setdefault(slider, [])
                    found.append(_material(neutral, slider, f"{family}_{kind}{soft}", hair(family)))
    # The alpha of cut-out hair is a threshold: less than 1 leaves fewer strands.
    for kind in ("strands", "shell"):
        base = hair("beard")(neutral)
        sparse = (*base[:3], 0.72)
        found = out.setdefault("beard_density", [])
        found.append(MaterialChannel(f"beard_{kind}", "base_color", sparse, base, base))
    shine = 0.66 - 0.22 * float(neutral["skin_shine"])
    out["skin_shine"] = [MaterialChannel("skin", "roughness", 0.66, shine, 0.44)]
    out["lip_gloss"] = [
        LayerChannel(template_layers.SKIN, "lip_gloss", "amount", 0.0, 0.08, 0.3),
    ]
    return out


def _material(neutral: Character, slider: str, material: str, colour) -> MaterialChannel:
    values = (0.0, float(neutral[slider]), 1.0)
    ends = [tuple(map(float, colour(neutral.replace(**{slider: value})))) for value in values]
    return MaterialChannel(material, "base_color", *ends)


def _options(parts: Parts) -> dict[str, list[Channel]]:
    out: dict[str, list[Channel]] = {}
    for style in STYLES:
        out[f"hair={style}"] = [ShowChannel((f"hair_{parts.styles[style]}",))]
    for beard in BEARDS:
        out[f"beard={beard}"] = [ShowChannel((f"beard_{parts.beards[beard]}",))]
    for frame in glasses.FRAMES:
        nodes = (f"{glasses.FRAME_NAME}_{frame}", f"{glasses.LENS_NAME}_{frame}")
        out[f"glasses={frame}"] = [ShowChannel(nodes)]
    return out


def _nuisance(neutral: Character, parts: Parts) -> dict[str, list[Channel]]:
    out: dict[str, list[Channel]] = {}
    for control in neutral.schema.nuisance:
        if control.unit == "weight":
            out[control.name] = (
                [MorphChannel(control.name, 0.0, 1.0)] if control.name in parts.morphs else []
            )
    limits = {c.name: (c.minimum, c.maximum) for c in neutral.schema.nuisance}
    for name, arguments in (("head_yaw", 0), ("head_pitch", 1), ("head_roll", 2)):
        out[name] = []
        for bone in ("neck", "head"):
            ends = []
            for value in limits[name]:
                angles = [0.0, 0.0, 0.0]
                angles[arguments] = value / 2
                ends.append(quaternion(head_pose.rotation(*angles)))
            out[name].append(BoneChannel(bone, "rotation", *ends, neutral=(0, 0, 0, 1)))
    for name, axis, sign in (("gaze_yaw", 1, 1.0), ("gaze_pitch", 0, -1.0)):
        out[name] = []
        for bone in _EYES:
            ends = [_about(axis, sign * value) for value in limits[name]]
            out[name].append(BoneChannel(bone, "rotation", *ends, neutral=(0, 0, 0, 1)))
    for way, low, high in (("Down", 1.0, 0.0), ("Up", 0.0, 1.0)):
        for side in ("Left", "Right"):
            morph = f"eyeLook{way}{side}"
            if morph in parts.morphs:
                out["gaze_pitch"].append(MorphChannel(morph, low, high))
    return out


def _about(axis: int, angle: float) -> tuple[float, float, float, float]:
    turn = [0.0, 0.0, 0.0, float(np.cos(angle / 2))]
    turn[axis] = float(np.sin(angle / 2))
    return tuple(turn)


def quaternion(matrix: np.ndarray) -> tuple[float, float, float, float]:
    """The quaternion xyzw of a rotation `[3, 3]` by less than half a turn."""
    w = 0.5 * np.sqrt(max(0.0, 1 + np.trace(matrix)))
    x, y, z = (
        (matrix[2, 1] - matrix[1, 2]) / (4 * w),
        (matrix[0, 2] - matrix[2, 0]) / (4 * w),
        (matrix[1, 0] - matrix[0, 1]) / (4 * w),
    )
    return float(x), float(y), float(z), float(w)
