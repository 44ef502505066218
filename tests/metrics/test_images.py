import numpy as np
import pytest

from face2param.metrics import images


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    first = rng.random((3, 40, 50, 3))
    return first, np.clip(first + rng.normal(scale=0.1, size=first.shape), 0, 1)


def test_closed_forms():
    black, grey = np.zeros((2, 12, 12, 3)), np.full((2, 12, 12, 3), 0.1)
    np.testing.assert_allclose(images.mean_absolute_error(black, grey), [0.1, 0.1])
    np.testing.assert_allclose(images.psnr(black, grey), [20, 20])
    np.testing.assert_allclose(images.photometric_error(black, grey), 0.1 * np.sqrt(3))
    assert images.psnr(black, black).tolist() == [np.inf, np.inf]
    np.testing.assert_allclose(images.ssim(grey, grey), 1)
    # Constant pictures: only the luminance term is left.
    np.testing.assert_allclose(images.ssim(black, grey), 1e-4 / (0.01 + 1e-4))


def test_parity_with_scikit_image(pair):
    metrics = pytest.importorskip("skimage.metrics")
    first, second = pair
    for i in range(3):
        assert images.psnr(first, second)[i] == pytest.approx(
            metrics.peak_signal_noise_ratio(first[i], second[i], data_range=1)
        )
        theirs = metrics.structural_similarity(
            first[i],
            second[i],
            channel_axis=-1,
            data_range=1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        assert images.ssim(first, second)[i] == pytest.approx(theirs, abs=1e-9)


def test_masks(pair):
    first, second = pair
    mask = np.zeros((3, 40, 50), bool)
    mask[:, 10:20, 5:30] = True
    part = (slice(None), slice(10, 20), slice(5, 30))
    for metric in (images.mean_absolute_error, images.psnr):
        np.testing.assert_allclose(metric(first, second, mask), metric(first[part], second[part]))


def test_errors(pair):
    first, second = pair
    for metric in (images.mean_absolute_error, images.psnr, images.ssim):
        with pytest.raises(ValueError, match="must have one shape"):
            metric(first, second[:, :20])
    with pytest.raises(ValueError, match="mask must have shape"):
        images.psnr(first, second, np.ones((3, 40, 49)))
    with pytest.raises(ValueError, match="leaves out every pixel"):
        images.psnr(first, second, np.zeros((3, 40, 50)))
    with pytest.raises(ValueError, match="sides must be at least 11"):
        images.ssim(first[:, :10], second[:, :10])
