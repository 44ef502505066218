"""The registry, and an engine of one's own (that of the examples) against the contract."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from face2param import engines
from face2param.errors import EngineError
from tests.contracts.engine_contract import EngineContract

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module", autouse=True)
def examples_on_the_path():
    sys.path.insert(0, str(EXAMPLES))
    yield
    sys.path.remove(str(EXAMPLES))


class TestCartoonEngine(EngineContract):
    needs = {"hair_tone": {"hair": "long"}}  # noqa: RUF012

    @pytest.fixture(scope="class")
    def engine(self, examples_on_the_path):
        return engines.get("cartoon_engine:CartoonEngine")

    @pytest.fixture(scope="class")
    def quick(self, engine):
        return engine


def test_unknown_and_broken_engines_are_refused():
    with pytest.raises(EngineError, match=r"no engine named 'unreal'; choose one of: builtin"):
        engines.get("unreal")
    with pytest.raises(EngineError, match="cannot be imported: No module named 'absent'"):
        engines.get("absent:Engine")
    with pytest.raises(EngineError, match="cannot be imported: module 'json' has no"):
        engines.get("json:Engine")
    with pytest.raises(EngineError, match="is a JSONDecoder, not an Engine"):
        engines.get("json:JSONDecoder")


def test_random_nuisance_of_an_engine_without_its_own_stays_in_range():
    engine = engines.get("builtin")
    rng = np.random.default_rng(0)
    plain = engines.Engine.random_nuisance(engine, rng, 0.5)
    for value, control in zip(plain, engine.schema.nuisance, strict=True):
        assert control.minimum <= value <= control.maximum
    assert np.abs(engines.Engine.random_nuisance(engine, rng, 0.0)).max() < 1e-6


class StandIn(engines.Engine):
    """Stands in for the packages that read folders and call games."""

    name, version = "stand-in", "1"

    def __init__(self, argument):
        self.argument = argument

    def render(self, *args, **kwargs):
        raise NotImplementedError

    def canonical_landmarks(self, size):
        raise NotImplementedError


@pytest.mark.parametrize("known", ["ict", "makehuman", "unity"])
def test_names_may_carry_an_argument(known, monkeypatch):
    package = types.SimpleNamespace(open=StandIn)
    monkeypatch.setitem(sys.modules, f"face2param.engines.{known}", package)
    assert engines.get(known).argument is None
    assert engines.get(f"{known}=a/b=c:5010").argument == "a/b=c:5010"
    with pytest.raises(EngineError, match=f"no engine named '{known}='"):
        engines.get(f"{known}=")


def test_only_some_names_take_an_argument():
    for name in ("builtin=x", "cartoon_engine:CartoonEngine=x", "", 5):
        with pytest.raises(EngineError, match=r"no engine named .*PATH\.json.*module:Class"):
            engines.get(name)


def test_names_are_those_of_the_packages():
    assert engines.names() == ("builtin", "ict", "makehuman", "unity")
