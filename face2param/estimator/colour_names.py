"""The coarse words for skin and hair colours, as on the labels of the portraits."""

from __future__ import annotations

import numpy as np

SKIN = ("fair", "light", "medium", "brown", "dark")
_SKIN_ANGLES = (62.0, 32.0, 29.0, 0.0)
"""Individual typology angles, in degrees, that part them: most agreement on 120 portraits."""

HAIR = ("black", "dark_brown", "brown", "light_brown", "blond", "red", "grey", "white")
# L*a*b* medians over 120 labelled studio portraits, hair under a soft lamp: darker than in the
# hand. What varies within a class divides the differences.
_HAIR_CENTRES = np.array(
    [
        (9.0, 3.4, -2.5),
        (18.0, 5.0, 1.0),
        (26.0, 6.1, 4.0),
        (37.0, 6.7, 8.0),
        (64.0, 7.3, 10.0),
        (31.0, 20.0, 27.0),
        (45.0, 4.0, 0.0),
        (73.0, 4.0, 0.5),
    ]
)
_HAIR_SPREAD = np.array((9.5, 3.0, 4.5))


def typology_angle(lab) -> float:
    """Individual typology angle in degrees, of L*a*b* `[3]` (Chardon et al. 1991).

    High is fair, negative very dark. The published classes (55, 41, 28, 10, -30) belong to a
    spectrophotometer on the forearm; faces under studio lamps read a little higher.
    """
    return float(np.degrees(np.arctan2(lab[0] - 50.0, max(lab[2], 1e-3))))


def skin_name(lab) -> str:
    """The word for a skin colour, L*a*b* `[3]` under neutral light."""
    return SKIN[int(np.sum(typology_angle(lab) < np.array(_SKIN_ANGLES)))]


def hair_name(lab) -> str:
    """The word for a hair colour, L*a*b* `[3]` under neutral light."""
    apart = (np.asarray(lab) - _HAIR_CENTRES) / _HAIR_SPREAD
    return HAIR[int((apart**2).sum(1).argmin())]
