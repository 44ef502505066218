import numpy as np

from face2param.database import sampling
from tests.database.test_manifest import settings
from tests.database.toy_engine import SCHEMA, ToyEngine


def test_a_record_depends_on_seed_and_index_alone():
    engine = ToyEngine()
    first = sampling.sample(engine, settings(jitter=1.0), 7)
    again = sampling.sample(engine, settings(jitter=1.0, size=64), 7)
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    assert sampling.sample(engine, settings(), 8)[0] != first[0]
    assert sampling.sample(engine, settings(seed=2), 7)[0] != first[0]


def test_jitter_scales_the_nuisance_and_never_touches_the_character():
    engine = ToyEngine()
    draws = {
        jitter: [sampling.sample(engine, settings(jitter=jitter), i) for i in range(200)]
        for jitter in (0.0, 0.5, 1.0)
    }
    for jitter, drawn in draws.items():
        assert [c for c, _ in drawn] == [c for c, _ in draws[0.0]]
        nuisance = np.array([n for _, n in drawn])
        assert nuisance.dtype == np.float32
        np.testing.assert_allclose(nuisance[:, 0].max(), jitter, atol=0.02)
        np.testing.assert_allclose(np.abs(nuisance[:, 1]).max(), 0.5 * jitter, atol=0.02)


def test_an_engine_may_have_its_own_idea_of_what_is_plausible():
    class Own(ToyEngine):
        def random_characters(self, rng, count, spread=1.0, plausible=True):
            return [SCHEMA.character(red=spread, width=float(plausible))] * count

        def random_nuisance(self, rng, amount=1.0):
            return [amount, 0]

    character, nuisance = sampling.sample(Own(), settings(spread=0.25, jitter=0.5), 0)
    assert (character["red"], character["width"]) == (0.25, 1.0)
    np.testing.assert_array_equal(nuisance, np.float32([0.5, 0]))
