"""The renderer without compiled kernels: what a SavedModel or a GPU gets."""

import numpy as np
import tensorflow as tf

from face2param.morphable.decode import Decoder
from face2param.reconstruction.renderer import Renderer
from tests.reconstruction.test_objective import CAMERA, face
from tests.reconstruction.toy import dome


def test_the_twin_draws_the_same_face_from_graph_operations_alone():
    drawn = Renderer(Decoder(dome()), CAMERA)(face())
    twin = Renderer(Decoder(dome()), CAMERA, backend="tensorflow")
    graph = tf.function(lambda rows: twin(rows).image).get_concrete_function(face())
    kinds = {operation.type for operation in graph.graph.get_operations()}
    kinds |= {
        node.op for function in graph.graph.as_graph_def().library.function
        for node in function.node_def
    }  # fmt: skip
    assert not any("PyFunc" in kind for kind in kinds)
    np.testing.assert_allclose(twin(face()).image, drawn.image, atol=2e-5)
