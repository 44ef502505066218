"""The random people, expressions and skins that the built-in model is made of.

Shapes come in pairs with their mirror images, so that the mean face is symmetric and each
component is either symmetric or purely lopsided.
"""

from typing import NamedTuple

import numpy as np

from face2param import schema
from face2param.engines.builtin import controls, geometry, sampling
from face2param.morphable.builtin_albedo import Painter
from face2param.morphable.builtin_mesh import Plan, gather

_CASUAL = 0.6  # share of expressions that are those of casual portraits
_ACTIVE = 0.25  # share of controls that the other expressions move


class Heads(NamedTuple):
    """Attributes: shapes `[people, vertices * 3]` float32 cm with neutral expressions,
    landmarks `[68, 3]` mean over the people, cm."""

    shapes: np.ndarray
    landmarks: np.ndarray


def people(rng: np.random.Generator, pairs: int) -> list:
    """Draws characters, each followed by its mirror image."""
    drawn = sampling.random_characters(rng, pairs)
    return [one for person in drawn for one in (person, person.mirror())]


def heads(characters: list, plan: Plan) -> Heads:
    """Shapes characters' heads."""
    shapes = np.empty((len(characters), plan.count * 3), np.float32)
    landmarks = np.zeros((68, 3))
    for k, character in enumerate(characters):
        mesh = geometry.pose_head(character)
        shapes[k] = gather(plan, mesh).reshape(-1)
        landmarks += mesh.landmarks3d / len(characters)
    return Heads(shapes, landmarks)


def expressions(rng: np.random.Generator, characters: list, neutral: np.ndarray, plan: Plan):
    """What random expressions add to the neutral heads of `people`.

    Args:
      rng: source of randomness.
      characters: of `people`: pairs, of which the second one gets the mirrored expression.
      neutral: their shapes, of `heads`.
      plan: of the model's mesh.

    Returns:
      `[people, vertices * 3]` float32 cm.
    """
    family = schema.load(controls.SCHEMA_NAME)
    moved = np.empty_like(neutral)
    drawn = family.neutral_nuisance()
    for k, character in enumerate(characters):
        drawn = family.mirror_nuisance(drawn) if k % 2 else random_expression(rng)
        posed = gather(plan, geometry.pose_head(character, drawn))
        moved[k] = posed.reshape(-1) - neutral[k]
    return moved


def random_expression(rng: np.random.Generator) -> np.ndarray:
    """Draws an expression without a turn of the head.

    Most are those of casual portraits; the others move a quarter of all controls at once, both
    sides nearly alike, so that none is so rare that no component moves it.

    Args:
      rng: source of randomness.

    Returns:
      `[nuisance_width]` float32 in the units of the "builtin" schema.
    """
    family = schema.load(controls.SCHEMA_NAME)
    nuisance = sampling.random_nuisance(rng)
    if rng.random() >= _CASUAL:
        for control in family.nuisance:
            if control.group != "expression" or control.name.endswith("Right"):
                continue
            value = rng.uniform(0, 0.9) * (rng.random() < _ACTIVE)
            nuisance[family.nuisance_index[control.name]] = value
            if control.mirror and control.mirror != control.name:
                other = np.clip(value * (1 + rng.normal(0, 0.3)), 0, 1)
                nuisance[family.nuisance_index[control.mirror]] = other
    for name in ("head_yaw", "head_pitch", "head_roll"):
        nuisance[family.nuisance_index[name]] = 0.0
    return nuisance


def colours(rng: np.random.Generator, count: int, painter: Painter) -> np.ndarray:
    """Albedo of random people, `[count, vertices * 3]` float32 display RGB."""
    drawn = sampling.random_characters(rng, count)
    return np.stack([painter.colours(character).reshape(-1) for character in drawn])


def importance(plan: Plan) -> np.ndarray:
    """`[vertices * 3]` weights of the coordinates in the components of shape.

    What is rarely seen matters less: ears, and the inside of the mouth.
    """
    out = np.ones((plan.count, 3), np.float32)
    for name, part in plan.parts.items():
        seen = name == "skin" or name.startswith("eye")
        out[part.span] = 1.0 if seen else 0.3 if name.startswith("ear") else 0.05
    return out.reshape(-1)
