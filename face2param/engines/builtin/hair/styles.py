"""The hairstyles as data. Lengths in cm, angles in degrees, on the canonical neutral head.

A hairline is a polyline of (azimuth from the front, lowest y that grows hair). Landmarks of that
head: brows y = 1.8, natural hairline y = 7.5, crown y = 11.5, ears between azimuth 72 and 100
with their tops at y = 2, chin y = -11, nape y = -8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Polyline = tuple[tuple[float, float], ...]

_MENS_SIDES: Polyline = (
    (58, 1.6), (61, 0.2), (63, -1.3), (71, -1.5), (74, 0.1), (77, 1.2), (88, 1.6), (98, 1.2),
    (103, -0.2), (108, -3.0), (118, -5.8), (135, -7.0), (180, -7.6),
)  # fmt: skip
MENS_LINE: Polyline = (
    (0, 6.7), (16, 6.8), (28, 6.9), (37, 6.4), (44, 5.2), (50, 3.8), (54, 2.7),
    *_MENS_SIDES,
)  # fmt: skip
WOMENS_LINE: Polyline = (
    (0, 6.9), (16, 6.8), (30, 6.2), (40, 5.2), (48, 3.8), (54, 2.3), (60, 0.8), (68, -0.2),
    (76, 0.8), (88, 1.5), (98, 1.1), (103, -0.4), (110, -4.0), (125, -7.2), (180, -8.2),
)  # fmt: skip
RECEDING_LINE: Polyline = (
    (0, 7.8), (9, 7.9), (17, 8.6), (24, 9.2), (32, 9.2), (40, 8.0), (47, 6.2), (52, 4.4),
    (55, 3.0), *_MENS_SIDES,
)  # fmt: skip
HORSESHOE_LINE: Polyline = ((0, 20), (52, 20), (54, 4.0), (56, 2.6), *_MENS_SIDES)


@dataclass(frozen=True)
class Volume:
    """How far the surface of the hair stands off the skin."""

    top: float
    front: float
    side: float
    back: float
    nape: float


@dataclass(frozen=True)
class Curl:
    """Spirals (radius about the path) and waves (sway within the sheet)."""

    radius: float = 0.0
    pitch: float = 2.0
    sway: float = 0.0
    sway_pitch: float = 5.0


@dataclass(frozen=True)
class Curtain:
    """Hair that leaves the skull and hangs.

    Attributes:
      ends: (azimuth, y of the ends) polyline.
      opening: azimuth of the edge that frames the face, low on the cheeks.
      flare: how much wider than the skull the ends are.
      inward: how far the ends turn in.
    """

    ends: Polyline
    opening: float = 58.0
    flare: float = 0.6
    inward: float = 0.0


@dataclass(frozen=True)
class Style:
    """One hairstyle.

    Attributes:
      flow: name of the combing rule in `flow.py`.
      part: x of the parting, set by the slider (only rules that part).
      sweep: how much of the hair goes to the sides of the parting, set by the slider.
      length_top, length_side: arc length of the strands.
      fringe: y at which front strands end (None: they are combed away).
      layering: share of the volume over which strands start, 0 = one sheet.
      spread: random deviation of the direction of a clump.
      raggedness: `FRAY` of the tips.
      thin_top: 0 full hair, 1 none on top (cover).
      bald_above: (azimuth, y) above which nothing grows.
      upright: strands leave along the normal (0 combed, 1 on end).
      start: share of the height at which strands begin (curls lie on the surface).
      covers_ears: the ears are under the hair and are not drawn.
    """

    name: str
    hairline: Polyline
    volume: Volume
    flow: str
    length_top: float = 6.0
    length_side: float = 3.0
    part: float = 0.0
    sweep: float = 1.0
    ribbons: int = 560
    width: float = 0.9
    stations: int = 7
    fringe: Polyline | None = None
    layering: float = 0.75
    spread: float = 9.0
    raggedness: float = 0.5
    twist: float = 18.0
    thin_top: float = 0.0
    bald_above: Polyline | None = None
    upright: float = 0.0
    start: float = 0.0
    curl: Curl = Curl()
    curtain: Curtain | None = None
    cap: float = 0.5
    cap_cover: float = 1.0
    cap_frizz: float = 0.15
    lumps: float = 0.0
    bun: bool = False
    gloss: float = 1.0
    frizz: float = 0.0
    overhang: float = 0.25
    covers_ears: bool = False
    paint: float = 0.8
    seed: int = 1

    @property
    def parted(self) -> bool:
        """Whether the parting slider acts on this style."""
        return self.flow in ("part", "part_down", "sweep")

    def with_parting(self, share: float) -> Style:
        """The style parted on the viewer's left.

        Args:
          share: 0 = in the middle (or combed straight), 1 = as far to the side as it goes.
        """
        if self.flow == "part_down":
            return replace(self, part=-4.2 * share)
        # A side parting in the middle is none at all: the hair goes straight back (or forward).
        side = float(np.tanh(2.2 * share) / np.tanh(2.2))
        return replace(self, part=-3.9 * side, sweep=min(1.0, 2.0 * share))


_SHORT = Style("crop", MENS_LINE, Volume(1.5, 1.5, 0.75, 0.9, 0.35), "forward")

_STYLES = (
    Style(
        "horseshoe", HORSESHOE_LINE, Volume(0.5, 0.4, 0.75, 0.9, 0.45), "side_back",
        length_side=3.6, ribbons=460, width=0.75, raggedness=0.85, spread=15, paint=0.5,
        cap_cover=0.75, seed=11,
        bald_above=((0, 3.0), (52, 3.4), (62, 5.6), (75, 7.0), (100, 7.3), (150, 6.5), (180, 6.2)),
    ),
    Style(
        "receding", RECEDING_LINE, Volume(0.9, 0.8, 0.7, 0.8, 0.35), "back",
        length_top=4.5, thin_top=0.35, raggedness=0.7, spread=12, seed=12,
    ),
    Style(
        "buzz", MENS_LINE, Volume(0.3, 0.3, 0.2, 0.25, 0.1), "forward", length_top=0.8,
        length_side=0.7, ribbons=1300, width=0.34, stations=3, upright=0.5, cap=0.6, gloss=0.15,
        frizz=0.9, raggedness=0.9, spread=30, cap_cover=0.0, seed=13,
    ),
    replace(_SHORT, length_top=4.2, spread=16, raggedness=0.6, fringe=((0, 6.6), (50, 5.6)),
            upright=0.25, seed=14),
    Style(
        "side_part", MENS_LINE, Volume(2.1, 2.2, 1.0, 1.2, 0.4), "part",
        length_top=9.0, length_side=3.4, seed=15, width=1.1, cap=0.8, layering=0.4,
    ),
    Style(
        "swept_back", MENS_LINE, Volume(2.0, 2.3, 1.0, 1.3, 0.5), "back", length_top=8.5,
        length_side=5.0, width=1.1, gloss=1.2, cap=0.66, seed=16,
    ),
    Style(
        "quiff", MENS_LINE, Volume(2.2, 3.4, 0.45, 0.7, 0.25), "quiff", length_top=7.0,
        length_side=2.0, spread=10, width=1.0, cap=0.66, seed=17,
    ),
    Style(
        "spiky", MENS_LINE, Volume(2.4, 2.4, 0.7, 0.9, 0.35), "crown", length_top=4.6,
        length_side=2.4, upright=0.8, start=0.1, spread=24, width=1.2, raggedness=0.85,
        cap=0.25, ribbons=600, seed=18,
    ),
    Style(
        "fringe", MENS_LINE, Volume(1.7, 1.5, 1.2, 1.4, 0.6), "forward", length_top=10.0,
        length_side=5.0, fringe=((0, 3.4), (30, 3.0), (50, 2.0)), spread=10, overhang=1.1, seed=19,
    ),
    Style(
        "short_curls", MENS_LINE, Volume(2.6, 2.6, 1.2, 1.5, 0.6), "forward", length_top=4.5,
        length_side=3.0, fringe=((0, 6.4), (50, 5.4)), spread=45, width=0.5, stations=14,
        ribbons=420, upright=0.2, start=0.6, curl=Curl(0.45, 2.1), twist=40, gloss=0.8, cap=0.55,
        frizz=0.2, overhang=0.4, lumps=0.2, cap_frizz=0.8, layering=0.35, seed=20,
    ),
    Style(
        "afro", MENS_LINE, Volume(3.6, 3.4, 3.2, 3.6, 2.2), "crown", length_top=2.4,
        length_side=2.4, start=0.88, spread=70, width=0.9, stations=6, ribbons=780, gloss=0.25,
        frizz=0.8, cap=0.88, layering=0.1, curl=Curl(0.42, 1.5), raggedness=0.95, twist=60,
        lumps=0.07, cap_frizz=1.0,
        seed=21,
    ),
    Style(
        "pixie", WOMENS_LINE, Volume(2.5, 2.4, 1.5, 2.2, 0.7), "sweep",
        length_top=10.5, length_side=6.0, fringe=((0, 4.4), (30, 3.6), (50, 2.6)), spread=12,
        overhang=1.0, cap=0.6, seed=22,
    ),
    Style(
        "bob", WOMENS_LINE, Volume(2.0, 1.7, 1.9, 2.2, 1.8), "part_down", length_top=30,
        length_side=30, covers_ears=True,
        curtain=Curtain(((0, -8.6), (60, -8.8), (110, -8.4), (180, -7.2)), 57, 0.9, 1.4),
        width=1.25, stations=14, ribbons=340, raggedness=0.25, twist=9.0, cap=0.78,
        layering=0.4, seed=23,
    ),
    Style(
        "bob_fringe", WOMENS_LINE, Volume(1.9, 1.6, 1.8, 2.1, 1.8), "crown_down", length_top=30,
        length_side=30, covers_ears=True, fringe=((0, 2.7), (40, 2.3), (50, 1.2)),
        curtain=Curtain(((0, -8.6), (60, -8.8), (110, -8.4), (180, -7.4)), 56, 0.7, 1.2),
        width=1.25, stations=14, ribbons=350, raggedness=0.18, twist=9.0, spread=5,
        cap=0.62, seed=24,
    ),
    Style(
        "wavy_medium", WOMENS_LINE, Volume(2.6, 2.4, 2.4, 2.4, 2.0), "part_down", length_top=34,
        length_side=34, covers_ears=True,
        curtain=Curtain(((0, -12.0), (60, -12.6), (110, -13.0), (180, -12.0)), 56, 1.8, 0.6),
        width=1.5, stations=16, ribbons=310, twist=12.0, curl=Curl(0.1, 9.0, 0.7, 9.0),
        raggedness=0.4, spread=4, cap=0.78, layering=0.4, seed=25,
    ),
    Style(
        "long", WOMENS_LINE, Volume(1.9, 1.6, 1.7, 1.7, 1.5), "part_down", length_top=44,
        length_side=44, covers_ears=True,
        curtain=Curtain(((0, -21.0), (180, -21.0)), 56, 1.2, 0.0),
        width=1.4, stations=14, ribbons=330, twist=9.0, curl=Curl(0.0, 6.0, 0.3, 12.0),
        raggedness=0.35, spread=5, cap=0.78, layering=0.4, seed=26,
    ),
    Style(
        "curly_long", WOMENS_LINE, Volume(2.9, 2.6, 3.2, 3.0, 2.6), "part_down", length_top=36,
        length_side=36, covers_ears=True,
        curtain=Curtain(((0, -14.0), (60, -14.5), (180, -14.0)), 57, 2.4, 0.0),
        width=1.3, stations=24, ribbons=230, curl=Curl(0.65, 4.4, 0.4, 7.0), twist=30,
        raggedness=0.5, gloss=0.8, spread=12, lumps=0.2, start=0.35, cap=0.4, cap_frizz=0.5,
        seed=27,
    ),
    Style(
        "bun", WOMENS_LINE, Volume(1.1, 1.1, 0.8, 0.8, 0.6), "bun", length_top=19.0,
        length_side=16.0, width=1.0, stations=9, ribbons=420, raggedness=0.1, spread=4,
        bun=True, layering=0.4, gloss=1.2, seed=28,
    ),
)  # fmt: skip

STYLES: dict[str, Style] = {style.name: style for style in _STYLES}
PARTED_STYLES = frozenset(s.name for s in _STYLES if s.parted)
STYLES_OVER_EARS = frozenset(s.name for s in _STYLES if s.covers_ears)
