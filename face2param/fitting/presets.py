"""Recipes for the search: the paper's own and the one that worked best here."""

import dataclasses

from face2param.errors import ConfigError
from face2param.fitting.objective import Weights
from face2param.fitting.search import Descent


@dataclasses.dataclass(frozen=True)
class Stage:
    """One descent with its own objective.

    Attributes:
      name: shown in progress and logs.
      weights: of the terms.
      descent: how to step.
    """

    name: str
    weights: Weights
    descent: Descent


@dataclasses.dataclass(frozen=True)
class Preset:
    """A whole recipe.

    The order is: `shape` (landmarks only, then the photograph is aligned anew to the landmarks
    that the character has now), `rough`, ranking of the options of every choice, `main` from the
    best combinations, `correction` rounds in which the engine's own picture of the finalists
    mends what the imitator gets wrong, and the engine's picture again for the decision.

    Attributes:
      name: of the preset.
      size: height and width of the aligned photograph and of the imitation.
      shape: stage on landmarks alone, or None.
      rough: stage before the choices are ranked, or None.
      ranking: weights for ranking options; None leaves the choices to the descent.
      main: the main stage.
      starts: combinations of choices that `main` starts from.
      finalists: how many of them the engine draws.
      correction: stage after each drawing by the engine, or None.
      rounds: number of correction rounds.
      decision: weights with which the engine's pictures are compared in the end.
      cosine: identity is one minus the cosine, else the Euclidean distance.
      quiet: measures taken without expression; see `Objective`.
      precision: in which the networks compute; see `features.precision`.
      estimate: start from the estimator's answer where there is one, else from the average face.
    """

    name: str
    main: Stage
    decision: Weights
    size: int = 256
    shape: Stage | None = None
    rough: Stage | None = None
    ranking: Weights | None = None
    starts: int = 1
    finalists: int = 1
    correction: Stage | None = None
    rounds: int = 0
    cosine: bool = False
    quiet: tuple[str, ...] = ("regions", "zones", "hair", "appearance", "descriptor")
    precision: str = "float32"
    estimate: bool = True


_REGULAR = {"prior": 0.07, "expression": 0.01, "pose": 0.25}
_COLOURS = {"zones": 2.0, "hair": 0.6}
_DEFAULT = Weights(identity=1.0, landmarks=6.0, regions=1.0, appearance=0.1, **_COLOURS, **_REGULAR)

PAPER = Preset(
    name="paper",
    main=Stage(
        "paper",
        Weights(identity=0.01, content=1.0),
        # Shi et al. 2019, section 4.1: rate 10, 20 % less every 5 steps, from the average face.
        Descent(
            50, 10.0, decay=0.8, decay_every=5, adam=False, beta=100, choices=True, nuisance_rate=0
        ),
    ),
    decision=Weights(identity=0.01, content=1.0),
    cosine=True,
    estimate=False,
)

DEFAULT = Preset(
    name="default",
    shape=Stage(
        "shape",
        Weights(landmarks=6.0, **_REGULAR),
        Descent(80, 0.04, decay=0.97),
    ),
    rough=Stage(
        "rough",
        Weights(landmarks=6.0, **_COLOURS, **_REGULAR),
        Descent(12, 0.06, nuisance_rate=0.0),
    ),
    ranking=Weights(regions=1.0, **_COLOURS),
    main=Stage("main", _DEFAULT, Descent(32, 0.04, decay=0.96)),
    starts=2,
    finalists=2,
    correction=Stage("correction", _DEFAULT, Descent(16, 0.02, decay=0.94)),
    rounds=1,
    decision=dataclasses.replace(_DEFAULT, prior=0.0, expression=0.0, pose=0.0),
)

PRESETS = {preset.name: preset for preset in (DEFAULT, PAPER)}


def get(name: str) -> Preset:
    """Finds a preset by name.

    Raises:
      ConfigError: there is none of that name; the message lists those there are.
    """
    if name not in PRESETS:
        raise ConfigError(f"no preset {name!r}; there are: {', '.join(PRESETS)}")
    return PRESETS[name]
