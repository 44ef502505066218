import numpy as np
import pytest
from keras import ops

from face2param import features
from face2param.landmarks import similarity
from face2param.regions import INDEX
from tests.features import portraits
from tests.features.test_dlib_network import dlib_file


def test_the_shipped_network_reads_a_photograph_that_nobody_trained_on():
    astronaut = pytest.importorskip("skimage.data").astronaut()
    alignment = pytest.importorskip("face2param.alignment")
    dlib_file("dlib_landmarks68")
    size = 256
    photo = astronaut.astype(np.float32) / 255
    landmarks = alignment.predict_landmarks(photo, alignment.detect_faces(photo)[0])
    matrix = similarity.estimate_similarity(portraits.landmarks(size), landmarks)
    from face2param.features.sampling import affine_sample

    picture = affine_sample(photo[None], matrix[None].astype(np.float32), (size, size))
    answer = ops.convert_to_numpy(features.parsing().probabilities(picture))[0].argmax(-1)
    points = similarity.transform_points(similarity.invert(matrix), landmarks)

    def found(*spots, names):
        x, y = np.mean(spots, axis=0)
        part = answer[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]
        return np.isin(part, [INDEX[name] for name in names]).mean() > 0.5

    assert found(points[31], points[48], points[2], names=["skin"])
    assert found(points[35], points[54], points[14], names=["skin"])
    assert found(points[29], names=["nose"])
    assert found(*points[36:42], names=["l_eye"]) and found(*points[42:48], names=["r_eye"])
    assert found(*points[60:68], names=["u_lip", "l_lip", "mouth"])
    up = points[27] - points[8]
    assert found(points[27] + 0.75 * up, names=["hair"])
    assert answer[4, 4] == INDEX["background"] or answer[4, -4] == INDEX["background"]
