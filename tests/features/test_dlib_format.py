import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.features.dlib_format import parse_network, read_network
from tests.features import dlib_bytes


@pytest.fixture
def network():
    return dlib_bytes.tiny_network(np.random.default_rng(0))


def test_layers_come_in_forward_order_with_their_weights(network):
    data, truth = network
    parsed = parse_network(data)
    assert parsed.size == (15, 15)
    assert parsed.mean == (1.0, 2.0, 3.0)
    assert parsed.threshold == 0.5
    kinds = [layer.kind for layer in parsed.layers]
    assert kinds[:4] == ["convolution", "affine", "relu", "max_pool"]
    assert kinds[-2:] == ["average_pool", "dense"]
    np.testing.assert_array_equal(parsed.layers[0].weights, truth["weights"]["stem"])
    np.testing.assert_array_equal(parsed.layers[1].weights, truth["scale"][2])
    np.testing.assert_array_equal(parsed.layers[-1].weights, truth["weights"]["dense"])
    assert parsed.layers[4].stride == (2, 2)


@pytest.mark.parametrize("kept", [0, 1, 30, 200, -1])
def test_a_cut_file_is_refused(network, kept):
    with pytest.raises(WeightsError, match="byte"):
        parse_network(network[0][:kept])


def test_every_cut_is_refused_and_none_crashes(network):
    data = network[0]
    for kept in range(0, len(data), 17):
        with pytest.raises(WeightsError):
            parse_network(data[:kept])


def test_damaged_bytes_never_raise_anything_else(network):
    data = np.frombuffer(network[0], np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(300):
        broken = data.copy()
        broken[rng.integers(len(data), size=3)] = rng.integers(256, size=3)
        try:
            parse_network(broken.tobytes())
        except WeightsError:
            pass


def test_a_promised_tensor_larger_than_the_file_takes_no_memory(network):
    data = network[0]
    start = data.index(b"con_4") + 5
    giant = dlib_bytes.integer(2) + dlib_bytes.shape(2**30, 2**30, 2**30, 2**30)
    with pytest.raises(WeightsError, match="bytes are promised"):
        parse_network(data[:start] + giant + data[start:])


def test_left_over_bytes_and_unknown_layers_are_named(network):
    data = network[0]
    with pytest.raises(WeightsError, match="3 bytes are left over"):
        parse_network(data + b"abc")
    with pytest.raises(WeightsError, match="'relx_' is no known layer"):
        parse_network(data.replace(b"relu_", b"relx_"))
    with pytest.raises(WeightsError, match="loss_metric expected"):
        parse_network(data.replace(b"loss_metric_2", b"loss_strange2"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WeightsError, match="cannot be read"):
        read_network(tmp_path / "nothing.dat")
