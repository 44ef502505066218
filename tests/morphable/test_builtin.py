import numpy as np
import pytest

from face2param import morphable, schema
from face2param.morphable import (
    builtin,
    builtin_check,
    builtin_samples,
    files,
    placement,
    preview,
)


@pytest.fixture(scope="module")
def model():
    return morphable.get("builtin")


def test_sizes_and_identity_of_the_content(model):
    assert model.sizes == {"identity": 80, "expression": 64, "albedo": 80}
    assert 10_000 <= len(model.mean) <= 20_000
    # A network was trained on this model: raise CONTENT_VERSION when its numbers change.
    assert model.hash == "29841f9025a4a169" and model.content == builtin.CONTENT_VERSION == "1"


def test_the_numbers_are_those_of_the_content_version(model):
    """Lasting properties of version 1; linear algebra libraries may differ in the last bits."""
    lengths = [np.linalg.norm(getattr(model, k)) for k in ("identity", "expression", "albedo")]
    np.testing.assert_allclose(lengths, LENGTHS, rtol=1e-3)
    np.testing.assert_allclose(model.mean[::4000], MEAN, atol=1e-4)
    np.testing.assert_allclose(model.albedo_mean[::4000], COLOURS, atol=1e-3)
    assert model.explained["identity"] > 0.99
    assert min(model.explained["expression"], model.explained["albedo"]) > 0.999


LENGTHS = (5.1939, 4.2285, 35.4765)
MEAN = (
    (0.1619, 0.2830, 0.1794),
    (0.7038, -0.0068, -0.7443),
    (-0.5668, 0.5853, 0.0979),
    (0.7083, 0.0809, -0.7255),
    (0.2027, -0.2490, 0.1459),
)
COLOURS = (
    (0.6301, 0.3912, 0.3326),
    (0.7582, 0.5779, 0.4990),
    (0.7803, 0.5936, 0.5124),
    (0.7874, 0.5542, 0.4733),
    (0.6348, 0.4038, 0.4038),
)


def test_it_stands_where_deep3ds_face_does(model):
    five = placement.five_points(model.landmarks())
    np.testing.assert_allclose(five.mean(0), placement.STANDARD_FIVE.mean(0), atol=2e-3)
    assert np.abs(five - placement.STANDARD_FIVE).max() < 0.1


def test_the_mean_face_is_symmetric(model):
    landmarks = model.landmarks()
    # Landmarks 0..16 run from ear to ear; 36..39 and 45..42 are the eyes' corners.
    np.testing.assert_allclose(landmarks[:17] * [-1, 1, 1], landmarks[16::-1], atol=2e-3)
    assert np.abs(landmarks[27:31, 0]).max() < 2e-3
    np.testing.assert_allclose(landmarks[36] * [-1, 1, 1], landmarks[45], atol=2e-3)


def test_the_first_expression_opens_the_mouth_and_its_landmarks(model):
    gap = model.landmarks()[62, 1] - model.landmarks()[66, 1]
    jaw = [model.landmarks(model.mean + s * model.expression[0]) for s in (-2.5, 2.5)]
    widest = max(landmarks[62, 1] - landmarks[66, 1] for landmarks in jaw)
    assert widest - gap > 0.08  # decimetres
    assert model.landmark_weights.min() >= 0


def test_masks(model):
    eyes = slice(model.parts["eye_left"][0], model.parts["eye_right"][1])
    inside = slice(model.parts["teeth_upper"][0], None)
    assert not model.skin_mask[eyes].any() and not model.skin_mask[inside].any()
    bare = model.mean[model.skin_mask]
    assert bare[:, 2].min() > -0.6 and 2000 < len(bare) < 6000
    compared = np.unique(model.faces[model.front_mask])
    assert not np.isin(np.arange(inside.start, len(model.mean)), compared).any()
    assert np.isin(np.arange(eyes.start, eyes.stop), compared).mean() > 0.9
    ears = np.arange(*model.parts["ear_left"])
    assert not np.isin(ears, compared).any()
    # The chin is compared, the throat is not.
    assert -0.95 < model.mean[compared, 1].min() < -0.75


