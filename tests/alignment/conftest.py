import numpy as np
import pytest

from face2param import images
from face2param.alignment import choose_face, detect_faces, predict_landmarks


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """`[512, 512, 3]` float32; one large face about (224, 115)."""
    data = pytest.importorskip("skimage.data")
    return images.from_uint8(data.astronaut())


@pytest.fixture(scope="session")
def astronaut_landmarks(astronaut) -> np.ndarray:
    return predict_landmarks(astronaut, choose_face(detect_faces(astronaut)))


@pytest.fixture(scope="session")
def canonical(astronaut_landmarks) -> np.ndarray:
    """Symmetric stand-in for an engine's landmarks at 256x256."""
    from face2param.landmarks import markup

    face = astronaut_landmarks - astronaut_landmarks[27] + [128, 110]
    return (face + markup.mirror_landmarks(face, 256)) / 2
