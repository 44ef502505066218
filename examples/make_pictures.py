"""Makes the pictures of the README: a fitted sample photograph and a sheet of random heads.

Usage: make_pictures.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import skimage.data

import face2param
from face2param import engines
from face2param.images import from_uint8, mosaic, resize, write_image

HEADS = 12
SEED = 21


def heads() -> np.ndarray:
    """A sheet of random characters of the built-in engine."""
    engine = engines.get("builtin")
    rng = np.random.default_rng(SEED)
    characters = engine.random_characters(rng, HEADS, spread=0.7)
    return mosaic([engine.render(c, size=(256, 256)).image for c in characters], columns=6)


def fitted() -> np.ndarray:
    """The sample photograph and its character: neutral, smiling, turned."""
    photo = from_uint8(skimage.data.astronaut())
    result = face2param.fit(photo)
    schema = result.character.schema
    smile = schema.nuisance_vector(
        mouthSmileLeft=0.8, mouthSmileRight=0.8, cheekSquintLeft=0.5, cheekSquintRight=0.5
    )
    turned = schema.nuisance_vector(head_yaw=0.5)
    engine = engines.get("builtin")
    drawn = [
        engine.render(result.character, nuisance, size=(320, 320)).image
        for nuisance in (None, smile, turned)
    ]
    captions = ["photograph, aligned", "character", "smiling", "turned"]
    return mosaic([resize(result.aligned, (320, 320)), *drawn], columns=4, captions=captions)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_pictures.py FOLDER")
    folder = Path(sys.argv[1])
    write_image(folder / "heads.jpg", heads(), quality=88)
    write_image(folder / "fitted.jpg", fitted(), quality=90)
    print(f"wrote {folder / 'heads.jpg'} and {folder / 'fitted.jpg'}")
