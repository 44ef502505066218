"""Pictures that a head file names: masks and textures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from face2param.errors import CodecError

MAXIMUM_SIDE = 8192


def beside(folder: Path, name: str) -> Path:
    """The path of a file in a folder or below it.

    Raises:
      CodecError: the name leads out of the folder.
    """
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a null byte, a loop of links
        raise CodecError(f"{name!r:.80} names no file: {error}") from None
    if not path.is_relative_to(folder.resolve()):
        raise CodecError(f"{name!r} leads out of the folder of the head file, {folder}")
    return path


def check(pixels: np.ndarray, name: str) -> np.ndarray:
    """Returns pixels as uint8 `[height, width, 1|3|4]`.

    Raises:
      CodecError: another type or shape.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
        raise CodecError(
            f"picture {name!r} is {pixels.dtype} {list(pixels.shape)}; it must be uint8 "
            "[height, width, 1, 3 or 4]"
        )
    if not 0 < max(pixels.shape[:2]) <= MAXIMUM_SIDE:
        raise CodecError(f"picture {name!r} has {pixels.shape[1]}x{pixels.shape[0]} pixels")
    return pixels


def read(path: Path) -> np.ndarray:
    """Reads a picture as uint8 `[height, width, 1|3|4]`.

    Raises:
      CodecError: no such file, not a picture, or larger than 8192 pixels a side.
    """
    try:
        with Image.open(path) as picture:
            if max(picture.size) > MAXIMUM_SIDE:
                raise CodecError(
                    f"picture {path} has {picture.width}x{picture.height} pixels; at most "
                    f"{MAXIMUM_SIDE} a side are accepted"
                )
            if picture.mode.startswith("I;16"):
                picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
            has_alpha = "A" in picture.getbands() or "transparency" in picture.info
            if has_alpha:
                picture = picture.convert("RGBA")
            elif picture.mode not in ("L", "RGB"):
                picture = picture.convert("RGB")
            pixels = np.asarray(picture)
    except CodecError:
        raise
    except FileNotFoundError:
        raise CodecError(f"there is no picture {path}") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CodecError(f"cannot read {path} as a picture: {error}") from None
    return pixels[..., None] if pixels.ndim == 2 else pixels
