import csv
import dataclasses

import numpy as np
import pytest

from face2param import config, images
from face2param.errors import CodecError, ConfigError, OutputError
from face2param.meshes import Mesh, write_obj
from face2param.pipelines import error_curves, heat_maps
from face2param.pipelines import reconstruction_report as report
from face2param.pipelines.scan_pairs import Face
from tests.metrics.shapes import face, turned

VERTICES, FACES, LANDMARKS = face(5.0)
SCAN = Face("anna", VERTICES, FACES, LANDMARKS)
BENT = VERTICES + 2.5 * np.sin(VERTICES[:, :1] / 12) * [0, 0, 1]


@pytest.fixture(scope="module")
def cases():
    worse = Face(
        "bert", BENT / 100 @ turned((0, 70, 20)).T, FACES, LANDMARKS / 100 @ turned((0, 70, 20)).T
    )
    return [report.measure(SCAN, SCAN, size=96), report.measure(worse, SCAN, size=96)]


def test_the_scan_itself_has_no_error(cases):
    numbers = cases[0].numbers()
    assert numbers["micc_rmse"] < 1e-6 and numbers["now_median"] < 1e-6
    assert numbers["converged"] and numbers["scale"] == pytest.approx(1)
    assert cases[1].numbers()["micc_rmse"] > 0.5
    assert cases[1].numbers()["scale"] == pytest.approx(100, rel=0.05)


def test_summary_is_what_papers_report(cases):
    named = [dataclasses.replace(c, name=n) for c, n in zip(cases, "ab", strict=True)]
    found = report.summary(named)
    rmse = [case.micc.rmse for case in cases]
    assert found["micc"] == {"mean_rmse": np.mean(rmse), "std_rmse": np.std(rmse)}
    every = np.concatenate([case.now.measured for case in cases])
    assert found["now"]["median"] == np.median(every)
    text = report.table(named)
    assert f"{np.mean(rmse):.3f} +- {np.std(rmse):.3f} mm over 2 faces" in text
    assert len(text.splitlines()) == 7


def test_report_is_written_and_not_overwritten(cases, tmp_path):
    report.save(cases, tmp_path / "r")
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == sorted(report.FILES)
    stored = config.read_json(tmp_path / "r" / "report.json")
    assert stored["summary"]["faces"] == 2
    rows = list(csv.DictReader((tmp_path / "r" / "report.csv").open()))
    assert float(rows[1]["micc_rmse"]) == pytest.approx(stored["faces"][1]["micc_rmse"], rel=1e-5)
    assert images.read_image(tmp_path / "r" / "cumulative.png").std() > 0.02
    with pytest.raises(OutputError, match="already holds results"):
        report.save(cases, tmp_path / "r")
    report.save(cases[:1], tmp_path / "r", overwrite=True)
    assert config.read_json(tmp_path / "r" / "report.json")["summary"]["faces"] == 1


def test_heat_map_shows_where_the_error_is():
    errors = np.where(VERTICES[:, 0] > 15, 5.0, 0.0)  # on the viewer's right
    errors[VERTICES[:, 1] > 60] = np.nan
    paint = heat_maps.colour_of(errors, 5.0)
    drawn = heat_maps.view(VERTICES, FACES, paint, LANDMARKS, size=128)
    left, right = drawn[50:80, 40:58], drawn[50:80, 76:90]
    assert left.mean() > right.mean() + 0.2
    red, blue = drawn[20:26, 60:68, 0], drawn[20:26, 60:68, 2]
    assert (blue > red).all()  # the grey of what is not measured is a cold one
    far = turned((150, 20, 80))
    again = heat_maps.view(VERTICES @ far.T + 900, FACES, paint, LANDMARKS @ far.T + 900, size=128)
    assert np.abs(again - drawn).mean() < 0.01


def test_darker_is_worse():
    lightness = heat_maps.colour_of(np.linspace(0, 5, 30), 5.0).mean(1)
    assert (np.diff(lightness) < 0).all()
    np.testing.assert_array_equal(
        heat_maps.colour_of(np.array([9.0]), 5.0), heat_maps.colour_of(np.array([5.0]), 5.0)
    )


def test_shares_of_a_cumulative_curve():
    found = error_curves.shares(np.array([0.5, 1.0, 2.0, 4.0]), np.array([0, 1, 3, 5]))
    np.testing.assert_array_equal(found, [0, 0.5, 0.75, 1])
    plot = error_curves.cumulative({"all": np.array([1.0, 2.0])}, [np.array([1.0])])
    assert plot.shape == (420, 760, 3) and plot.std() > 0.02


def write(folder, name, vertices, landmarks):
    write_obj(folder / f"{name}.obj", Mesh(vertices, FACES))
    np.savetxt(folder / f"{name}.txt", landmarks)


def test_folders(tmp_path):
    write(tmp_path / "p", "anna", BENT / 7, LANDMARKS / 7)
    write(tmp_path / "s", "anna", VERTICES / 1000, LANDMARKS / 1000)
    (case,) = report.of_folders(tmp_path / "p", tmp_path / "s", scan_unit="m")
    direct = report.measure(Face("anna", BENT, FACES, LANDMARKS), SCAN)
    # Six digits after the point in a file in metres are a micrometre.
    assert case.micc.rmse == pytest.approx(direct.micc.rmse, rel=0.01)
    with pytest.raises(ConfigError, match="the unit seems to be m"):
        report.of_folders(tmp_path / "p", tmp_path / "s")
    with pytest.raises(ConfigError, match=r"anna\.obj: outer eye corners are"):
        report.of_folders(tmp_path / "p", tmp_path / "s", scan_unit="m", prediction_unit="mm")


def test_two_that_cannot_be_aligned_are_named(tmp_path):
    write(tmp_path / "p", "anna", VERTICES, LANDMARKS)
    line = LANDMARKS.copy()
    line[:, 1:] = 0
    write(tmp_path / "s", "anna", VERTICES, line)
    with pytest.raises(CodecError, match=r"p/anna\.obj and .*s/anna\.obj cannot be compared"):
        report.of_folders(tmp_path / "p", tmp_path / "s")
