"""The template's skin and eyes as a base texture with makeup layers, and what the sliders do to
them.

The engine mixes its layers in linear light and by curves; here each slider goes straight from its
lowest over its default to its highest colour or amount, so looks agree at these three values and
nearly in between.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy.ndimage import uniform_filter

from face2param.engines.builtin import brows, eyeball, palette, skin
from face2param.engines.builtin.masks import CHANNEL
from face2param.engines.builtin.rig import baking
from face2param.engines.builtin.rig.template_brows import (
    BROW_ENDS,
    brow_bindings,
    channel,
    mask_file,
    suffixes,
)
from face2param.engines.builtin.skin import Amount, Colour
from face2param.engines.builtin.texture import texture
from face2param.engines.rigged.channels import Channel, SetChannel
from face2param.engines.rigged.head_file import Layer
from face2param.engines.rigged.targets import LayerTarget
from face2param.schema import Character

SKIN, EYE = "skin", "eye"
# Layers: name, masks that are joined, blend, function of the look -> colour, amount.
_TINTS = {
    "flush": (("cheek", "nose_red"), (1.0, 0.84, 0.84), Amount.CHEEK),
    "under_eye": (("under_eye",), (0.84, 0.77, 0.83), Amount.UNDER_EYE),
    "freckles": (("freckle",), (0.68, 0.54, 0.44), Amount.FRECKLE),
    "spots": (("spot",), (0.72, 0.62, 0.54), Amount.SPOT),
    "folds_brow": (("fold_brow",), (0.70, 0.58, 0.54), Amount.FOLD_BROW),
    "folds_eye": (("fold_eye",), (0.70, 0.58, 0.54), Amount.FOLD_EYE),
    "folds_mouth": (("fold_mouth",), (0.70, 0.58, 0.54), Amount.FOLD_MOUTH),
}
_PAINTS = {
    "lipstick": (("lips",), Colour.LIPSTICK, Amount.LIPSTICK),
    "blush": (("blush",), Colour.BLUSH, Amount.BLUSH),
    "eyeshadow": (("shadow",), Colour.SHADOW, Amount.SHADOW),
    "eyeliner": (("liner", "wing", "liner_low"), None, Amount.LINER),
    "roots_cheek": (("beard_cheek",), Colour.BEARD, Amount.BEARD_CHEEK),
    "roots_lip": (("beard_lip",), Colour.BEARD, Amount.BEARD_LIP),
    "roots_chin": (("beard_chin",), Colour.BEARD, Amount.BEARD_CHIN),
    "scalp": (("scalp",), Colour.SCALP, Amount.SCALP),
    "scalp_sides": (("scalp_sides",), Colour.SCALP, Amount.SCALP_SIDES),
}
# Sliders that change amounts and colours of the layers; the engine says how much.
_SLIDERS = (
    "skin_tone", "skin_undertone", "skin_mottling", "skin_redness", "skin_age", "dark_circles",
    "freckles", "lip_tint", "lip_darkness", "lipstick", "blush", "eyeshadow", "eyeliner",
    "brow_darkness", "brow_tone", "hair_tone", "hair_redness", "hair_grey", "beard_tone",
    "beard_grey", "beard_density", "stubble_density",
)  # fmt: skip
_HUES = {"lipstick_hue": ("lipstick", 0.15), "eyeshadow_hue": ("eyeshadow", 1.0)}
# Masks without fine detail.
_SOFT = ("flush", "under_eye", "spots", "blush", "scalp", "scalp_sides", "eyeshadow")


def base_texture(neutral: Character, size: int) -> np.ndarray:
    """Skin without colour: what multiplies the tone, uint8 `[size, size, 3]`."""
    look = skin.look(neutral.replace(hair="bald"), {})
    amounts, colours = look.amounts.copy(), look.colours.copy()
    colours[Colour.BASE] = 0.95
    for entry in (*_TINTS.values(), *_PAINTS.values()):
        amounts[entry[2]] = 0.0
    for amount in (Amount.NOSE, Amount.BROW, Amount.LIPS, Amount.MOTTLE):
        amounts[amount] = 0.0
    return baking.skin_texture(skin.SkinLook(amounts, colours), None, size)


def images(neutral: Character, size: int) -> dict[str, np.ndarray]:
    """Masks by file name: uint8 `[h, w, 1 or 4]`."""
    layers = texture().layers
    # As in `skin_sample`, with the engine's one amount of grain.
    grain = 1 + 0.34 * (1.5 * layers[..., CHANNEL["stubble"]].astype(np.float32) / 255 - 0.75)

    def mask(names, size=size):
        joined = np.maximum.reduce([layers[..., CHANNEL[name]] for name in names])
        if names[0].startswith("beard"):
            joined = np.clip(joined * grain, 0, 255).astype(np.uint8)
        return _shrunk(joined, size)[..., None]

    out = {"white.png": np.full((4, 4, 1), 255, np.uint8)}
    for name, entry in (*_TINTS.items(), *_PAINTS.items()):
        out[f"{name}.png"] = mask(entry[0], size // 2 if name in _SOFT else size)
    out["lips.png"] = mask(("lips",))
    out["lip_gloss.png"] = _shine(layers, size)
    mottle = layers[..., CHANNEL["mottle"]].astype(np.float32)
    pale = np.clip(255 - 2.2 * mottle, 0, 255).astype(np.uint8)
    out["mottle.png"] = _shrunk(pale, size // 2)[..., None]
    shape = brows.BrowShape.of(neutral)
    place = baking.positions(texture().layers.shape[0])
    for end, fields in {"": None, **BROW_ENDS}.items():
        changed = shape if fields is None else brows.BrowShape(**{**vars(shape), **_as(fields)})
        alpha = baking.brow_opacity(brows.draw(changed)[..., 0], place)
        for side, sign in (("left", 1), ("right", -1)):
            half = np.where(sign * place[..., 0] > 0, alpha, 0)
            pixels = np.round(255 * np.clip(half, 0, 1)).astype(np.uint8)
            out[mask_file(side, end)] = _shrunk(pixels, size)[..., None]
    out["iris.png"] = iris(256)
    return out


def calm_place() -> np.ndarray:
    """Texture coordinates `[2]` of bare skin: ears are painted like this one texel."""
    layers = texture().layers
    place = baking.positions(layers.shape[0])
    painted = np.zeros(layers.shape[:2])
    for entry in (*_TINTS.values(), *_PAINTS.values()):
        for name in entry[0]:
            painted = painted + layers[..., CHANNEL[name]]
    painted += np.abs(layers[..., CHANNEL["mottle"]].astype(float) - 128)
    face = (place[..., 2] > 2) & (np.abs(place[..., 0]) > 3) & (np.abs(place[..., 1]) < 5)
    painted = uniform_filter(np.where(face, painted, 1e4), 9)
    row, column = np.unravel_index(np.argmin(painted), painted.shape)
    return np.array([column + 0.5, row + 0.5]) / painted.shape[0]


def _shine(layers: np.ndarray, size: int) -> np.ndarray:
    """Where wet lips catch the studio's light: the fullest parts of both."""
    place = baking.positions(layers.shape[0])
    x, y = place[..., 0], place[..., 1]
    bump = np.exp(-((x / 1.1) ** 2) - ((y + 7.45) / 0.16) ** 2)
    bump += 0.6 * np.exp(-((np.abs(x) - 0.55) ** 2 / 0.2) - ((y + 6.55) / 0.12) ** 2)
    lips = layers[..., CHANNEL["lips"]] * np.clip(bump, 0, 1)
    return _shrunk(np.round(lips).astype(np.uint8), size)[..., None]


