"""The small rigged head against the contract of engines."""

import numpy as np
import pytest

from face2param.errors import EngineError
from tests.contracts.engine_contract import EngineContract
from tests.engines.rigged import small_head


class TestRiggedEngine(EngineContract):
    @pytest.fixture(scope="class")
    def engine(self):
        return small_head.engine()

    def test_nuisance_mirrors_as_well(self, engine, neutral):
        vector = engine.schema.nuisance_vector(mouthSmileLeft=1.0, head_yaw=0.3)
        plain = engine.render(neutral, vector, size=(96, 96), supersample=1)
        mirrored = engine.schema.mirror_nuisance(vector)
        other = engine.render(neutral, mirrored, size=(96, 96), supersample=1)
        behind = (plain.labels == 0) != (other.labels[:, ::-1] == 0)
        assert behind.mean() < 0.01
        assert (plain.labels == 0).mean() > 0.3

    def test_depth_is_in_metres_and_landmarks_lie_on_it(self, engine, picture):
        found = picture.landmarks[27:].astype(int)
        depth = picture.depth[found[:, 1], found[:, 0]]
        expected = 1.0 - picture.landmarks3d[27:, 2]
        # Eyes stick out in front of the skin that carries their landmarks.
        on_skin = [*range(9), *range(21, 41)]
        np.testing.assert_allclose(depth[on_skin], expected[on_skin], atol=0.004)

    def test_normals_of_the_forehead_face_the_camera(self, picture):
        row, column = picture.landmarks[27].astype(int)[::-1] - [30, 0]
        assert picture.normals[row, column, 2] > 0.7
        assert picture.normals[row, column, 1] > 0.1

    def test_random_nuisance_stays_in_range_and_moves_both_sides_alike(self, engine):
        rng = np.random.default_rng(0)
        drawn = np.stack([engine.random_nuisance(rng) for _ in range(300)])
        low = [control.minimum for control in engine.schema.nuisance]
        high = [control.maximum for control in engine.schema.nuisance]
        assert (drawn >= low).all() and (drawn <= high).all()
        smiling = drawn[:, 0] > 0
        assert 0.1 < smiling.mean() < 0.4
        assert (drawn[smiling, 0] == drawn[smiling, 1]).mean() > 0.5
        assert np.abs(drawn[:, 2]).max() > 0.3
        assert not engine.random_nuisance(rng, 0.0).any()

    def test_without_landmarks_it_draws_but_cannot_align(self):
        plain = small_head.RiggedEngine(small_head.model(), small_head.head(), "plain")
        picture = plain.render(plain.schema.neutral(), size=(32, 32))
        assert np.isnan(picture.landmarks).all()
        assert not picture.visibility.any()
        with pytest.raises(EngineError, match=r"plain: the head file has no landmarks; .*inspect"):
            plain.canonical_landmarks((32, 32))
