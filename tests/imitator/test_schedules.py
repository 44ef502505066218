import pytest

from face2param.errors import ConfigError
from face2param.imitator.schedules import averaging_momentum, learning_rate


def test_cosine():
    assert learning_rate("cosine", 1.0, 0.0, 1000, 0, 10) == pytest.approx(1.0)
    assert learning_rate("cosine", 1.0, 0.5, 1000, 0, 10) == pytest.approx(0.505)
    assert learning_rate("cosine", 1.0, 1.0, 1000, 0, 10) == pytest.approx(0.01)


def test_warm_up_is_linear():
    rates = [learning_rate("cosine", 1.0, 0.0, step, 0, 4) for step in range(5)]
    assert rates == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])


def test_paper_falls_by_a_tenth_every_50_epochs():
    rates = [learning_rate("paper", 0.01, 0.0, 10**6, epoch, 0) for epoch in (0, 49, 50, 100)]
    assert rates == pytest.approx([0.01, 0.01, 0.009, 0.0081])


def test_unknown_schedule():
    with pytest.raises(ConfigError, match="schedule: there is no 'step'"):
        learning_rate("step", 1.0, 0.0, 0, 0, 0)


def test_momentum_starts_short():
    assert averaging_momentum(0.999, 0) == pytest.approx(0.1)
    assert averaging_momentum(0.999, 10**6) == 0.999
    assert averaging_momentum(0.0, 50) == 0.0
