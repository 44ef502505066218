"""The only place that reads and writes pictures and knows uint8.

Inside the library a picture is `[height, width, 3]` float32 RGB in [0, 1], row 0 on top.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from face2param.config import atomic_path
from face2param.errors import ImageError

MAXIMUM_PIXELS = 120_000_000
"""Larger pictures are refused before they are decoded: 120 megapixels are 1.4 GB in float32."""


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Reads a photograph upright.

    The EXIF orientation is applied; transparency is laid over white; 16-bit and grey pictures
    become 8-bit RGB.

    Args:
      path: any format that Pillow reads.

    Returns:
      `[height, width, 3]` float32 RGB in [0, 1].

    Raises:
      ImageError: no such file, not a picture, truncated, or too large.
    """
    path = Path(path)
    if not path.is_file():
        raise ImageError(f"no such picture: {path}")
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAXIMUM_PIXELS:
                raise ImageError(
                    f"{path} has {picture.width}x{picture.height} pixels; at most "
                    f"{MAXIMUM_PIXELS} are accepted, scale it down first"
                )
            picture = ImageOps.exif_transpose(picture)
            if picture.mode.startswith("I;16"):
                picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
            if "A" in picture.getbands() or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
                picture = Image.alpha_composite(white, picture)
            return from_uint8(np.asarray(picture.convert("RGB")))
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path} is too large to read: {error}") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"cannot read {path} as a picture: {error}") from None


def write_image(path: str | os.PathLike, image: np.ndarray, quality: int = 92) -> None:
    """Writes a picture atomically; the format follows the suffix.

    Args:
      path: file to write, `.png` or `.jpg`.
      image: `[height, width, 3]` or `[height, width]`, float in [0, 1] or uint8.
      quality: JPEG quality.
    """
    with atomic_path(path) as temporary:
        picture = Image.fromarray(to_uint8(image))
        if Path(path).suffix.lower() in (".jpg", ".jpeg"):
            picture.save(temporary, quality=quality, subsampling=0)
        else:
            picture.save(temporary)


def from_uint8(image: np.ndarray) -> np.ndarray:
    """Converts uint8 [0, 255] to float32 [0, 1]; any shape."""
    return image.astype(np.float32) / np.float32(255)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Converts float [0, 1] to uint8 [0, 255], rounded and clipped; uint8 passes through."""
    image = np.asarray(image)
    if image.dtype == np.uint8:
        return image
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resizes with an antialiasing filter (Lanczos when shrinking, cubic when enlarging).

    Args:
      image: `[height, width, 3]` float in [0, 1].
      size: (height, width) of the result.

    Returns:
      `[size[0], size[1], 3]` float32 in [0, 1].
    """
    shrinks = size[0] < image.shape[0] or size[1] < image.shape[1]
    method = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    channels = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(image[..., channel], np.float32)).resize(
                (size[1], size[0]), method
            )
        )
        for channel in range(image.shape[2])
    ]
    return np.clip(np.stack(channels, -1), 0, 1)


def mosaic(
    images: Sequence[np.ndarray],
    columns: int,
    captions: Sequence[str] | None = None,
    gap: int = 6,
) -> np.ndarray:
    """Lays equally sized pictures out in a grid, row by row, on a light ground.

    Args:
      images: pictures `[height, width, 3]`, all of one size.
      columns: pictures a row.
      captions: text under each picture, broken into lines where it is too wide; or None.
      gap: pixels between pictures.

    Returns:
      The sheet, `[sheet_height, sheet_width, 3]` float32.
    """
    shapes = {image.shape for image in images}
    if len(shapes) != 1:
        raise ImageError(f"images: a mosaic needs pictures of one size, got {sorted(shapes)}")
    height, width, _ = images[0].shape
    font_size = max(11, min(20, width // 16))
    font = ImageFont.load_default(font_size)
    texts = [_wrap(caption, font, width) for caption in captions or ()]
    lines = max((text.count("\n") + 1 for text in texts), default=0)
    caption_height = int(font_size * (0.4 + 1.3 * lines)) if texts else 0
    rows = -(-len(images) // columns)
    sheet = Image.new(
        "RGB",
        (columns * (width + gap) + gap, rows * (height + caption_height + gap) + gap),
        (246, 246, 244),
    )
    draw = ImageDraw.Draw(sheet)
    for index, image in enumerate(images):
        x = gap + (index % columns) * (width + gap)
        y = gap + (index // columns) * (height + caption_height + gap)
        sheet.paste(Image.fromarray(to_uint8(image)), (x, y))
        if texts:
            draw.text((x + 2, y + height + 2), texts[index], fill=(40, 40, 44), font=font)
    return from_uint8(np.asarray(sheet))


def _wrap(text: str, font, width: int) -> str:
    """Breaks a text between words so that each line is at most `width` pixels wide."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
