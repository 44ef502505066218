import numpy as np
import pytest
from keras import ops

from face2param.features import augmentation
from face2param.features.augmentation import camera, geometry, scenery
from face2param.features.augmentation.dice import CELLS, CHANNELS, COLUMNS, Dice, power, soften
from face2param.regions import IGNORE, INDEX

SIZE = 64


def numbers(count=4, seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    table = rng.random((count, COLUMNS), dtype=np.float32)
    noise = rng.random((count, CELLS, CELLS, CHANNELS), dtype=np.float32)
    return table, noise, rng.standard_normal((count, size, size, 3), dtype=np.float32)


def heads(count=4, size=SIZE):
    """A disc of skin with two eyes over cloth, before a background."""
    y, x = (np.mgrid[:size, :size] + 0.5) / size * 2 - 1
    labels = np.zeros((size, size), np.int32)
    labels[(np.abs(x) < 0.25) & (y > 0)] = INDEX["neck"]
    labels[y > 0.6] = INDEX["cloth"]
    labels[x**2 + y**2 < 0.3] = INDEX["skin"]
    labels[(x + 0.2) ** 2 + (y + 0.1) ** 2 < 0.01] = INDEX["l_eye"]
    labels[(x - 0.2) ** 2 + (y + 0.1) ** 2 < 0.01] = INDEX["r_eye"]
    colours = np.random.default_rng(5).random((256, 3)).astype(np.float32)
    return np.repeat(colours[labels][None], count, 0), np.repeat(labels[None], count, 0)


def test_output_is_a_picture_with_known_labels():
    images, labels = heads()
    found, classes = augmentation.augment(images, labels, *numbers())
    found, classes = ops.convert_to_numpy(found), ops.convert_to_numpy(classes)
    assert found.shape == (4, SIZE, SIZE, 3) and classes.shape == (4, SIZE, SIZE)
    assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1
    assert set(np.unique(classes)) <= {*np.unique(labels), IGNORE}
    assert not np.allclose(found[0], found[1])


def test_the_same_numbers_give_the_same_picture():
    images, labels = heads()
    first = ops.convert_to_numpy(augmentation.augment(images, labels, *numbers(seed=3))[0])
    again = ops.convert_to_numpy(augmentation.augment(images, labels, *numbers(seed=3))[0])
    np.testing.assert_array_equal(first, again)


def test_labels_move_with_the_picture_and_sides_swap_in_a_mirror():
    # A picture that shows its own labels: after the warp it must still do so.
    _, labels = heads(32)
    images = np.repeat((labels[..., None] == INDEX["l_eye"]).astype(np.float32), 3, -1)
    table, noise, _ = numbers(32)
    warped, found = geometry.warp(images, labels, Dice(table, noise, (SIZE, SIZE)))
    warped, found = ops.convert_to_numpy(warped)[..., 0], ops.convert_to_numpy(found)
    sides = []
    for picture, classes in zip(warped, found, strict=True):
        shown = [picture[classes == INDEX[name]] for name in ("l_eye", "r_eye")]
        if min(map(len, shown)) < 8:
            continue
        means = [part.mean() for part in shown]
        # Bright under one of the two names and dark under the other.
        assert max(means) > 0.7 and min(means) < 0.2
        left = np.nonzero(classes == INDEX["l_eye"])[1].mean()
        assert left < np.nonzero(classes == INDEX["r_eye"])[1].mean()
        sides.append(means[0] > means[1])
    assert len(set(sides)) == 2  # some were mirrored, some were not


def test_background_changes_and_the_face_does_not():
    images, labels = heads()
    table, noise, _ = numbers()
    dice = Dice(table, noise, (SIZE, SIZE))
    found = ops.convert_to_numpy(scenery.replace_background(images, labels, dice, 1.0))
    change = np.abs(found - images).max(-1)
    # The edge is soft, so a pixel beside the background may change.
    inner = np.zeros(labels.shape, bool)
    inner[:, 24:40, 24:40] = True
    assert change[inner].max() < 1e-6
    assert change[labels == 0].mean() > 0.05


def test_dress_paints_cloth_only():
    images, labels = heads()
    table, noise, _ = numbers()
    found = ops.convert_to_numpy(
        scenery.dress(images, labels, Dice(table, noise, (SIZE, SIZE)), 1.0)
    )
    change = np.abs(found - images).max(-1)
    assert change[labels != INDEX["cloth"]].max() < 1e-6
    assert change[labels == INDEX["cloth"]].mean() > 0.05


def test_occluders_hide_their_labels():
    images, labels = heads(16)
    table, noise, _ = numbers(16)
    dice = Dice(table, noise, (SIZE, SIZE))
    covered, classes = camera.occlude(images, labels, dice, 1.0)
    changed = np.abs(ops.convert_to_numpy(covered) - images).max(-1) > 1e-3
    classes = ops.convert_to_numpy(classes)
    assert (classes[changed] == IGNORE).all() and changed.any()
    np.testing.assert_array_equal(classes[classes != IGNORE], labels[classes != IGNORE])


def test_compression_with_fine_steps_is_the_identity_and_coarse_steps_are_not():
    images = np.random.default_rng(0).random((1, 16, 24, 3)).astype(np.float32)
    fine = ops.convert_to_numpy(camera.compress(images, np.full((1, 1, 1, 1), 1e-5, np.float32)))
    np.testing.assert_allclose(fine, images, atol=1e-3)
    flat = np.full((1, 16, 16, 3), 0.4, np.float32)
    coarse = ops.convert_to_numpy(camera.compress(images, np.full((1, 1, 1, 1), 0.5, np.float32)))
    assert np.abs(coarse - images).mean() > 0.05
    still = ops.convert_to_numpy(camera.compress(flat, np.full((1, 1, 1, 1), 0.1, np.float32)))
    assert np.ptp(still[..., 0]) < 1e-5  # a flat picture stays flat


def test_compression_quantises_the_cosine_transform_of_each_block():
    fft = pytest.importorskip("scipy.fft", reason="scipy is not installed")
    images = np.random.default_rng(0).random((1, 16, 24, 3)).astype(np.float32)
    step = 0.3
    found = ops.convert_to_numpy(camera.compress(images, np.full((1, 1, 1, 1), step, np.float32)))
    weights = np.array([0.299, 0.587, 0.114])
    k = np.arange(8)
    steps = step * (1 + 0.6 * (k[:, None] + k[None, :]))
    grey = images[0] @ weights
    expected = np.zeros_like(grey)
    for row in range(0, 16, 8):
        for column in range(0, 24, 8):
            block = np.s_[row : row + 8, column : column + 8]
            waves = np.round(fft.dctn(grey[block], norm="ortho") / steps) * steps
            expected[block] = fft.idctn(waves, norm="ortho")
    np.testing.assert_allclose(found[0] @ weights, expected, atol=1e-4)


def test_wide_blurs_and_powers_are_what_they_say():
    images = np.random.default_rng(0).random((1, 12, 14, 2)).astype(np.float32)
    found = ops.convert_to_numpy(soften(images, 9))
    assert found[0, 6, 7, 1] == pytest.approx(images[0, 2:11, 3:12, 1].mean(), rel=1e-5)
    assert found[0, 0, 0, 0] == pytest.approx(images[0, :5, :5, 0].mean(), rel=1e-5)
    exponents = np.float32([[[[0.5, 3.0]]]])
    np.testing.assert_allclose(
        ops.convert_to_numpy(power(images, exponents)), images**exponents, rtol=1e-4
    )
    assert float(power(np.float32(0.0), np.float32(2.0))) == 0.0


def test_wrong_shapes_are_named():
    images, labels = heads()
    table, noise, fine = numbers()
    with pytest.raises(ValueError, match="images must be"):
        augmentation.augment(images[0], labels, table, noise, fine)
    with pytest.raises(ValueError, match="labels must be"):
        augmentation.augment(images, labels[:, :5], table, noise, fine)
    with pytest.raises(ValueError, match="multiples of 8"):
        augmentation.augment(images, labels, table, noise, fine[:, :60])


def test_running_out_of_numbers_is_said():
    table, noise, _ = numbers()
    dice = Dice(table[:, :COLUMNS], noise, (SIZE, SIZE))
    with pytest.raises(ValueError, match="more than"):
        for _ in range(COLUMNS + 1):
            dice.uniform()
