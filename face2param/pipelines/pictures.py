"""Pictures that a person looks at after a fit: comparison, regions, landmarks."""

import numpy as np
from PIL import Image, ImageDraw

from face2param import images
from face2param import regions as region_table

_FITTED = (64, 220, 120)
_PHOTO = (255, 80, 60)


def region_map(probabilities: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Paints the likeliest merged region of every cell.

    Args:
      probabilities: `[h, w, merged regions]`.
      size: (height, width) of the picture.

    Returns:
      `[height, width, 3]` float32 RGB.
    """
    # A merged region is shown in the colour of the first class that belongs to it.
    first = [int(np.argmax(region_table.MERGE == i)) for i in range(len(region_table.MERGED))]
    labels = np.array(first, np.uint8)[probabilities.argmax(-1)]
    grown = Image.fromarray(labels).resize((size[1], size[0]), Image.Resampling.NEAREST)
    return region_table.colourise(np.asarray(grown))


def with_landmarks(image: np.ndarray, *sets: np.ndarray) -> np.ndarray:
    """Marks landmarks on a picture: the first set red, the second green.

    Args:
      image: `[height, width, 3]`.
      *sets: `[68, 2]` (x, y) in pixels.

    Returns:
      `[height, width, 3]` float32.
    """
    picture = Image.fromarray(images.to_uint8(image))
    draw = ImageDraw.Draw(picture)
    radius = max(1.2, image.shape[1] / 200)
    for points, colour in zip(sets, (_PHOTO, _FITTED), strict=False):
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return images.from_uint8(np.asarray(picture))


def comparison(panels: dict[str, np.ndarray], columns: int = 4, height: int = 320) -> np.ndarray:
    """Lays labelled pictures out in a grid.

    Args:
      panels: caption -> `[h, w, 3]`; all square.
      columns: pictures a row.
      height: of each picture on the sheet.

    Returns:
      The sheet, `[sheet height, sheet width, 3]` float32.
    """
    scaled = [images.resize(panel, (height, height)) for panel in panels.values()]
    return images.mosaic(scaled, columns, list(panels))


def pairs(
    photographs: list[np.ndarray],
    characters: list[np.ndarray],
    captions: list[str],
    columns: int = 5,
    height: int = 200,
) -> np.ndarray:
    """Contact sheet of photograph | character pairs with a line of numbers under each.

    Args:
      photographs: square pictures.
      characters: as many square pictures.
      captions: as many lines.
      columns: pairs a row.
      height: of each picture on the sheet.

    Returns:
      The sheet, `[sheet height, sheet width, 3]` float32.
    """
    size = (height, height)
    joined = [
        np.concatenate([images.resize(photo, size), images.resize(character, size)], 1)
        for photo, character in zip(photographs, characters, strict=True)
    ]
    return images.mosaic(joined, min(columns, len(joined)), captions)
