import json

import numpy as np
import pytest

from face2param import images
from face2param.errors import ImageError, OutputError
from face2param.estimator.attributes import Reading
from face2param.pipelines import evaluate, report
from face2param.pipelines.fit import Fitter
from tests.fitting import toy
from tests.pipelines import toy_tools


@pytest.fixture(scope="module")
def tools():
    return toy_tools.tools()


@pytest.fixture(scope="module")
def evaluation(tools):
    Fitter._instances[(id(tools), "default", None)] = Fitter(tools, toy_tools.preset())
    looks = [
        {"width": 0.8, "skin_tone": 0.2},
        {"width": 0.3, "skin_tone": 0.8, "hair": "bald"},
    ]
    family = toy.toy_schema()
    found = [toy_tools.photo(f"p{i}.png", **look) for i, look in enumerate(looks)]
    truths = [family.character(**look) for look in looks]
    return evaluate._evaluate(found, truths, tools, "default", {"bad.png": "no face"}, False)


def test_each_character_is_nearest_to_its_own_photograph(evaluation):
    assert [case.rank for case in evaluation.cases] == [1, 1]
    assert all(case.identity_distance < 0.5 for case in evaluation.cases)


def test_known_answers_give_parameter_errors(evaluation):
    for case in evaluation.cases:
        assert case.parameter_error < 0.15
        assert case.choices_right == 1.0
        assert case.inner_nme < 0.03 and case.region_iou > 0.3


def test_aligned_nme_ignores_place_turn_and_size():
    face = toy.base_landmarks()
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    assert evaluate.aligned_nme(3 * face @ turn + 7, face, "inner") < 1e-5
    bent = face.copy()
    bent[30, 1] += 0.1 * np.linalg.norm(face[36] - face[45])
    # The moved point costs 0.1 / 51; the alignment spreads as much again over the others.
    assert 0.09 / 51 < evaluate.aligned_nme(bent, face, "inner") < 0.21 / 51


def test_region_iou_leaves_out_clothes_and_background():
    from face2param import regions

    maps = np.zeros((8, 8, len(regions.MERGED)), np.float32)
    maps[..., regions.MERGED.index("background")] = 0.5
    maps[:4, :, regions.MERGED.index("hair")] = 1
    other = maps.copy()
    other[6:, :, regions.MERGED.index("cloth")] = 1
    assert evaluate.region_iou(maps, other) == 1.0
    other[2:4, :, regions.MERGED.index("hair")] = 0
    assert evaluate.region_iou(maps, other) == 0.5


def test_table_and_report_say_the_same_numbers(evaluation, tmp_path):
    text = report.table(evaluation)
    assert "p0.png" in text and "right photograph nearest: 100.0 %" in text
    assert "not fitted: bad.png: no face" in text
    folder = report.save(evaluation, tmp_path / "out")
    data = json.loads((folder / "report.json").read_text())
    assert data["summary"]["nearest_is_right"] == 1.0
    distances = [case.identity_distance for case in evaluation.cases]
    assert data["summary"]["identity_distance"]["median"] == pytest.approx(np.median(distances))
    assert f"{np.median(distances):.3f}" in text
    assert data["cases"][1]["name"] == "p1.png" and set(data["characters"]) == {"p0.png", "p1.png"}
    assert set(data["attributes"]["p0.png"]) >= {"skin_tone", "glasses", "hair_length"}
    assert data["decided"]["p1.png"] and f"p1.png: bald: {data['decided']['p1.png']}" in text
    sheet = images.read_image(folder / "contact_sheet.png")
    assert sheet.shape[1] > 2 * 2 * 200
    with pytest.raises(OutputError, match="already holds results"):
        report.save(evaluation, folder)


def test_a_folder_without_faces_names_the_reason(tools, tmp_path):
    images.write_image(tmp_path / "grey.png", np.full((80, 80, 3), 0.5, np.float32))
    images.write_image(tmp_path / "tiny.png", np.full((20, 20, 3), 0.5, np.float32))
    with pytest.raises(ImageError, match=r"can be used: grey.png: no face .*; tiny.png: .*20x20"):
        evaluate.of_folder(tmp_path, tools)


def test_attributes_in_brief():
    readings = {
        "hair_length": Reading("short", 0.9, "shape"),
        "hair_colour": Reading((9.0, 1.0, 1.0), 0.9, "colour"),
        "beard": Reading("full", 0.9, "network"),
        "glasses": Reading("none", 0.9, "shape"),
    }
    assert report.in_brief(readings) == "short black, full"
    bald = readings | {"hair_length": Reading("bald", 0.9, "shape")}
    assert report.in_brief(bald) == "bald, full"
    assert report.in_brief({}) == ""