def test_texture_coordinates_do_not_overlap(model):
    np.testing.assert_array_equal(model.uv_faces, model.faces)
    assert model.uv.min() >= 0 and model.uv.max() <= 1
    corner = model.uv[model.faces].astype(float)
    edges = corner[:, 1:] - corner[:, :1]
    area = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]) / 2
    assert 0.5 < area.sum() <= 1.0  # no two pieces share a place, no seam runs across
    face = np.unique(model.faces[model.front_mask])
    face = face[face < model.parts["skin"][1]]
    assert np.abs(np.diff(np.sort(model.uv[face, 0]))).max() < 0.02


def test_colours_are_those_of_faces(model):
    skin = model.albedo_mean[model.skin_mask].mean(0)
    assert skin[0] > skin[1] > skin[2] > 0.3
    lips = model.albedo_mean[model.landmark_vertices[57, 0]]
    assert lips[1] < skin[1]
    brow = model.albedo_mean[model.landmark_vertices[19]].mean()
    assert brow < skin.mean()
    eye = model.albedo_mean[slice(*model.parts["eye_left"])].mean(1)
    assert eye.min() < 0.15 and eye.max() > 0.6


def test_heads_that_it_was_not_made_of(model):
    error = builtin_check.held_out(model, heads=6)
    for name in ("identity", "expression"):
        # 0.27 mm on average, a tenth of what the mean face leaves.
        assert error[name].mean < 0.4 < 2 < error[name].mean_face, name
        assert error[name].spread < 1.5


def test_expressions_do_not_turn_the_head_and_pairs_mirror_each_other():
    rng = np.random.default_rng(0)
    family = schema.load("builtin")
    drawn = np.stack([builtin_samples.random_expression(rng) for _ in range(200)])
    for name in ("head_yaw", "head_pitch", "head_roll"):
        assert not drawn[:, family.nuisance_index[name]].any()
    still = [c.name for i, c in enumerate(family.nuisance) if not drawn[:, i].any()]
    assert still == ["head_yaw", "head_pitch", "head_roll"]
    first, second = builtin_samples.people(rng, 1)
    np.testing.assert_allclose(second.mirror().values, first.values, atol=1e-6)
    assert (second.values != first.values).any()


def test_the_cache_is_used_and_a_damaged_one_is_made_again(model, tmp_path, monkeypatch):
    monkeypatch.setenv("FACE2PARAM_CACHE", str(tmp_path))
    builtin.load.cache_clear()
    built = []
    monkeypatch.setattr(builtin, "build", lambda: built.append(1) or model)
    try:
        assert builtin.load().hash == model.hash and built == [1]
        builtin.load.cache_clear()
        stored = builtin.load()
        assert built == [1] and stored is not model
        # What is stored in half precision is what was built.
        np.testing.assert_array_equal(stored.identity, model.identity)
        np.testing.assert_array_equal(stored.mean, model.mean)
        builtin.cache_path().write_bytes(b"damaged")
        builtin.load.cache_clear()
        assert builtin.load().hash == model.hash and built == [1, 1]
        assert files.load(builtin.cache_path()).parts == model.parts
    finally:
        builtin.load.cache_clear()


def test_a_sheet_shows_faces(model):
    sheet = preview.sheet(model, size=48)
    assert sheet.shape == (8 * 48, 6 * 48, 3) and 0 <= sheet.min() and sheet.max() <= 1
    tiles = sheet.reshape(8, 48, 6, 48, 3)
    middle, corner = tiles[:, 24, :, 24], tiles[:, 1, :, 1]
    np.testing.assert_allclose(corner, 0.55, atol=1e-6)
    assert (np.abs(middle - 0.55).max(-1) > 0.02).all()  # a face in each
    assert np.ptp(tiles[5:7, :, :, :].mean((1, 3)), axis=0).max() > 0.05  # albedo differs
