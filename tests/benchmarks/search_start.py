"""How many iterations does the estimator's answer save the search? Not a test.

    python tests/benchmarks/search_start.py --photos FOLDER [--iterations 16,6,32,16 ...]

Fits every photograph from the average face with all iterations of the default preset, and from the
estimator's answer with fewer: of the stages on landmarks alone, on colours, on everything, and of
the correction. Both are compared by the objective of the winner as the engine draws it: the full
objective, without what is only known about options.
"""

import argparse
import dataclasses
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from face2param.fitting import presets
from face2param.fitting.result import SEARCH
from face2param.pipelines import photos, toolbox
from face2param.pipelines.fit import Fitter

STAGES = ("shape", "rough", "main", "correction")


def shortened(preset: presets.Preset, counts: tuple[int, ...]) -> presets.Preset:
    """The preset with other numbers of iterations; the rate falls as far as before."""
    changes = {}
    for name, count in zip(STAGES, counts, strict=True):
        stage = getattr(preset, name)
        decay = stage.descent.decay ** (stage.descent.iterations / count)
        descent = dataclasses.replace(stage.descent, iterations=count, decay=decay)
        changes[name] = dataclasses.replace(stage, descent=descent)
    return dataclasses.replace(preset, **changes)


def objectives(fitter: Fitter, photographs: list) -> np.ndarray:
    """`[photographs]` objective of the best candidate that the search itself found."""
    results = fitter.fit(photographs, progress=True)
    return np.array(
        [min(c.objective for c in r.fit.candidates if c.origin == SEARCH) for r in results]
    )


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True)
    parser.add_argument("--iterations", nargs="+", default=["40,6,16,8"])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--estimator", default="builtin")
    arguments = parser.parse_args()
    tools = toolbox.load(estimator=arguments.estimator)
    found = [photos.open_photo(path) for path in photos.list_photos(arguments.photos)]
    found = found[: arguments.limit]
    full = presets.DEFAULT
    total = sum(getattr(full, name).descent.iterations for name in STAGES)
    average = dataclasses.replace(full, estimate=False)
    reference = objectives(Fitter(tools, average), found)
    print(f"average face, {total} iterations: median objective {np.median(reference):.4f}")
    for text in arguments.iterations:
        counts = tuple(map(int, text.split(",")))
        reached = objectives(Fitter(tools, shortened(full, counts)), found)
        better = int((reached <= reference).sum())
        print(
            f"one shot, {text} = {sum(counts)} iterations: median objective "
            f"{np.median(reached):.4f}, as good or better for {better} of {len(found)}; "
            f"median difference {np.median(reached - reference):+.4f}"
        )


if __name__ == "__main__":
    main()
