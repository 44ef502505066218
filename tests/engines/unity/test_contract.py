"""The engine over the link keeps the contract, whoever draws in the game."""

import sys
from pathlib import Path

import numpy as np
import pytest

from face2param import engines, images
from face2param.engines.builtin.engine import BuiltinEngine
from face2param.engines.builtin.lighting import Lighting
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.fake import FakeGame
from tests.contracts.engine_contract import SMALL, EngineContract

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


class TestLinkToTheBuiltinHead(EngineContract):
    """The built-in engine's own tests draw every parameter; here pictures have to be the same."""

    test_every_continuous_parameter_shows = None
    test_every_option_shows = None
    test_every_nuisance_control_shows = None

    @pytest.fixture(scope="class")
    def drawer(self):
        # Poorer light: what the link does to a picture is the same.
        return BuiltinEngine(lighting=Lighting(key_samples=1, ambient_samples=6))

    @pytest.fixture(scope="class")
    def engine(self, drawer):
        with FakeGame(drawer) as game, UnityEngine(dial=game.dial) as engine:
            yield engine

    def test_what_is_drawn_arrives(self, engine, drawer):
        rng = np.random.default_rng(5)
        for character in engine.random_characters(rng, 2):
            nuisance = engine.random_nuisance(rng)
            here = drawer.render(character, nuisance, size=SMALL, supersample=1)
            there = engine.render(character, nuisance, size=SMALL, supersample=1)
            np.testing.assert_array_equal(images.to_uint8(there.image), images.to_uint8(here.image))
            for field in ("labels", "landmarks", "landmarks3d", "visibility", "depth", "normals"):
                np.testing.assert_array_equal(getattr(there, field), getattr(here, field))

    def test_what_is_usual_is_what_the_builtin_engine_knows(self, engine, drawer):
        ours, theirs = (e.random_characters(np.random.default_rng(1), 3) for e in (engine, drawer))
        assert ours == theirs
        np.testing.assert_array_equal(engine.people().mean, drawer.people().mean)


class TestLinkToAForeignEngine(EngineContract):
    needs = {"hair_tone": {"hair": "long"}}  # noqa: RUF012

    @pytest.fixture(scope="class")
    def engine(self):
        sys.path.insert(0, str(EXAMPLES))
        try:
            drawer = engines.get("cartoon_engine:CartoonEngine")
        finally:
            sys.path.remove(str(EXAMPLES))
        with FakeGame(drawer) as game, UnityEngine(game.listen()) as engine:
            yield engine
