import numpy as np
import pytest

from face2param.estimator import colour_readings, colour_space
from face2param.estimator.white_balance import Light
from face2param.regions import INDEX
from tests.estimator import drawn_face

NEUTRAL = Light(np.ones(3), 0.0, {})


def palette(image, landmarks, probabilities):
    return colour_readings.Palette(image, landmarks, probabilities, NEUTRAL)


@pytest.fixture(scope="module")
def photo():
    return drawn_face.draw(hair_bottom=1.2)


@pytest.mark.parametrize(
    ("read", "true"),
    [
        (colour_readings.skin, drawn_face.SKIN),
        (colour_readings.hair, drawn_face.HAIR),
        (lambda p: colour_readings.brows(p, np.array(drawn_face.SKIN)), drawn_face.BROWS),
        (colour_readings.lips, drawn_face.LIPS),
        (colour_readings.irises, drawn_face.IRIS),
    ],
)
def test_flat_colours_are_read_as_drawn(photo, read, true):
    seen = read(palette(*photo))
    np.testing.assert_allclose(seen.lab, true, atol=0.5)  # the float32 of the picture
    assert seen.pixels > 20


def test_highlights_and_a_bright_background_do_not_reach_the_hair(photo):
    image, landmarks, probabilities = photo
    rng = np.random.default_rng(0)
    shiny = image.copy()
    shiny[rng.uniform(size=image.shape[:2]) < 0.1] = 1.0
    # The parser takes a rim of the background for hair.
    wider = probabilities.copy()
    hair = probabilities[..., INDEX["hair"]] > 0
    rim = np.zeros_like(hair)
    rim[:, 2:] = hair[:, :-2]
    rim &= probabilities[..., INDEX["background"]] > 0
    wider[rim] = np.eye(19)[INDEX["hair"]]
    seen = colour_readings.hair(palette(shiny, landmarks, wider))
    np.testing.assert_allclose(seen.lab, drawn_face.HAIR, atol=1.0)


def test_brows_are_read_from_their_hairs_be_they_darker_or_paler_than_skin(photo):
    image, landmarks, probabilities = photo
    brows = probabilities[..., INDEX["l_brow"]] + probabilities[..., INDEX["r_brow"]] > 0
    columns = np.arange(image.shape[1]) % 2 == 0
    for hairs in ((22, 5, 6), (85, 1, 2)):
        mixed = image.copy()
        mixed[brows] = colour_space.linear_to_srgb(colour_space.lab_to_linear(drawn_face.SKIN))
        mixed[brows & columns] = colour_space.linear_to_srgb(colour_space.lab_to_linear(hairs))
        seen = colour_readings.brows(
            palette(mixed, landmarks, probabilities), np.array(drawn_face.SKIN)
        )
        np.testing.assert_allclose(seen.lab, hairs, atol=1.0)


def test_colours_are_averaged_in_linear_light(photo):
    image, landmarks, probabilities = photo
    image = image.copy()
    hair = probabilities[..., INDEX["hair"]] > 0
    stripes = hair & (np.arange(image.shape[0])[:, None] % 2 == 0)
    image[hair], image[stripes] = 0.2, 0.6
    seen = palette(image, landmarks, probabilities).mean(hair, 0.0, 1.0)
    share = stripes.sum() / hair.sum()
    linear = colour_space.srgb_to_linear(np.array([0.2, 0.6]))
    expected = linear[0] * (1 - share) + linear[1] * share
    np.testing.assert_allclose(seen.lab, colour_space.linear_to_lab(np.full(3, expected)), atol=0.2)


def test_a_beard_shows_where_it_grows(photo):
    image, landmarks, probabilities = photo
    bare, _ = colour_readings.beard(palette(*photo), drawn_face.SKIN)
    assert max(bare.values()) < 10
    points = np.asarray(landmarks)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    skin = probabilities[..., INDEX["skin"]] > 0
    chin = skin & (rows > points[57, 1] + 2) & (np.abs(columns - points[8, 0]) < 25)
    bearded = image.copy()
    bearded[chin] = colour_space.linear_to_srgb(colour_space.lab_to_linear((30, 6, 8)))
    signs, seen = colour_readings.beard(palette(bearded, landmarks, probabilities), drawn_face.SKIN)
    assert signs["chin"] > 30 and signs["moustache"] < 10 and signs["whiskers"] < 10
    np.testing.assert_allclose(seen.lab, (30, 6, 8), atol=1.0)


def test_what_is_not_in_the_picture_is_unseen():
    bald = palette(*drawn_face.draw(hair_bottom=None))
    seen = colour_readings.hair(bald)
    assert seen.pixels == 0 and np.isnan(seen.lab).all()


def test_colour_spaces_agree_with_known_colours_and_return():
    red = colour_space.srgb_to_lab(np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(red, (53.24, 80.09, 67.20), atol=0.02)  # CIE 15 for sRGB red
    lab = np.random.default_rng(0).uniform((20, -20, -20), (90, 20, 20), (50, 3))
    np.testing.assert_allclose(
        colour_space.linear_to_lab(colour_space.lab_to_linear(lab)), lab, atol=1e-6
    )
    assert colour_space.hex_code(red) == "#ff0000"


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_few_pixels_still_have_a_colour(photo, pixels):
    image, landmarks, probabilities = photo
    noisy = image * np.random.default_rng(0).uniform(0.5, 1.0, (*image.shape[:2], 1))
    found = palette(noisy.astype(np.float32), landmarks, probabilities)
    mask = np.zeros(image.shape[:2], bool)
    mask[10, 10 : 10 + pixels] = True
    seen = found.mean(mask)
    assert np.isfinite(seen.lab).all() and np.isfinite(seen.spread) and seen.pixels == pixels
