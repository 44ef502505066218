import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.estimator import colour_sliders
from tests.estimator import toy


def heads(count=400, seed=0):
    """Two places: the first is painted by the first slider, the second one sometimes unseen."""
    rng = np.random.default_rng(seed)
    characters = rng.random((count, toy.SCHEMA.width)).astype(np.float32)
    colours = rng.normal(0.5, 0.02, (count, 2, 3))
    colours[:, 0, 0] += 0.6 * characters[:, 0] ** 2
    colours[::7, 1] = np.nan
    return colours, characters


def test_the_painted_slider_is_found_and_the_others_are_left_alone():
    colours, characters = heads()
    found = colour_sliders.fit(colours, characters, toy.SCHEMA)
    assert found.names == toy.SCHEMA.names[:1]
    assert colour_sliders.table(found)[found.names[0]] > 0.8
    new, truths = heads(50, seed=1)
    values = np.zeros((50, toy.SCHEMA.width), np.float32)
    answer = found.applied(values, new, toy.SCHEMA)
    assert np.abs(answer[:, 0] - truths[:, 0]).mean() < 0.08
    assert not answer[:, 1:].any() and not values.any()
    assert (found(100 * new) <= 1).all()


def test_colours_that_tell_nothing_make_no_regression():
    colours, characters = heads()
    assert colour_sliders.fit(colours[:, 1:], characters, toy.SCHEMA) is None
    with pytest.raises(ValueError, match="colours of 3 heads, characters of 400"):
        colour_sliders.fit(colours[:3], characters, toy.SCHEMA)


def test_saved_and_read_again(tmp_path):
    colours, characters = heads()
    assert colour_sliders.ColourSliders.load(tmp_path) is None
    made = colour_sliders.fit(colours, characters, toy.SCHEMA)
    made.save(tmp_path)
    read = colour_sliders.ColourSliders.load(tmp_path)
    np.testing.assert_array_equal(read(colours), made(colours))
    with pytest.raises(ValueError, match=r"colours: must be \[batch, 2, 3\], got \(400, 1, 3\)"):
        read(colours[:, 1:])
    path = tmp_path / colour_sliders.FILE
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(WeightsError, match=r"colours\.npz cannot be read"):
        colour_sliders.ColourSliders.load(tmp_path)


def test_sliders_of_another_schema_are_an_error():
    colours, characters = heads()
    made = colour_sliders.fit(colours, characters, toy.SCHEMA)
    from face2param import schema

    with pytest.raises(WeightsError, match=r"colours\.npz belongs to schema .*, not to builtin"):
        made.applied(characters, colours, schema.load("builtin"))
