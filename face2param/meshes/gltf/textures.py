"""Pictures of a glTF file: the size is looked at before they are decoded."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError, features

from face2param.errors import CodecError
from face2param.meshes.gltf import formats
from face2param.meshes.gltf.accessors import Accessors
from face2param.meshes.gltf.document import Item
from face2param.meshes.gltf.model import Texture

MAXIMUM_SIDE = 8192
"""Pixels along a side of a texture, as much as graphics cards promise."""

_WRAPS = {code: name for name, code in formats.WRAP_MODES.items()}


class Textures:
    """Decodes the textures that are asked for, each picture once.

    Attributes:
      count: how many textures the file names.
    """

    def __init__(self, root: Item, accessors: Accessors):
        """Looks at the lists, decodes nothing."""
        self._accessors = accessors
        self._textures = root.items("textures")
        self._images = root.items("images")
        self._samplers = root.items("samplers")
        self._pixels: dict[int, np.ndarray] = {}
        self._means: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.count = len(self._textures)

    def read(self, index: int) -> Texture:
        """Reads one texture.

        Raises:
          CodecError: its picture is missing, damaged, too large or of another format.
        """
        texture = self._textures[index]
        sampler = texture.index("sampler", len(self._samplers))
        wrap = ("repeat", "repeat")
        if sampler is not None:
            item = self._samplers[sampler]
            codes = [item.integer(name, 10497) for name in ("wrapS", "wrapT")]
            if not set(codes) <= set(_WRAPS):
                item.fail(f"wrapS and wrapT must be of {sorted(_WRAPS)}, got {codes}")
            wrap = (_WRAPS[codes[0]], _WRAPS[codes[1]])
        source = self._source(texture)
        name = texture.text("name") or self._images[source].text("name") or f"texture_{index}"
        return Texture(name, self.pixels(index), wrap)

    def pixels(self, index: int) -> np.ndarray:
        """The picture of a texture, uint8 `[height, width, 3 or 4]`."""
        source = self._source(self._textures[index])
        if source not in self._pixels:
            self._pixels[source] = self._decode(self._images[source])
        return self._pixels[source]

    def means(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean RGB of a texture: of its plain numbers in [0, 1], and in linear light."""
        source = self._source(self._textures[index])
        if source not in self._means:
            pixels = self.pixels(index)
            step = -(-max(pixels.shape) // 1024)  # a million of them tell the mean
            rgb = pixels[::step, ::step, :3]
            shades = np.stack([np.bincount(rgb[..., i].ravel(), minlength=256) for i in range(3)])
            share = shades / rgb[..., 0].size
            grey = np.arange(256) / 255
            light = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
            self._means[source] = (share @ grey, share @ light)
        return self._means[source]

    def _source(self, texture: Item) -> int:
        webp = texture.extension("EXT_texture_webp")
        if webp is not None and (features.check("webp") or "source" not in texture):
            texture = webp
        source = texture.index("source", len(self._images))
        if source is None:
            kinds = texture.item("extensions")
            kinds = ", ".join(kinds.names()) if kinds else "no source"
            texture.fail(f"has no PNG, JPEG or WebP picture ({kinds[:80]}); export it with PNG")
        return source

    def _decode(self, item: Item) -> np.ndarray:
        if "bufferView" in item:
            view = item.integer("bufferView", None, 0, self._accessors.view_count - 1)
            data = self._accessors.view(view)[0]
        else:
            data = self._accessors.files.resource(item)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about sizes, which are checked here
                with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                    width, height = picture.size
                    if max(width, height) > MAXIMUM_SIDE:
                        item.fail(
                            f"has {width}x{height} pixels; at most {MAXIMUM_SIDE} a side are read"
                        )
                    self._accessors.budget.take(width * height * 8)
                    return _uint8(picture)
        except CodecError:
            raise
        except UnidentifiedImageError:
            item.fail("holds no PNG, JPEG or WebP picture")
        # A decoder that is fed with damaged bytes may raise whatever it likes.
        except Exception as error:
            item.fail(f"is a picture that cannot be read: {str(error)[:120]}")


def _uint8(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith(("I", "F")):  # 16 bits
        grey = np.asarray(picture).astype(np.int64) >> 8
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2)
    alpha = "A" in picture.getbands() or "transparency" in picture.info
    return np.array(picture.convert("RGBA" if alpha else "RGB"))
