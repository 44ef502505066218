"""Writes the sample photograph of the demo: NASA's public-domain portrait of Eileen Collins.

The picture comes with scikit-image; nothing is downloaded. Usage: sample_photo.py OUTPUT.jpg
"""

import sys

import skimage.data

from face2param.images import from_uint8, write_image

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: sample_photo.py OUTPUT.jpg")
    write_image(sys.argv[1], from_uint8(skimage.data.astronaut()), quality=95)
    print(f"wrote {sys.argv[1]}")
