"""Reconstructs photographed ICT FaceKit heads, whose geometry is known: millimetres of error.

    python tests/benchmarks/reconstruction_ict.py --ict ../shared/data/ict_facekit \\
        --output /tmp/ict --heads 20 --photos 5 [--rnet FOLDER] [--cnet FOLDER] [--refine_steps N]

Random people under random pose, light and skin (see ict_heads.py), the landmarks found as in any
photograph. Compared are single photographs with sets of all of a person, the identities of a set
joined by the plain mean and, with --cnet, by its confidences; by the start alone (R-Net, or
landmarks with --rnet none) and after refinement. Every answer is the neutral face, measured by the
two protocols of metrics/reconstruction.py; the mean face of the model is what no method may miss.

Writes to the output folder: the photographs, a table of every measurement (ict.csv), the numbers
(ict.json), cumulative errors and a sheet of heat maps. Photographs that are there already are used
again.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from ict_heads import Heads, Person

from face2param import config, images
from face2param.errors import NoFaceError
from face2param.metrics import reconstruction
from face2param.pipelines import error_curves, heat_maps, photos
from face2param.pipelines import reconstruction_report as report
from face2param.pipelines.photos import Photo
from face2param.pipelines.reconstructor import Reconstructor, Settings
from face2param.reconstruction import image_sets

_TRIES = 6
_ON_SHEET = 6


def main() -> None:
    """Parses the options, measures, prints and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ict", required=True, help="folder of ict_facekit.npz")
    parser.add_argument("--output", required=True)
    parser.add_argument("--heads", type=int, default=20)
    parser.add_argument("--photos", type=int, default=5)
    parser.add_argument("--yaw", type=float, default=35.0, help="largest turn in degrees")
    parser.add_argument("--expression", type=float, default=0.0)
    parser.add_argument("--landmarks", default="detected", choices=("detected", "true"))
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--rnet", default="")
    parser.add_argument("--cnet", default="")
    parser.add_argument("--refine_steps", type=int)
    parser.add_argument("--preset", default=Settings().preset)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    heads = Heads(Path(options.ict))
    tools = Reconstructor.shared(
        Settings(
            options.model,
            options.rnet,
            options.cnet,
            options.refine_steps,
            preset=options.preset,
        )
    )
    rows, errors, sheet = [], {}, []
    started = time.perf_counter()
    for index in range(options.heads):
        person = heads.person(options.seed + index)
        taken, redrawn = photographs(heads, person, options)
        answers = reconstruct(tools, taken)
        truth = heads.truth(person)
        for name, identities in answers.items():
            for k, identity in enumerate(identities):
                micc, now = measure(tools.model, identity, truth)
                errors.setdefault(name, []).append(now.measured)
                rows.append(
                    {
                        "head": person.seed,
                        "answer": name,
                        "photo": k if len(identities) > 1 else -1,
                        "micc_rmse": micc.rmse,
                        "now_mean": now.mean,
                        "now_median": now.median,
                        "covered": now.covered,
                    }
                )
        if index < _ON_SHEET:
            sheet.append(panels(tools.model, taken, answers, truth, f"head {person.seed}"))
        done = time.perf_counter() - started
        print(f"head {person.seed}: {redrawn} redrawn, {done:.0f} s so far", flush=True)
    finish(Path(options.output), rows, errors, sheet, vars(options))


def photographs(
    heads: Heads, person: Person, options: argparse.Namespace
) -> tuple[list[Photo], int]:
    """The photographs of one person, drawn or read again; and how many showed no face."""
    folder = Path(options.output) / "photos"
    found, redrawn = [], 0
    for k in range(options.photos):
        path = folder / f"{person.seed:04d}_{k}.png"
        for attempt in range(_TRIES):
            if path.exists() and path.with_suffix(".txt").exists() and not attempt:
                marks = np.loadtxt(path.with_suffix(".txt"), dtype=np.float32)
            else:
                rng = np.random.default_rng((person.seed, k, attempt))
                picture, marks = heads.photograph(
                    person, rng, yaw=options.yaw, expression=options.expression
                )
                images.write_image(path, picture)
                np.savetxt(path.with_suffix(".txt"), marks)
            try:
                photo = photos.open_photo(path)
                break
            except NoFaceError:
                redrawn += 1
        else:
            raise SystemExit(f"no face is found in {_TRIES} photographs of head {person.seed}")
        if options.landmarks == "true":
            photo = Photo(photo.name, photo.image, marks, photo.box)
        found.append(photo)
    return found, redrawn


