"""Materials and makeup with the values of the sliders."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from face2param.engines.rigged.head_file import Layer
from face2param.engines.rigged.posed import MaterialState
from face2param.engines.rigged.slots import Slots
from face2param.meshes.gltf import Material, Model


def states(
    model: Model,
    layers: Mapping[str, Sequence[Layer]],
    slots: Slots,
    numbers: np.ndarray,
    swapped: Mapping[tuple[str, str], tuple[str, np.ndarray]],
) -> tuple[MaterialState, ...]:
    """Applies the numbers.

    Args:
      model: whose materials.
      layers: material -> makeup.
      slots: where each number stands.
      numbers: `[slots]`.
      swapped: (material, "base" or "normal") -> name and pixels of another texture.

    Returns:
      One for each material of the model, and a plain one.
    """
    found = []
    for material in model.materials:
        values = {
            name: numbers[slots.material(material.name, name)]
            for name in ("base_color", "roughness", "metallic")
        }
        pixels, wraps, images = {}, {}, {}
        for slot, index in (("base", material.base_texture), ("normal", material.normal_texture)):
            texture = None if index is None else model.textures[index]
            wraps[slot] = ("repeat", "repeat") if texture is None else texture.wrap
            pixels[slot] = None if texture is None else texture.pixels
            if (material.name, slot) in swapped:
                images[slot], pixels[slot] = swapped[material.name, slot]
        found.append(
            MaterialState(
                _changed(material, values),
                pixels["base"],
                pixels["normal"],
                tuple(
                    _worn(layer, material.name, slots, numbers)
                    for layer in layers.get(material.name, ())
                ),
                wraps["base"],
                wraps["normal"],
                images,
            )
        )
    return (*found, MaterialState(Material("plain"), None, None))


def _changed(material: Material, values: Mapping[str, np.ndarray]) -> Material:
    color = tuple(np.clip(values["base_color"], 0, 1).tolist())
    roughness, metallic = (
        float(np.clip(values[name][0], 0, 1)) for name in ("roughness", "metallic")
    )
    if (color, roughness, metallic) == (
        material.base_color,
        material.roughness,
        material.metallic,
    ):
        return material
    return dataclasses.replace(material, base_color=color, roughness=roughness, metallic=metallic)


def _worn(layer: Layer, material: str, slots: Slots, numbers: np.ndarray) -> Layer:
    def value(name: str) -> list[float]:
        return numbers[slots.layer(material, layer.name, name)].tolist()

    fields = {
        name: value(name)[0]
        for name in ("amount", "hue", "saturation", "value", "rotation", "scale")
    }
    return dataclasses.replace(
        layer,
        color=tuple(value("color")),
        offset=(value("offset_x")[0], value("offset_y")[0]),
        **fields,
    )
