"""What the vertices of the base mesh hm08 are, by number."""

BODY = (0, 13380)
TONGUE = (13380, 13606)
EYES = {"left": (14598, 14670), "right": (14670, 14742)}
LASHES = {"left": (14742, 14867), "right": (14867, 14992)}
TEETH = (14992, 15128)
LANDMARKS = {
    0: 5767, 1: 5411, 2: 5092, 3: 910, 4: 895, 5: 5298, 6: 5295, 7: 926, 8: 5296,
    17: 207, 18: 206, 19: 204, 20: 205, 21: 208, 27: 133, 28: 131, 29: 164, 30: 294,
    31: 325, 32: 331, 33: 317, 36: 6780, 37: 0, 38: 6763, 39: 6764, 40: 6772, 41: 6776,
    48: 500, 49: 5351, 50: 460, 51: 466, 57: 492, 58: 486, 59: 406, 60: 437, 61: 514,
    62: 474, 66: 523, 67: 534,
}  # fmt: skip
"""Landmarks of the middle and of the viewer's left; the others are their mirror images.

Found by a landmark detector on a picture of the average head and moved to the nearest vertex of
the lid, lip or contour by eye."""