def reconstruct(tools: Reconstructor, taken: list[Photo]) -> dict[str, np.ndarray]:
    """Identity coefficients `[answers, identity]` by the way they came about."""
    looked = [tools.look(photo) for photo in taken]
    start = tools.start(looked)
    single = start["identity"]
    joined = {"plain mean": None}
    if tools.settings.cnet:
        joined["C-Net"] = tools.confidence(looked)
    answers = {"mean face": np.zeros_like(single[:1]), "start, single": single}
    for name, trust in joined.items():
        answers[f"start, set, {name}"] = image_sets.aggregate(single, trust)[None]
    if tools.settings.refine_steps == 0:
        return answers
    refined = tools.refine(looked, start)[0]["identity"]
    answers["refined, single"] = refined
    answers["refined, singles averaged"] = refined.mean(0)[None]
    for name, trust in joined.items():
        common = tools.start(looked, image_sets.aggregate(single, trust))
        found = tools.refine(looked, common, ("identity",))[0]["identity"]
        answers[f"refined, set, {name}"] = found[:1]
    return answers


def neutral(model, identity: np.ndarray) -> np.ndarray:
    """Vertices `[vertices, 3]` of a face without expression."""
    return model.mean + np.tensordot(identity, model.identity, 1)


def measure(model, identity: np.ndarray, truth):
    """Errors of one identity by both protocols."""
    vertices = neutral(model, identity)
    true_vertices, _, marks = truth
    arguments = (vertices, model.faces, model.landmarks(vertices), true_vertices, marks)
    return reconstruction.micc(*arguments), reconstruction.now(*arguments)


def panels(model, taken, answers, truth, title: str) -> tuple[np.ndarray, str]:
    """One row of the sheet: a photograph, then heat maps of single and set."""
    shown = [images.resize(taken[0].image, (320, 320))]
    names = [n for n in ("refined, single", "start, single") if n in answers][:1]
    names += [n for n in reversed(answers) if "set" in n][:1]
    caption = title
    for name in names:
        identity = answers[name][0]
        _, now = measure(model, identity, truth)
        shown.append(
            heat_maps.panels(
                *truth,
                neutral(model, identity),
                model.faces,
                now.aligned.motion,
                now.distances,
                report.LARGEST,
            )
        )
        caption += f"; {name}: mean {now.mean:.2f} mm"
    return np.concatenate(shown, 1), caption


def finish(folder: Path, rows: list[dict], errors: dict, sheet: list, options: dict) -> None:
    """Prints the summary and writes the files."""
    summary = {}
    print(f"{'answer':<30}{'MICC rmse':>18}{'NoW mean':>16}{'NoW median':>12}")
    for name in errors:
        of = [row for row in rows if row["answer"] == name]
        rmse = np.array([row["micc_rmse"] for row in of])
        means = np.array([row["now_mean"] for row in of])
        every = np.concatenate(errors[name])
        summary[name] = {
            "answers": len(of),
            "micc_rmse": [float(rmse.mean()), float(rmse.std())],
            "now_mean": float(every.mean()),
            "now_median": float(np.median(every)),
            "now_std": float(every.std()),
        }
        print(
            f"{name:<30}{rmse.mean():>10.3f} +-{rmse.std():>5.2f}{means.mean():>16.3f}"
            f"{np.median(every):>12.3f}"
        )
    for kind in ("start", "refined"):
        better(rows, summary, kind)
    config.write_json(folder / "ict.json", {"options": options, "summary": summary})
    config.atomic_write(folder / "ict.csv", report.as_csv(rows).encode())
    curves = {name: np.concatenate(found) for name, found in errors.items()}
    images.write_image(folder / "cumulative.png", error_curves.cumulative(curves))
    page = images.mosaic([picture for picture, _ in sheet], 1, [text for _, text in sheet])
    legend = heat_maps.legend(page.shape[1], report.LARGEST)
    images.write_image(folder / "heat_maps.png", np.concatenate([legend, page]))


def better(rows: list[dict], summary: dict, kind: str) -> None:
    """Prints on how many heads a set beats the average of its single photographs."""
    table = {}
    for row in rows:
        table.setdefault(row["answer"], {}).setdefault(row["head"], []).append(row["micc_rmse"])
    single = {head: np.mean(v) for head, v in table.get(f"{kind}, single", {}).items()}
    for name, heads in table.items():
        if not name.startswith(f"{kind}, set") or not single:
            continue
        gains = np.array([single[head] - values[0] for head, values in heads.items()])
        summary[name]["better_than_single"] = float((gains > 0).mean())
        print(
            f"{name}: better than the mean of its single photographs on {(gains > 0).sum()} of "
            f"{len(gains)} heads, by {gains.mean():.3f} +- {gains.std():.3f} mm (MICC rmse)"
        )


if __name__ == "__main__":
    main()
