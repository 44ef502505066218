"""What the person is made of: other skin, hair, brows, lips, with more texture."""

from __future__ import annotations

from keras import ops

from face2param.features.augmentation.dice import Dice, is_any, luminance, mix, power, soften
from face2param.regions import INDEX

_SKIN = [INDEX[name] for name in ("skin", "nose", "l_ear", "r_ear", "neck")]
_BROWS = [INDEX["l_brow"], INDEX["r_brow"]]
_LIPS = [INDEX["u_lip"], INDEX["l_lip"]]


def recolour(images, labels, dice: Dice, fine):
    """Shifts the colours of skin, hair, brows and lips and roughens them.

    Args:
      images: `[batch, height, width, 3]` in [0, 1].
      labels: `[batch, height, width]`.
      dice: random numbers.
      fine: `[batch, height, width, 3]` normal noise per pixel.

    Returns:
      Pictures like `images`.
    """
    # Skin: lighter or darker, redder or sallower, blotchy, grainy; lips go along in part.
    skin = is_any(labels, _SKIN)
    lips = is_any(labels, _LIPS)
    tone = dice.gain(0.35) * dice.gain(0.1, 3)
    blotches = 1.0 + dice.octaves() * dice.uniform(0.0, 0.3)
    grain = 1.0 + fine[..., :1] * dice.uniform(0.0, 0.06)
    changed = images * (tone * blotches * grain)
    amount = dice.chance(0.6)
    images = mix(images, changed, soften(skin) * amount)
    images = mix(images, images * tone * dice.gain(0.2, 3), lips * amount)
    # Hair: another colour with the old strands' light, and more or less contrast in it.
    hair = is_any(labels, [INDEX["hair"], INDEX["hat"]])
    light = luminance(images)
    count = ops.sum(hair, (1, 2), keepdims=True) + 1.0
    mean = ops.sum(light * hair, (1, 2), keepdims=True) / count
    strands = power(ops.clip(light / (mean + 0.02), 0.2, 4.0), dice.uniform(0.4, 1.5))
    strands = strands * (1.0 + dice.octaves() * dice.uniform(0.0, 0.8))
    strands = strands * (1.0 + fine[..., 1:2] * dice.uniform(0.0, 0.25))
    level = dice.uniform() ** 1.5
    # From black over brown and red to blond and grey.
    warmth = dice.uniform(0.0, 0.55)
    tint = ops.concatenate([1.0 + warmth, 1.0 + 0.0 * warmth, 1.0 - warmth], -1)
    colour = (0.03 + 0.75 * level) * tint
    images = mix(images, colour * strands, soften(hair) * dice.chance(0.5))
    brows = is_any(labels, _BROWS)
    images = mix(images, images * dice.gain(0.4), soften(brows) * dice.chance(0.5))
    return ops.clip(images, 0.0, 1.0)