def _as(fields: tuple[str, float]) -> dict[str, float]:
    return {fields[0]: fields[1]}


def _shrunk(mask: np.ndarray, size: int) -> np.ndarray:
    factor = mask.shape[0] // size
    if factor <= 1:
        return np.ascontiguousarray(mask)
    blocks = mask.reshape(size, factor, size, factor).astype(np.float32)
    return np.round(blocks.mean((1, 3))).astype(np.uint8)


def iris(size: int) -> np.ndarray:
    """Iris with pupil, to be tinted: uint8 `[size, size, 4]`, for the whole texture of the eye."""
    plain = baking.eye_texture(np.full(3, 0.5), 0.5, size)
    at = ((np.arange(size) + 0.5) / size - 0.5) * 2 * baking.EYE_REACH
    angle = np.minimum(np.hypot(*np.meshgrid(at, at)), np.pi / 2)
    weight = np.clip((1.03 - np.sin(angle) / eyeball.IRIS_RADIUS) / 0.07, 0, 1)
    out = np.zeros((size, size, 4), np.uint8)
    out[..., :3] = plain
    out[..., 3] = np.round(255 * weight)
    return out


def sclera(size: int) -> np.ndarray:
    """The white of the eye alone, uint8 `[size, size, 3]`."""
    return baking.eye_texture(np.full(3, 0.5), -5.0, size)


