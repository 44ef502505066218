import json
from types import SimpleNamespace

import numpy as np
import pytest

from face2param import images
from face2param.errors import ConfigError
from face2param.estimator.attributes import Reading, option
from face2param.pipelines import lineup


def person(lightness=60.0, hair=20.0, length=2, glasses=0.0):
    shares = np.full(5, 0.02)
    shares[length] += 0.9
    return {
        "skin_tone": Reading((lightness, 12.0, 15.0), 0.8, "colour"),
        "hair_colour": Reading((hair, 3.0, 5.0), 0.8, "colour"),
        "hair_length": option("hair_length", shares, "shape"),
        "glasses": option("glasses", np.array([1 - glasses, glasses, 0.0]), "shape"),
    }


PEOPLE = [
    person(),
    person(lightness=62),
    person(hair=24),
    person(lightness=35),
    person(length=4),
    person(glasses=0.95),
]


def results(people=PEOPLE):
    return [
        SimpleNamespace(
            name=f"person_{row}.jpg",
            attributes=readings,
            picture=np.full((64, 64, 3), row / 10, np.float32),
            aligned=np.full((32, 32, 3), 0.5 + row / 20, np.float32),
        )
        for row, readings in enumerate(people)
    ]


def test_difference_grows_with_every_reading_that_differs():
    one = PEOPLE[0]
    assert lineup.difference(one, one) == 0
    near, far = lineup.difference(one, PEOPLE[1]), lineup.difference(one, PEOPLE[3])
    assert 0 < near < 0.5 < 1.5 < far
    assert lineup.difference(one, person(length=3)) < lineup.difference(one, person(length=4))
    assert lineup.difference(one, PEOPLE[5]) > 1
    bald = {name: reading for name, reading in one.items() if name != "hair_colour"}
    assert lineup.difference(one, bald) == 1
    decided = one | {"glasses": Reading("none", 1.0, "user")}
    assert lineup.difference(one, decided) == 0


def test_plan_shows_everybody_once_with_the_nearest_in_an_order_of_the_seed():
    sheets = lineup.plan(PEOPLE, 3, seed=1)
    assert sorted(sheet.character for sheet in sheets) == list(range(6))
    first = next(sheet for sheet in sheets if sheet.character == 0)
    assert set(first.photographs) == {0, 1, 2}
    assert first.photographs[first.answer - 1] == 0
    assert lineup.plan(PEOPLE, 3, seed=1) == sheets
    others = [lineup.plan(PEOPLE, 3, seed=seed) for seed in range(20)]
    places = {next(s for s in each if s.character == 0).answer for each in others}
    assert places == {1, 2, 3}


@pytest.mark.parametrize("count", [1, 7])
def test_too_few_or_too_many_photographs_are_refused(count):
    with pytest.raises(ConfigError, match=rf"line-up of {count} photographs needs at least 2"):
        lineup.plan(PEOPLE, count)


def test_sheets_have_no_names_and_answers_lie_beside_them(tmp_path):
    place = lineup.save(results(), tmp_path, 3, seed=4)
    names = sorted(path.name for path in place.iterdir())
    assert names == [f"sheet_{number:03d}.png" for number in range(1, 7)]
    answers = json.loads((tmp_path / "answers.json").read_text())
    for number in range(1, 7):
        sheet = answers["sheets"][f"{number:03d}"]
        assert sheet["photographs"][sheet["answer"] - 1] == sheet["character"]
        picture = images.read_image(place / f"sheet_{number:03d}.png")
        row = int(sheet["character"][7])
        step = lineup.HEIGHT + 6
        grey = picture[lineup.HEIGHT // 2, 6 + lineup.HEIGHT // 2, 0]
        assert grey == pytest.approx(row / 10, abs=0.01)
        right = picture[lineup.HEIGHT // 2, 6 + step * sheet["answer"] + 100, 0]
        assert right == pytest.approx(0.5 + row / 20, abs=0.01)
    lineup.save(results(PEOPLE[:4]), tmp_path, 2)
    assert len(list(place.iterdir())) == 4


def test_score_counts_what_was_said(tmp_path):
    lineup.save(results(), tmp_path, 3)
    answers = tmp_path / "answers.json"
    right = {n: s["answer"] for n, s in json.loads(answers.read_text())["sheets"].items()}
    said = tmp_path / "said.txt"
    lines = [f"{int(name)} {place}" for name, place in right.items()][:4]
    lines[3] = f"4: {right['004'] % 3 + 1}"
    said.write_text("\n".join(lines) + "\n")
    found = lineup.score(answers, said)
    assert (found["sheets"], found["right"], found["share"]) == (4, 3, 0.75)
    assert found["by_chance"] == pytest.approx(1 / 3)
    assert found["wrong"] == {"004": {"said": right["004"] % 3 + 1, "right": right["004"]}}


def test_unreadable_guesses_are_named(tmp_path):
    lineup.save(results(), tmp_path, 3)
    answers, said = tmp_path / "answers.json", tmp_path / "said.txt"
    with pytest.raises(ConfigError, match="cannot read"):
        lineup.score(answers, said)
    for text, message in (
        ("9 1", "'9 1' is not a new SHEET"),
        ("1 1\n1 2", "'1 2'"),
        ("\n", "no ans"),
    ):
        said.write_text(text)
        with pytest.raises(ConfigError, match=message):
            lineup.score(answers, said)
