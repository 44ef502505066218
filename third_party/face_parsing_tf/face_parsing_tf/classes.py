"""The classes of the released checkpoint."""

CLASSES = (
    "background",
    "skin",
    "l_brow",
    "r_brow",
    "l_eye",
    "r_eye",
    "eye_g",
    "l_ear",
    "r_ear",
    "ear_r",
    "nose",
    "mouth",
    "u_lip",
    "l_lip",
    "neck",
    "neck_l",
    "cloth",
    "hair",
    "hat",
)
"""Order of the logits. CelebAMask-HQ's own order is another one, a common confusion: the
public definition renumbers the classes when it prepares the labels."""