_DEFAULT_TONE = 0.2


@functools.cache
def _melanin() -> tuple[np.ndarray, np.ndarray]:
    """How the skin darkens from the default tone on.

    One layer's colour falls straight in linear light, another's amount rises straight in display
    values; how much each takes of a channel is chosen so that both follow `palette.skin`.

    Returns:
      Linear colour `[3]` of the first layer at tone 1, and linear colour `[3]` of the second.
    """
    way = np.linspace(0, 1, 33)
    tones = np.stack([palette.skin(_DEFAULT_TONE + 0.8 * t, 0.5) for t in way]) ** (1 / 2.2)
    first, last = tones[0], tones[-1]
    share = np.linspace(0.0, 1.0, 101)[:, None, None]
    # From the last tone (the first layer does it all) to the first (the second does).
    ends = last + (first - last) * share
    lit = (first**2.2 + (ends**2.2 - first**2.2) * way[:, None]) ** (1 / 2.2)
    drawn = lit * (1 + way[:, None] * (last / ends - 1))
    best = np.abs(drawn - tones).max(1).argmin(0)
    chosen = ends[best, 0, np.arange(3)]
    return chosen**2.2, (last / chosen) ** 2.2


def _tone(character: Character) -> tuple[np.ndarray, float]:
    """Colour of the first layer and amount of the second, of `_melanin`."""
    tone, warmth = float(character["skin_tone"]), float(character["skin_undertone"])
    base = palette.skin(min(tone, _DEFAULT_TONE), warmth)
    more = max(tone - _DEFAULT_TONE, 0.0) / (1 - _DEFAULT_TONE)
    darkest = base / palette.skin(_DEFAULT_TONE, 0.5) * _melanin()[0]
    return base + (darkest - base) * more, more


def _state(character: Character) -> dict[str, tuple]:
    """Colour and amount of each layer for a character: name -> (colour `[3]`, amount)."""
    look = skin.look(character, {})
    tone, more = _tone(character)
    out = {
        "tone": (tone / 0.95, 1.0),
        "melanin": (_melanin()[1], more),
        "mottle": (np.full(3, 0.45), look.amounts[Amount.MOTTLE]),
    }
    for name, (_, colour, amount) in _TINTS.items():
        half = 0.5 if name.startswith("folds") else 1.0  # as in `skin_sample`
        out[name] = (np.array(colour), half * look.amounts[amount])
    base = look.colours[Colour.BASE]
    out["lips"] = (look.colours[Colour.LIPS] / base, look.amounts[Amount.LIPS])
    for name, (_, colour, amount) in _PAINTS.items():
        painted = np.full(3, 0.011) if colour is None else look.colours[colour]
        out[name] = _displayed(look.amounts[amount], painted, base)
    out["brow"] = _displayed(look.amounts[Amount.BROW], look.colours[Colour.BROW], base)
    return {
        name: (np.clip(colour, 0, 1), float(np.clip(amount, 0, 1)))
        for name, (colour, amount) in out.items()
    }


# Paint is mixed in display values as if it were at least this strong.
_USUAL = 0.35


def _displayed(amount: float, paint: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, float]:
    """Paint and amount that do in display values what these do in linear light.

    Args:
      amount: of the engine's layer.
      paint: `[3]` linear.
      base: `[3]` linear colour of the skin below.

    Returns:
      Linear colour `[3]` and amount; the mix of both is exact from `_USUAL` on.
    """
    gamma = 1 / 2.2
    before = np.clip(base, 1e-5, 1) ** gamma

    def mixed(share):
        return np.clip(base + (paint - base) * share, 1e-5, 1) ** gamma

    usual = min(max(amount, _USUAL), 1.0)
    way = np.clip(paint, 1e-5, 1) ** gamma - before
    strength = float((mixed(usual) - before) @ way / max(way @ way, 1e-6))
    way = (mixed(usual) - before) / max(strength, 1e-3)
    colour = np.clip(before + way, 0, 1) ** 2.2
    return colour, float((mixed(amount) - before) @ way / max(way @ way, 1e-6))


