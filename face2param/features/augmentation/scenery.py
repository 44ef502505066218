"""What is around the face: another background, other clothes."""

from __future__ import annotations

from keras import ops

from face2param.features.augmentation.dice import Dice, is_any, luminance, mix, power, soften
from face2param.regions import INDEX


def replace_background(images, labels, dice: Dice, probability: float = 0.85):
    """Puts the person in front of another background.

    Plain walls with a falling light, clouds of colour, blocks as of flags and shelves,
    stripes, and strongly blurred neighbours from the batch.

    Args:
      images: `[batch, height, width, 3]` in [0, 1].
      labels: `[batch, height, width]`.
      dice: random numbers.
      probability: share of the pictures that are changed.

    Returns:
      Pictures like `images`.
    """
    x, y = dice.grid()
    base = dice.uniform(0.0, 1.0, 3)
    # Greys are commoner behind a portrait than strong colours.
    base = mix(luminance(base) + 0.0 * base, base, dice.uniform() ** 0.7)
    slope = (dice.uniform(-1, 1) * x + dice.uniform(-1, 1) * y) * dice.uniform(0.0, 0.35)
    halo = -(x * x + y * y) * dice.uniform(-0.1, 0.25)
    wall = base * (1.0 + slope + halo)
    clouds = base + dice.octaves(3) * dice.uniform(0.2, 1.4)
    blocks = mix(base, dice.field(5, 3, smooth=False), dice.uniform(0.3, 1.0))
    blocks = mix(blocks, dice.field(16, 3, smooth=False), dice.uniform(0.0, 0.7))
    frequency = dice.uniform(3.0, 40.0)
    angle = dice.uniform(0.0, 3.14159)
    wave = ops.sin(frequency * (ops.cos(angle) * x + ops.sin(angle) * y) + 6.0 * dice.uniform())
    sharp = ops.clip(wave * dice.uniform(1.0, 12.0), -1.0, 1.0) * 0.5 + 0.5
    stripes = mix(base, dice.uniform(0.0, 1.0, 3), sharp)
    neighbours = ops.roll(images, 1, axis=0)
    small = ops.average_pool(neighbours, 16, 16, "same", data_format="channels_last")
    crowd = ops.image.resize(small, dice.size, data_format="channels_last")
    choice = dice.uniform()
    scene = wall
    for start, other in ((0.3, clouds), (0.55, blocks), (0.75, stripes), (0.9, crowd)):
        scene = ops.where(choice > start, other, scene)
    scene = mix(scene, soften(soften(scene, 9), 9), dice.chance(0.5))
    scene = ops.clip(scene, 0.0, 1.0)
    mask = is_any(labels, [INDEX["background"]])
    alpha = mix(mask, soften(mask), dice.uniform())
    return mix(images, scene, alpha * dice.chance(probability))


def dress(images, labels, dice: Dice, probability: float = 0.75):
    """Changes the clothes: other cloth, stripes, a shirt in a V, a tie.

    Shapes are placed by the neck; they only paint pixels labelled cloth.

    Args:
      images: `[batch, height, width, 3]` in [0, 1].
      labels: `[batch, height, width]`.
      dice: random numbers.
      probability: share of the pictures that are changed.

    Returns:
      Pictures like `images`.
    """
    x, y = dice.grid()
    mask = is_any(labels, [INDEX["cloth"]])
    neck = is_any(labels, [INDEX["neck"]])
    area = ops.sum(neck, axis=(1, 2), keepdims=True) + 1.0
    centre = ops.sum(neck * x, axis=(1, 2), keepdims=True) / area
    spread = ops.sqrt(ops.sum(neck * ops.square(x - centre), axis=(1, 2), keepdims=True) / area)
    half = ops.clip(1.7 * spread, 0.08, 0.5)  # a box has 1.73 standard deviations
    middle = ops.sum(neck * y, axis=(1, 2), keepdims=True) / area
    bottom = ops.max(ops.where(neck > 0, y, -1.0), axis=(1, 2), keepdims=True)
    bottom = ops.where(area > 30.0, bottom, 0.75 + 0.0 * middle)

    light = luminance(images)
    mean = ops.sum(light * mask, (1, 2), keepdims=True) / (ops.sum(mask, (1, 2), keepdims=True) + 1)
    folds = power(ops.clip(light / (mean + 0.02), 0.3, 2.5), dice.uniform(0.3, 1.2))
    cloth = mix(dice.uniform(0.0, 0.35), dice.uniform(0.0, 1.0, 3), dice.chance(0.6))
    pattern = 1.0 + dice.octaves() * dice.uniform(0.0, 0.8)
    frequency = dice.uniform(20.0, 120.0)
    angle = dice.uniform(-1.6, 1.6)
    wave = ops.sin(frequency * (ops.cos(angle) * x + ops.sin(angle) * y))
    pattern = pattern * (1.0 + wave * dice.uniform(0.0, 0.5) * dice.chance(0.4))
    cloth = cloth * pattern

    down = y - bottom
    opening = half * (1.0 - down / (half * dice.uniform(1.5, 4.5)) * 0.9)
    edge = 0.02
    shirt_shape = ops.sigmoid((opening - ops.abs(x - centre)) / edge)
    shirt = mix(dice.uniform(0.75, 1.0), dice.uniform(0.2, 1.0, 3), dice.chance(0.5))
    shirt = shirt * (1.0 + 0.3 * wave * dice.chance(0.3))
    cloth = mix(cloth, shirt, shirt_shape * dice.chance(0.6))
    tie_width = half * dice.uniform(0.16, 0.34) * (0.8 + 0.5 * ops.clip(down, 0.0, 1.0))
    tie_shape = ops.sigmoid((tie_width - ops.abs(x - centre)) / (edge / 3))
    tie = dice.uniform(0.0, 1.0, 3)
    stripe = ops.sin(dice.uniform(30.0, 90.0) * (x + y))
    tie = mix(tie, dice.uniform(0.0, 1.0, 3), ops.cast(stripe > 0.3, "float32") * dice.chance(0.5))
    cloth = mix(cloth, tie, tie_shape * dice.chance(0.45))
    cloth = ops.clip(cloth * folds, 0.0, 1.0)
    return mix(images, cloth, soften(mask) * mask * dice.chance(probability))
