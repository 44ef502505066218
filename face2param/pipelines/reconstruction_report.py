"""How far predicted faces are from scans: numbers of the protocols, tables, heat maps."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tqdm

from face2param import config, images
from face2param.errors import CodecError
from face2param.metrics import reconstruction
from face2param.metrics.reconstruction import ScanError
from face2param.pipelines import error_curves, heat_maps, scan_pairs
from face2param.pipelines.result import check_folder, stage
from face2param.pipelines.scan_pairs import Face

FILES = ("report.json", "report.csv", "contact_sheet.png", "cumulative.png")
LARGEST = 5.0  # millimetres that get the last colour
_NARROWEST = 640  # pixels that the bar of colours needs
_SHOWN = 40  # faces on the contact sheet at most; the worst ones are always among them


@dataclasses.dataclass(frozen=True)
class Case:
    """One prediction against its scan, by both protocols.

    Attributes:
      name: that pairs them.
      micc: see `metrics.reconstruction.micc`.
      now: see `metrics.reconstruction.now`.
      picture: `[height, 3 height, 3]` prediction and heat maps of the NoW distances.
    """

    name: str
    micc: ScanError
    now: ScanError
    picture: np.ndarray

    def numbers(self) -> dict[str, Any]:
        """What the tables hold; millimetres unless the name says otherwise."""
        return {
            "name": self.name,
            "micc_rmse": self.micc.rmse,
            "micc_mean": self.micc.mean,
            "now_median": self.now.median,
            "now_mean": self.now.mean,
            "now_std": self.now.std,
            "covered": self.now.covered,
            "scale": self.now.aligned.motion.scale,
            "micc_vertices": self.micc.measured.size,
            "now_vertices": self.now.measured.size,
            "icp_steps": self.now.aligned.iterations,
            "converged": self.now.aligned.converged and self.micc.aligned.converged,
        }


def measure(prediction: Face, scan: Face, scale: bool = True, size: int = 320) -> Case:
    """Compares one prediction with its scan.

    Args:
      prediction: neutral; in any unit, or in millimetres without `scale`.
      scan: in millimetres.
      scale: whether the prediction may be scaled; False is NoW's metrical variant.
      size: of the pictures.

    Raises:
      ValueError: they cannot be aligned.
    """
    arguments = (
        prediction.vertices,
        prediction.faces,
        prediction.landmarks,
        scan.vertices,
        scan.landmarks,
    )
    micc = reconstruction.micc(*arguments, scale=scale)
    now = reconstruction.now(*arguments, scale=scale)
    picture = heat_maps.panels(
        scan.vertices,
        scan.faces,
        scan.landmarks,
        prediction.vertices,
        prediction.faces,
        now.aligned.motion,
        now.distances,
        LARGEST,
        size,
    )
    return Case(scan.name, micc, now, picture)


def of_folders(
    predictions: str | os.PathLike,
    scans: str | os.PathLike,
    prediction_landmarks: str | os.PathLike | None = None,
    scan_landmarks: str | os.PathLike | None = None,
    scan_unit: str = "mm",
    prediction_unit: str | None = None,
    allow_missing: bool = False,
    progress: bool = False,
) -> list[Case]:
    """Compares the predictions of one folder with the scans of another, paired by name.

    Args:
      predictions: folder of meshes, or of folders that `face2param reconstruct` wrote.
      scans: folder of meshes.
      prediction_landmarks: folder of the predictions' landmark files; None: beside the meshes.
      scan_landmarks: likewise of the scans.
      scan_unit: of `scan_pairs.MILLIMETRES`.
      prediction_unit: None: the predictions have no size of their own and are scaled; a unit:
        their size counts.
      allow_missing: leave out files without partner.
      progress: show a bar.

    Raises:
      ConfigError: a file has no partner or no landmarks, or a unit cannot be right.
      CodecError: a file cannot be understood, or two cannot be aligned; the message names them.
    """
    found, true = scan_pairs.find(predictions), scan_pairs.find(scans)
    names = scan_pairs.pair(found, true, allow_missing)
    scale = prediction_unit is None
    cases = []
    for name in tqdm.tqdm(names, "faces", disable=not progress):
        prediction = scan_pairs.read(name, found[name], prediction_landmarks)
        scan = scan_pairs.read(name, true[name], scan_landmarks)
        scan = scan_pairs.in_millimetres(scan, scan_unit, true[name])
        if prediction_unit is not None:
            prediction = scan_pairs.in_millimetres(prediction, prediction_unit, found[name])
        try:
            cases.append(measure(prediction, scan, scale))
        except ValueError as error:
            raise CodecError(
                f"{found[name]} and {true[name]} cannot be compared: {error}"
            ) from None
    return cases


def summary(cases: Sequence[Case]) -> dict[str, Any]:
    """The numbers that papers report.

    Args:
      cases: at least one.

    Returns:
      `micc`: mean and standard deviation over faces of their RMSE; `now`: median, mean and
      standard deviation over the vertices of all faces.
    """
    rmse = np.array([case.micc.rmse for case in cases])
    return {
        "faces": len(cases),
        "micc": {"mean_rmse": float(rmse.mean()), "std_rmse": float(rmse.std())},
        "now": reconstruction.pooled([case.now for case in cases]),
        "covered": float(np.mean([case.now.covered for case in cases])),
    }


_COLUMNS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("MICC rmse", "micc_rmse", "{:.3f}".format),
    ("NoW median", "now_median", "{:.3f}".format),
    ("NoW mean", "now_mean", "{:.3f}".format),
    ("NoW std", "now_std", "{:.3f}".format),
    ("covered", "covered", "{:.0%}".format),
    ("scale", "scale", "{:.4g}".format),
    ("", "converged", lambda done: "" if done else "ICP ran out of steps"),
)


def table(cases: Sequence[Case]) -> str:
    """A text table: a line per face, then what papers report."""
    width = max(8, *(len(case.name) for case in cases))
    header = f"{'face':<{width}}" + "".join(f"{title:>12}" for title, _, _ in _COLUMNS).rstrip()
    lines = [header, "-" * len(header)]
    for case in cases:
        numbers = case.numbers()
        cells = [form(numbers[name]) for _, name, form in _COLUMNS]
        lines.append((f"{case.name:<{width}}" + "".join(f"{c:>12}" for c in cells)).rstrip())
    found = summary(cases)
    micc, now = found["micc"], found["now"]
    lines += [
        "-" * len(header),
        f"MICC protocol, RMSE: {micc['mean_rmse']:.3f} +- {micc['std_rmse']:.3f} mm over "
        f"{found['faces']} faces",
        f"NoW, scan to mesh: median {now['median']:.3f}, mean {now['mean']:.3f}, "
        f"std {now['std']:.3f} mm over all vertices",
    ]
    return "\n".join(lines)


def contact_sheet(cases: Sequence[Case], largest: float = LARGEST) -> np.ndarray:
    """Heat maps, the worst face first, over a bar of colours, `[height, width, 3]`."""
    worst = sorted(cases, key=lambda case: -case.now.mean)[:_SHOWN]
    sheet = images.mosaic(
        [case.picture for case in worst],
        2 if len(worst) > 1 else 1,
        [
            f"{case.name}: prediction; errors on the scan; MICC rmse {case.micc.rmse:.2f}, "
            f"NoW median {case.now.median:.2f}, mean {case.now.mean:.2f} mm"
            for case in worst
        ],
    )
    legend = heat_maps.legend(max(sheet.shape[1], _NARROWEST), largest)
    wider = legend.shape[1] - sheet.shape[1]
    sheet = np.pad(sheet, ((0, 0), (0, wider), (0, 0)), mode="edge")
    return np.concatenate([legend, sheet])


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of equal keys as CSV with a header."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows
    )
    return stream.getvalue()


def save(cases: Sequence[Case], folder: str | os.PathLike, overwrite: bool = False) -> Path:
    """Writes `report.json`, `report.csv`, `contact_sheet.png`, `cumulative.png`, or nothing.

    Args:
      cases: at least one.
      folder: made if it does not exist.
      overwrite: replace a report that is already there.

    Raises:
      OutputError: the folder holds a report and `overwrite` is false, or it cannot be written.
    """
    folder = Path(folder)
    check_folder(folder, overwrite, FILES)
    rows = [case.numbers() for case in cases]
    every = np.concatenate([case.now.measured for case in cases])
    curve = error_curves.cumulative(
        {f"all {len(cases)} faces": every}, [case.now.measured for case in cases], LARGEST
    )
    with stage(folder) as temporary:
        config.write_json(temporary / "report.json", {"summary": summary(cases), "faces": rows})
        config.atomic_write(temporary / "report.csv", as_csv(rows).encode())
        images.write_image(temporary / "contact_sheet.png", contact_sheet(cases))
        images.write_image(temporary / "cumulative.png", curve)
    return folder