_MULTIPLIED = ("tone", "melanin", "mottle", "lips", *_TINTS)
_FILES = {"tone": "white.png", "melanin": "white.png"}


def layers(neutral: Character) -> dict[str, list[Layer]]:
    """The layers of the skin and of the eyes at the defaults."""
    state = _state(neutral)
    order = ["tone", "melanin", "mottle", *_TINTS, "lips", *_PAINTS]
    out = []
    for name in order:
        colour, amount = state[name]
        blend = "multiply" if name in _MULTIPLIED else "normal"
        file = _FILES.get(name, f"{name}.png")
        out.append(Layer(name, file, tuple(map(float, colour)), amount, blend))
    out.append(Layer("lip_gloss", "lip_gloss.png", (1.0, 1.0, 1.0), 0.08))
    colour, amount = state["brow"]
    for side in ("left", "right"):
        for end in ("", *BROW_ENDS):
            name = f"brow_{side}{'_' + end if end else ''}"
            out.append(
                Layer(name, f"{name}.png", tuple(map(float, colour)), 0.0 if end else amount)
            )
    tint = palette.iris(neutral["iris_hue"], neutral["iris_lightness"]) / 0.5
    eye = [Layer("iris", "iris.png", tuple(map(float, np.clip(tint, 0, 1))))]
    return {SKIN: out, EYE: eye}


def bindings(neutral: Character) -> dict[str, list[Channel]]:
    """What the appearance sliders and the choices do to the layers."""
    out: dict[str, list[Channel]] = {}
    rest = _state(neutral)
    brow_layers = [f"brow_{side}{e}" for side in ("left", "right") for e in suffixes()]
    for slider in _SLIDERS:
        low, high = (_state(neutral.replace(**{slider: value})) for value in (0.0, 1.0))
        found: list[Channel] = []
        for name in rest:
            targets = brow_layers if name == "brow" else [name]
            ends = [state[name][0] for state in (low, rest, high)]
            if max(np.abs(ends[0] - ends[1]).max(), np.abs(ends[2] - ends[1]).max()) > 1e-4:
                found += [channel(layer, "color", *ends) for layer in targets]
            ends = [state[name][1] for state in (low, rest, high)]
            if max(abs(ends[0] - ends[1]), abs(ends[2] - ends[1])) > 1e-4:
                visible = ["brow_left", "brow_right"] if name == "brow" else [name]
                found += [channel(layer, "amount", *ends) for layer in visible]
        out[slider] = found
    for slider, (layer, reach) in _HUES.items():
        out[slider] = [channel(layer, "hue", -reach / 2, 0.0, reach / 2)]
    out |= brow_bindings(rest["brow"][1])
    out |= _iris_bindings(neutral)
    for name in ("hair", "beard"):
        choice = neutral.schema.choices[neutral.schema.choice_index[name]]
        for option in choice.options:
            state = _state(neutral.replace(**{name: option}))
            out[f"{name}={option}"] = [
                SetChannel(LayerTarget(SKIN, layer, "amount"), state[layer][1])
                for layer in rest
                if abs(state[layer][1] - rest[layer][1]) > 1e-4
            ]
    return out


def _iris_bindings(neutral: Character) -> dict[str, list[Channel]]:
    def tint(**values):
        person = neutral.replace(**values)
        return np.clip(palette.iris(person["iris_hue"], person["iris_lightness"]) / 0.5, 0, 1)

    out = {
        name: [
            channel("iris", "color", tint(**{name: 0.0}), tint(), tint(**{name: 1.0}), material=EYE)
        ]
        for name in ("iris_hue", "iris_lightness")
    }
    grow = 0.03 / eyeball.IRIS_RADIUS
    out["iris_size"] = [channel("iris", "scale", 1 - grow, 1.0, 1 + grow, material=EYE)]
    return out
