"""Learns what plausible characters look like from reports of fitted photographs."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app
from face2param.errors import ConfigError

_REPORTS = flags.DEFINE_list(
    "reports", None, "Folders that face2param evaluate wrote, comma-separated.", required=True
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the prior.", required=True)
_ENGINE = flags.DEFINE_string("engine", "builtin", "Whose characters they are.")
_RANK = flags.DEFINE_integer("rank", 16, "Directions in which characters vary together.")
_STRENGTH = flags.DEFINE_float(
    "strength", 10.0, "As how many characters the engine's own expectation counts."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace a prior in the output folder.")


def main(argv: Sequence[str]) -> None:
    """Fits the prior, writes it and says how it differs from the engine's expectation."""
    del argv
    if _RANK.value < 1 or _STRENGTH.value <= 0:
        raise ConfigError(
            f"--rank must be at least 1 and --strength above 0, got {_RANK.value} and "
            f"{_STRENGTH.value}"
        )
    from face2param.pipelines.result import check_folder

    check_folder(_OUTPUT.value, _OVERWRITE.value, ("prior.json", "prior.npz"))
    import numpy as np

    from face2param import engines
    from face2param.pipelines import learnt_prior

    engine = engines.get(_ENGINE.value)
    prior = learnt_prior.from_reports(_REPORTS.value, engine, _RANK.value, _STRENGTH.value)
    folder = prior.save(_OUTPUT.value)
    spread = np.sqrt(prior.variances()) / engine.people().spread
    shares = (prior.factors**2).sum(1) / prior.variances()
    print(f"{prior.characters} characters, {prior.factors.shape[1]} factors")
    print(f"spread against the engine's expectation: median {np.median(spread):.2f}")
    print(f"share of the variance that the factors explain: mean {shares.mean():.2f}")
    print(folder)


if __name__ == "__main__":
    app.run(main)
