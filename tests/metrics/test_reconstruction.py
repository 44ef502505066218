import numpy as np
import pytest

from face2param.metrics import face_points, reconstruction
from face2param.metrics.procrustes import Similarity
from tests.metrics.shapes import face, height, turned

VERTICES, FACES, LANDMARKS = face(4.0)
TRUE, _, TRUE_LANDMARKS = face(3.0)  # of other vertices than the prediction
FAR = Similarity(turned((10, 150, -60)), np.array([300.0, -20.0, 900.0]), 0.01)
PROTOCOLS = [reconstruction.micc, reconstruction.now]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_true_face_has_almost_no_error(protocol):
    found = protocol(VERTICES, FACES, LANDMARKS, TRUE, TRUE_LANDMARKS)
    # Two meshes of one smooth face: what is left is the sagitta of 4 mm edges.
    assert found.median < 0.05
    assert found.covered > 0.98
    assert found.aligned.converged


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_place_turn_and_size_of_the_prediction_do_not_matter(protocol):
    bent = VERTICES + [0, 0, 1] * np.sin(VERTICES[:, :1] / 12)
    first = protocol(bent, FACES, LANDMARKS, TRUE, TRUE_LANDMARKS)
    second = protocol(FAR.apply(bent), FACES, FAR.apply(LANDMARKS), TRUE, TRUE_LANDMARKS)
    assert first.rmse > 0.3
    assert second.rmse == pytest.approx(first.rmse, rel=1e-5)
    assert second.median == pytest.approx(first.median, rel=1e-5)
    assert second.aligned.motion.scale == pytest.approx(100 * first.aligned.motion.scale, rel=1e-5)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_place_and_turn_of_the_truth_do_not_matter(protocol):
    there = Similarity(FAR.rotation, FAR.translation)
    first = protocol(VERTICES, FACES, LANDMARKS, TRUE * [1, 1, 1.1], TRUE_LANDMARKS * [1, 1, 1.1])
    second = protocol(
        VERTICES,
        FACES,
        LANDMARKS,
        there.apply(TRUE * [1, 1, 1.1]),
        there.apply(TRUE_LANDMARKS * [1, 1, 1.1]),
    )
    assert first.rmse > 0.5
    assert second.rmse == pytest.approx(first.rmse, rel=1e-5)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bump_costs_what_it_is_high(protocol):
    # A plateau 3 mm high on both cheeks: away from it next to nothing moves.
    bump = (np.abs(np.abs(TRUE[:, 0]) - 38) < 12) & (np.abs(TRUE[:, 1] + 15) < 12)
    scan = TRUE + 3.0 * bump[:, None] * slope_normals(TRUE)
    found = protocol(VERTICES, FACES, LANDMARKS, scan, TRUE_LANDMARKS)
    assert np.median(found.distances[bump]) == pytest.approx(3, abs=0.8)
    assert found.median < 0.6
    assert found.rmse > found.mean > found.median


def slope_normals(vertices):
    """Normals of the smooth face by finite differences."""
    x, y = vertices[:, 0], vertices[:, 1]
    slope = [
        (height(x + 0.01, y) - height(x, y)) / 0.01,
        (height(x, y + 0.01) - height(x, y)) / 0.01,
    ]
    normals = np.stack([-slope[0], -slope[1], np.ones_like(x)], -1)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_metrical_variant_counts_the_size(protocol):
    larger = protocol(1.1 * VERTICES, FACES, 1.1 * LANDMARKS, TRUE, TRUE_LANDMARKS)
    counted = protocol(1.1 * VERTICES, FACES, 1.1 * LANDMARKS, TRUE, TRUE_LANDMARKS, scale=False)
    assert larger.median < 0.05
    assert counted.median > 0.5
    assert counted.aligned.motion.scale == 1


def test_worse_predictions_have_larger_errors():
    rng = np.random.default_rng(0)
    wave = np.sin(VERTICES[:, :1] / 14 + rng.uniform(0, 6)) * np.cos(VERTICES[:, 1:2] / 11)
    errors = [
        reconstruction.micc(
            VERTICES + amount * wave * [0, 0, 1], FACES, LANDMARKS, TRUE, TRUE_LANDMARKS
        ).rmse
        for amount in (0, 1, 2, 4)
    ]
    assert errors == sorted(errors)
    assert errors[3] == pytest.approx(2 * errors[2], rel=0.25)


def test_only_the_region_is_measured():
    found = reconstruction.micc(VERTICES, FACES, LANDMARKS, TRUE, TRUE_LANDMARKS)
    region = face_points.micc_region(TRUE, TRUE_LANDMARKS)
    np.testing.assert_array_equal(~np.isnan(found.distances), region)
    hair = TRUE.copy()
    hair[TRUE[:, 1] > 75, 2] += 50  # what grows on the forehead is no error
    with_hair = reconstruction.micc(VERTICES, FACES, LANDMARKS, hair, TRUE_LANDMARKS)
    assert with_hair.rmse == pytest.approx(found.rmse)


def test_a_prediction_with_a_hole_is_told_by_the_share_that_is_covered():
    half = FACES[(VERTICES[FACES][..., 1] > -35).all(1)]
    found = reconstruction.now(VERTICES, half, LANDMARKS, TRUE, TRUE_LANDMARKS)
    assert found.covered < 0.85


def test_pooled_takes_all_vertices_together():
    first = reconstruction.now(VERTICES, FACES, LANDMARKS, TRUE, TRUE_LANDMARKS)
    second = reconstruction.now(VERTICES * [1, 1, 1.2], FACES, LANDMARKS, TRUE, TRUE_LANDMARKS)
    both = np.concatenate([first.measured, second.measured])
    found = reconstruction.pooled([first, second])
    assert found == {"median": np.median(both), "mean": both.mean(), "std": both.std()}


def test_vertex_error_by_alignment():
    moved = FAR.apply(VERTICES)
    assert reconstruction.vertex_error(moved, VERTICES).max() < 1e-6
    rigid = Similarity(FAR.rotation, FAR.translation).apply(VERTICES)
    assert reconstruction.vertex_error(rigid, VERTICES, "rigid").max() < 1e-6
    shifted = VERTICES + [3, 0, 4]
    np.testing.assert_allclose(reconstruction.vertex_error(shifted, VERTICES, "none"), 5)
    assert reconstruction.vertex_error(shifted, VERTICES, "translation").max() < 1e-9
    assert reconstruction.vertex_error(2 * VERTICES, VERTICES, "rigid").mean() > 10
    # A mask leaves a wrong corner out of the alignment.
    broken = moved.copy()
    broken[:40] += 1
    mask = np.arange(len(VERTICES)) >= 40
    error = reconstruction.vertex_error(broken, VERTICES, mask=mask)
    assert error[mask].max() < 1e-6 and error[~mask].min() > 100


def test_errors():
    with pytest.raises(ValueError, match="none lies in the measured part"):
        reconstruction.now(VERTICES, FACES, LANDMARKS, TRUE + 1000, TRUE_LANDMARKS)
    with pytest.raises(ValueError, match=r"landmarks must have shape \[68, 3\]"):
        reconstruction.micc(VERTICES, FACES, LANDMARKS, TRUE, TRUE_LANDMARKS[:5])
    with pytest.raises(ValueError, match="must have one shape"):
        reconstruction.vertex_error(VERTICES, TRUE)
    with pytest.raises(ValueError, match="alignment must be similarity, rigid"):
        reconstruction.vertex_error(VERTICES, VERTICES, "affine")
