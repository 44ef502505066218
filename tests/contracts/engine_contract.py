"""What every engine promises; each engine's test module derives a class from this one.

class TestMyEngine(EngineContract):
    @pytest.fixture(scope="class")
    def engine(self): ...
"""

import typing

import numpy as np
import pytest

from face2param import regions, schema
from face2param.engines import Engine
from face2param.errors import EngineError

SMALL = (128, 128)


class EngineContract:
    """Derive, provide the fixture `engine`, and override the numbers that differ."""

    # Continuous parameters that no picture of the neutral character can show, by name, with the
    # choices (or values) under which they do.
    needs: typing.ClassVar[dict[str, dict]] = {}
    # Share of pixels whose label may differ between a character and the mirror image of its
    # mirrored self (pixels at borders).
    mirror_labels = 0.01
    # The same for landmarks, pixels of a 128 picture.
    mirror_pixels = 0.5

    @pytest.fixture(scope="class")
    def quick(self, engine):
        """An engine for the many pictures of the parameter tests: poorer light is fine."""
        return engine

    @pytest.fixture(scope="class")
    def neutral(self, engine):
        return engine.schema.neutral()

    @pytest.fixture(scope="class")
    def picture(self, engine, neutral):
        return engine.render(neutral, size=SMALL, supersample=1)

    def test_is_an_engine(self, engine):
        assert isinstance(engine, Engine)
        assert engine.name
        assert engine.version

    def test_shapes_and_ranges(self, engine, neutral):
        picture = engine.render(neutral, size=(96, 128), supersample=2)
        assert picture.image.shape == (96, 128, 3)
        assert picture.image.dtype == np.float32
        assert 0.0 <= picture.image.min() <= picture.image.max() <= 1.0
        assert picture.labels.shape == (96, 128)
        assert picture.labels.dtype == np.uint8
        assert picture.labels.max() < len(regions.CLASSES)
        assert picture.landmarks.shape == (68, 2)
        assert picture.landmarks3d.shape == (68, 3)
        assert picture.visibility.shape == (68,)
        assert picture.visibility.dtype == bool
        assert picture.depth.shape == (96, 128)
        assert picture.normals.shape == (96, 128, 3)

    def test_annotations_agree(self, picture):
        shown = np.isfinite(picture.depth)
        np.testing.assert_array_equal(shown, picture.labels != regions.INDEX["background"])
        length = np.linalg.norm(picture.normals, axis=-1)
        solid = shown & (picture.labels != regions.INDEX["hair"])
        np.testing.assert_allclose(length[solid], 1.0, atol=1e-3)

    def test_landmarks_lie_on_the_face(self, picture):
        x, y = picture.landmarks.T
        assert (x > 0).all()
        assert (x < SMALL[1]).all()
        assert (y > 0).all()
        assert (y < SMALL[0]).all()
        left, right = picture.landmarks[36:42].mean(0), picture.landmarks[42:48].mean(0)
        assert left[0] < right[0]
        at = picture.labels[tuple(np.array([left, right])[:, ::-1].astype(int).T)]
        assert [regions.CLASSES[k] for k in at] == ["l_eye", "r_eye"]
        mouth, chin = picture.landmarks[51:60].mean(0), picture.landmarks[8]
        assert left[1] < picture.landmarks[30, 1] < mouth[1] < chin[1]
        assert picture.visibility[27:].all()

    def test_same_bits_again(self, engine, neutral, picture):
        again = engine.render(neutral, size=SMALL, supersample=1)
        for field in picture.__dataclass_fields__:
            assert getattr(picture, field).tobytes() == getattr(again, field).tobytes(), field

    def test_independent_of_what_was_drawn_before(self, engine, neutral, picture):
        engine.render(engine.schema.random(np.random.default_rng(3), 1)[0], size=SMALL)
        again = engine.render(neutral, size=SMALL, supersample=1)
        assert picture.image.tobytes() == again.image.tobytes()

    def test_every_continuous_parameter_shows(self, quick, neutral):
        silent = []
        picture = quick.render(neutral, size=SMALL, supersample=1)
        for parameter in quick.schema.continuous:
            base, before = neutral, picture
            if parameter.name in self.needs:
                base = neutral.replace(**self.needs[parameter.name])
                before = quick.render(base, size=SMALL, supersample=1)
            value = 1.0 if base[parameter.name] < 0.75 else 0.0
            changed = base.replace(**{parameter.name: value})
            after = quick.render(changed, size=SMALL, supersample=1)
            if np.abs(after.image - before.image).max() < 1.0 / 255.0:
                silent.append(parameter.name)
        assert not silent, silent

    def test_every_option_shows(self, quick, neutral):
        for choice in quick.schema.choices:
            pictures = set()
            for option in choice.options:
                character = neutral.replace(**{choice.name: option})
                rendering = quick.render(character, size=(64, 64), supersample=1)
                pictures.add(rendering.image.tobytes())
            assert len(pictures) == len(choice.options), choice.name

    def test_every_nuisance_control_shows(self, quick, neutral):
        silent = []
        picture = quick.render(neutral, size=SMALL, supersample=1)
        for control in quick.schema.nuisance:
            vector = quick.schema.nuisance_vector(**{control.name: 0.8 * control.maximum})
            after = quick.render(neutral, vector, size=SMALL, supersample=1)
            if np.abs(after.image - picture.image).max() < 2.0 / 255.0:
                silent.append(control.name)
        assert not silent, silent

    def test_mirrored_character_mirrors(self, engine):
        character = engine.schema.random(np.random.default_rng(11), 1, 0.8)[0]
        plain = engine.render(character, size=SMALL, supersample=1)
        mirrored = engine.render(character.mirror(), size=SMALL, supersample=1)
        labels = regions.SWAP[mirrored.labels[:, ::-1]]
        assert (labels != plain.labels).mean() <= self.mirror_labels
        contour = plain.landmarks[[*range(16, -1, -1)]] * [-1, 1] + [SMALL[1], 0]
        np.testing.assert_allclose(mirrored.landmarks[:17], contour, atol=self.mirror_pixels)

    def test_background(self, engine, neutral, picture):
        wall = np.array([0.2, 0.9, 0.1], np.float32)
        plain = engine.render(neutral, size=SMALL, supersample=1, background=wall)
        behind = picture.labels == regions.INDEX["background"]
        np.testing.assert_allclose(plain.image[0, 0], wall, atol=0.01)
        np.testing.assert_array_equal(plain.labels, picture.labels)
        assert np.abs(plain.image - picture.image)[~behind].mean() < 0.02

    def test_canonical_landmarks(self, engine, picture):
        np.testing.assert_allclose(engine.canonical_landmarks(SMALL), picture.landmarks, atol=1e-3)

    def test_character_of_another_schema_is_refused(self, engine):
        other = schema.load("facenn95").neutral()
        with pytest.raises(EngineError, match="facenn95"):
            engine.render(other)

    @pytest.mark.parametrize("size", [(4, 128), (128, 100_000), (128,), (12.5, 128), "big"])
    def test_silly_size_is_refused(self, engine, neutral, size):
        with pytest.raises(EngineError, match=r"size must be \(height, width\).* from \d+ to"):
            engine.render(neutral, size=size)

    def test_silly_supersample_is_refused(self, engine, neutral):
        with pytest.raises(EngineError, match=r"supersample must be .* from 1 to"):
            engine.render(neutral, size=SMALL, supersample=0)

    def test_wrong_nuisance_is_refused(self, engine, neutral):
        with pytest.raises(EngineError, match="nuisance must be"):
            engine.render(neutral, np.zeros(3, np.float32), size=SMALL)

    @pytest.mark.parametrize("wall", [np.zeros((5, 5, 3)), np.array([2.0, 0.0, 0.0])])
    def test_wrong_background_is_refused(self, engine, neutral, wall):
        with pytest.raises(EngineError, match="background must"):
            engine.render(neutral, size=SMALL, background=wall)
