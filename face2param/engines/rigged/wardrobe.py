"""Textures of a picture: base textures with their makeup, normal maps, shrunk to what shows."""

import functools

import numpy as np

from face2param.engines.rigged.layers import Masks, compose, pack
from face2param.engines.rigged.posed import MaterialState, PosedHead
from face2param.engines.rigged.rest import Rest
from face2param.engines.rigged.textures import Atlas, Shelf, atlas, pyramid, shrink_mask

_SHELF_BYTES = 256 << 20
# Sliders may magnify a part by this power of 2 over its size at rest.
_MARGIN = 0.25
_WHITE = np.full((1, 1, 3), 255, np.uint8)


class Wardrobe:
    """Prepares textures and remembers them."""

    def __init__(self, rest: Rest):
        """Textures of one rig."""
        self._rest = rest
        self._shelf = Shelf(_SHELF_BYTES)

    def dress(self, head: PosedHead, side: int) -> tuple[Atlas, np.ndarray]:
        """Textures of a head.

        Args:
            head: posed.
            side: smaller side of the picture in samples.

        Returns:
            The atlas, and int64 `[materials, 2]` base and normal texture in it, -1 for none.
        """
        slots = np.full((len(head.materials), 2), -1, np.int64)
        used = {part.material for part in head.parts}
        pyramids, wraps = [], []
        for index, state in enumerate(head.materials):
            if index not in used:
                continue
            detail = self._rest.detail[index] - np.log2(side) - _MARGIN
            base = self._base(state, detail[0])
            if base is not None:
                slots[index, 0] = len(pyramids)
                pyramids.append(base)
                wraps.append(state.wrap)
            if state.normal_texture is not None:
                slots[index, 1] = len(pyramids)
                pyramids.append(self._plain(state.normal_texture, detail[1], False, False))
                wraps.append(state.normal_wrap)
        return atlas(pyramids, wraps), slots

    def _base(self, state: MaterialState, detail: float) -> list[np.ndarray] | None:
        has_alpha = state.material.alpha_mode != "opaque"
        layers = state.layers
        if not any(layer.amount > 0.0 for layer in layers):
            if state.base_texture is None:
                return None
            return self._plain(state.base_texture, detail, True, has_alpha)
        base = _WHITE if state.base_texture is None else state.base_texture
        names = tuple(layer.mask for layer in layers)
        whole = np.array([base.shape[:2], *(self._mask_sizes[name] for name in names)]).max(0)
        size = np.maximum(whole >> _skip(whole, detail), 1)
        key = tuple(size.tolist())

        def pack_masks() -> list[np.ndarray]:
            masks = [self._rest.rig.head.image(name) for name in names]
            return list(pack([shrink_mask(mask, _ratio(mask.shape, size)) for mask in masks]))

        def paint() -> list[np.ndarray]:
            masks = Masks(*self._shelf.get(("masks", names, key), None, pack_masks))
            skip = _ratio(base.shape, size)
            under = self._sizes(base, skip, True, has_alpha)[0]
            return pyramid(compose(under, layers, masks, key), 0, True, has_alpha)

        return self._shelf.get(("makeup", id(base), tuple(layers), key, has_alpha), base, paint)

    @functools.cached_property
    def _mask_sizes(self) -> dict[str, tuple[int, int]]:
        head = self._rest.rig.head
        names = {layer.mask for layers in head.layers.values() for layer in layers}
        return {name: head.image(name).shape[:2] for name in names}

    def _plain(
        self, pixels: np.ndarray, detail: float, is_colour: bool, has_alpha: bool
    ) -> list[np.ndarray]:
        skip = _skip(np.array(pixels.shape[:2]), detail)
        return self._sizes(pixels, skip, is_colour, has_alpha)

    def _sizes(
        self, pixels: np.ndarray, skip: int, is_colour: bool, has_alpha: bool
    ) -> list[np.ndarray]:
        key = "plain", id(pixels), skip, is_colour, has_alpha
        return self._shelf.get(key, pixels, lambda: pyramid(pixels, skip, is_colour, has_alpha))


def _skip(size: np.ndarray, detail: float) -> int:
    """Sizes of a texture `[2]` that are finer than any pixel."""
    # Half a step further: samples are averaged to pixels, which hides it.
    finest = detail + 0.5 * np.log2(float(size[0]) * float(size[1])) + 0.5
    return int(np.clip(finest, 0.0, 14.0))


def _ratio(shape: tuple[int, ...], size: np.ndarray) -> int:
    """How often a picture can be halved and stay as large as `size` `[2]`."""
    return int(max(np.log2(min(shape[0] / size[0], shape[1] / size[1])), 0.0))
