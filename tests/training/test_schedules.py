import pytest

from face2param.training import schedules


def test_a_cosine_falls_from_the_peak_to_a_hundredth():
    assert schedules.cosine(2.0, 0.0) == 2.0
    assert schedules.cosine(2.0, 0.5) == pytest.approx(2.0 * 0.505)
    assert schedules.cosine(2.0, 1.0) == pytest.approx(0.02)
    assert schedules.cosine(2.0, 1.7) == schedules.cosine(2.0, 1.0)


def test_the_warm_up_is_linear_and_may_be_absent():
    assert [schedules.warm_up(step, 4) for step in (0, 1, 3, 9)] == [0.25, 0.5, 1.0, 1.0]
    assert schedules.warm_up(0, 0) == 1.0
