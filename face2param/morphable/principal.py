"""Principal components of samples, scaled to standard deviations, with signs that stay."""

from typing import NamedTuple

import numpy as np

from face2param.errors import FaceModelError

_NOISE = 2e-7


class Components(NamedTuple):
    """Attributes: mean `[values]`, basis `[count, values]` (directions times their standard
    deviation), explained (share of the samples' variance)."""

    mean: np.ndarray
    basis: np.ndarray
    explained: float


def principal_components(
    samples: np.ndarray, count: int, centred: bool = True, weights: np.ndarray | None = None
) -> Components:
    """Finds the directions in which samples differ most.

    Args:
      samples: `[samples, values]`.
      count: number of components.
      centred: whether the mean is subtracted; otherwise the samples are differences already
        (of expressions from the neutral face), and zero coefficients mean no difference.
      weights: `[values]` importance of each value, or None for equal ones; components are
        orthogonal in the weighted product.

    Returns:
      Components in float32, sorted by variance. The sign of each makes the entry with the
      largest magnitude positive.

    Raises:
      FaceModelError: the samples span fewer dimensions.
    """
    mean = samples.mean(0, dtype=np.float64) if centred else np.zeros(samples.shape[1])
    rows = samples - mean.astype(samples.dtype)
    scaled = rows if weights is None else rows * np.sqrt(weights).astype(rows.dtype)
    # The Gram matrix of the samples is far smaller than the covariance of the values.
    gram = _gram(scaled)
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    total = float(np.trace(gram))
    # Single precision leaves noise of about 1e-8 of the largest variance in the others.
    rank = int((values > _NOISE * max(values[0], 1e-30)).sum())
    if rank < count:
        raise FaceModelError(f"{len(samples)} samples span {rank} dimensions, {count} are wanted")
    freedom = max(len(samples) - int(centred), 1)
    # rows^T u has length sqrt(value) in the weighted product; the standard deviation is
    # sqrt(value / freedom).
    basis = vectors.T.astype(np.float32) @ rows / np.float32(np.sqrt(freedom))
    peak = np.abs(basis).argmax(1)
    basis *= np.sign(basis[np.arange(count), peak])[:, np.newaxis]
    share = float(values.sum() / total)
    return Components(mean.astype(np.float32), basis.astype(np.float32), share)


def _gram(rows: np.ndarray, block: int = 2048) -> np.ndarray:
    """Rows @ rows^T in float64, in blocks of columns that keep the copies small."""
    total = np.zeros((len(rows), len(rows)))
    for start in range(0, rows.shape[1], block):
        part = np.ascontiguousarray(rows[:, start : start + block])
        total += part @ part.T
    return total
