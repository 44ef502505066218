"""Exp_Pca.bin and std_exp.txt: Guo et al.'s expression components for the Basel face."""

from pathlib import Path

import numpy as np

from face2param.errors import FaceModelError

_MOST = 1000


def read(path: Path, deviations: Path | None, vertices: int, count: int) -> np.ndarray:
    """Reads the components times their standard deviations.

    The file is an int32 number of components, a float32 mean (3 a vertex), which Deep3D throws
    away and so does this reader (the Basel mean is the neutral face), and the components.

    Args:
      path: Exp_Pca.bin.
      deviations: std_exp.txt: one number a component.
      vertices: how many vertices it must have.
      count: how many components are wanted; fewer where the file has fewer.

    Returns:
      `[components, vertices, 3]` float32 micrometres.

    Raises:
      FaceModelError: a file is absent or has another size.
    """
    if deviations is None:
        raise FaceModelError(
            f"{path}: its components have no scale without std_exp.txt; put that file beside it"
        )
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = np.frombuffer(stream.read(4), "<i4")
            components = int(head[0]) if head.size else 0
            expected = 4 + 4 * (components + 1) * 3 * vertices
            if not 0 < components <= _MOST or size != expected:
                raise FaceModelError(
                    f"{path}: has {size} bytes and says {components} components; with {vertices} "
                    f"vertices that makes {expected} bytes"
                )
            stream.seek(4 + 4 * 3 * vertices)
            count = min(count, components)
            data = np.frombuffer(stream.read(4 * count * 3 * vertices), "<f4")
    except OSError as error:
        raise FaceModelError(f"cannot read {path}: {error.strerror or error}") from None
    scale = read_deviations(deviations, components)[:count]
    return data.reshape(count, vertices, 3) * scale[:, np.newaxis, np.newaxis]


def read_deviations(path: Path, components: int) -> np.ndarray:
    """Reads std_exp.txt: `[components]` float32.

    Raises:
      FaceModelError: the file is absent, holds no numbers or another number of them.
    """
    try:
        words = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise FaceModelError(f"cannot read {path}: {error}") from None
    try:
        values = np.array([float(word) for word in words[: _MOST + 1]], np.float32)
    except ValueError:
        raise FaceModelError(f"{path}: holds something else than numbers") from None
    if len(values) != components or not (np.isfinite(values) & (values > 0)).all():
        raise FaceModelError(
            f"{path}: holds {len(words)} values; expected {components} positive numbers"
        )
    return values
