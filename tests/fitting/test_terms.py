import numpy as np
import tensorflow as tf

from face2param import regions
from face2param.estimator.prior import LowRankGaussian
from face2param.fitting import terms, zones
from tests.fitting import toy


def random(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).random(shape).astype(np.float32))


def maps(rectangles, size=16):
    found = np.zeros((1, size, size, len(regions.MERGED)), np.float32)
    for name, (y0, y1, x0, x1) in rectangles.items():
        found[0, y0:y1, x0:x1, regions.MERGED.index(name)] = 1
    return tf.constant(found)


def test_every_term_is_zero_for_equal_measures_and_positive_for_others():
    face = tf.constant(toy.base_landmarks()[None])
    bent = face + 3 * random(1, 68, 2)
    valid = tf.ones([1, 16, 16, 1])
    a, b = maps({"hair": (0, 4, 0, 16)}), maps({"hair": (0, 8, 0, 16)})
    pairs = [
        (terms.identity_distance, random(1, 8), random(1, 8, seed=1), ()),
        (terms.identity_cosine, random(1, 8), random(1, 8, seed=1), ()),
        (terms.landmarks, face, bent, ()),
        (terms.region_overlap, a, b, (valid,)),
        (terms.zone_colours, random(1, 13, 3), random(1, 13, 3, seed=1), ()),
        (terms.hair_colour, random(1, 3), random(1, 3, seed=1), (tf.ones(1),)),
        (
            terms.appearance,
            random(1, 8, 8, 3),
            random(1, 8, 8, 3, seed=1),
            (tf.ones([1, 8, 8, 1]),),
        ),
        (terms.content, random(1, 4, 4, 2), random(1, 4, 4, 2, seed=1), ()),
    ]
    for term, one, other, rest in pairs:
        np.testing.assert_allclose(term(one, one, *rest), 0, atol=1e-5, err_msg=term.__name__)
        assert float(term(one, other, *rest)[0]) > 1e-3, term.__name__


def test_landmark_term_ignores_place_turn_and_size_and_is_in_eye_distances():
    face = tf.constant(toy.base_landmarks()[None])
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    np.testing.assert_allclose(terms.landmarks(face, 2 * face @ turn + 5), 0, atol=1e-4)
    # One landmark of 68 moved by a tenth of the eye distance: its share of the weights.
    eyes = float(tf.norm(face[0, 36] - face[0, 45]))
    moved = tf.tensor_scatter_nd_add(face, [[0, 30, 0]], [0.1 * eyes])
    share = terms.LANDMARK_WEIGHTS[30] / terms.LANDMARK_WEIGHTS.sum()
    np.testing.assert_allclose(terms.landmarks(face, moved)[0], 0.09 * share, rtol=0.4)


def test_overlap_of_halves_and_of_absent_regions():
    valid = tf.ones([1, 16, 16, 1])
    hair = regions.MERGED.index("hair")
    a, b = maps({"hair": (0, 4, 0, 16)}), maps({"hair": (0, 8, 0, 16)})
    iou = terms.region_iou(a, b, valid)[0].numpy()
    np.testing.assert_allclose(iou[hair], 0.5, atol=0.02)
    np.testing.assert_allclose(np.delete(iou, hair), 1)
    glasses = maps({"hair": (0, 4, 0, 16), "glasses": (6, 8, 2, 14)})
    assert float(terms.region_overlap(a, glasses, valid)[0]) > 0.1


def test_a_wisp_of_hair_is_closer_to_a_bald_head_than_to_a_full_one():
    valid = tf.ones([1, 16, 16, 1])
    wisp, full = maps({"hair": (0, 1, 0, 3)}), maps({"hair": (0, 4, 0, 16)})
    bald = float(terms.region_overlap(wisp, maps({}), valid)[0])
    assert bald < 0.8 * float(terms.region_overlap(wisp, full, valid)[0])


def test_outside_of_the_photograph_does_not_count():
    a, b = maps({"hair": (0, 4, 0, 16)}), maps({"hair": (0, 8, 0, 16)})
    valid = tf.constant(np.ones((1, 16, 16, 1), np.float32))
    below = tf.concat([valid[:, :4], 0 * valid[:, 4:8], valid[:, 8:]], 1)
    np.testing.assert_allclose(terms.region_overlap(a, b, below), 0, atol=1e-6)


def test_zone_colours_tell_a_beard_from_a_shadow():
    rng = np.random.default_rng(0)
    skin = np.full((1, len(zones.NAMES), 3), [0.65, 0.18, 0.17]) + 0.01 * rng.random((1, 13, 3))
    lower = [zones.NAMES.index(name) for name in ("chin", "moustache", "jaw")]
    shadowed, bearded = skin.copy(), skin.copy()
    shadowed[0, lower, 0] -= 0.12
    bearded[0, lower] -= [0.0, 0.09, 0.08]  # grey: no darker than the skin, but no red in it
    skin, shadowed, bearded = (tf.constant(part, tf.float32) for part in (skin, shadowed, bearded))
    beard, shadow = (float(terms.zone_colours(skin, other)[0]) for other in (bearded, shadowed))
    assert beard > shadow > 0


def test_zone_colours_forgive_a_darker_light_more_than_a_beard_in_it():
    skin = np.full((1, len(zones.NAMES), 3), [0.65, 0.18, 0.17])
    dimmed = skin - [0.1, 0, 0]
    bearded = dimmed.copy()
    bearded[0, zones.NAMES.index("chin")] -= [0.1, 0.08, 0.08]
    skin, dimmed, bearded = (tf.constant(part, tf.float32) for part in (skin, dimmed, bearded))
    assert terms.zone_colours(skin, dimmed)[0] < terms.zone_colours(skin, bearded)[0]
    assert terms.zone_colours(dimmed, bearded)[0] > 0.01


def test_appearance_ignores_gain_and_offset_but_not_shadows():
    photo, weights = random(1, 8, 8, 3), tf.ones([1, 8, 8, 1])
    np.testing.assert_allclose(terms.appearance(photo, 0.5 * photo + 0.2, weights), 0, atol=2e-3)
    shade = np.ones((1, 8, 8, 1), np.float32)
    shade[:, :, :4] = 0.5
    assert float(terms.appearance(photo, photo * shade, weights)[0]) > 0.2


def test_hair_counts_only_where_both_have_some():
    a, none = maps({"hair": (0, 4, 0, 16)}), maps({})
    np.testing.assert_allclose(terms.hair_present(a, a), 1)
    np.testing.assert_allclose(terms.hair_present(a, none), 0)


def test_prior_counts_standard_deviations():
    values = tf.constant([[0.5, 0.9, 0.3]])
    found = terms.prior(values, tf.constant([0.5, 0.5, 0.0]), tf.constant([4.0, 25.0, 0.0]))
    np.testing.assert_allclose(found, [(0 + 4) / 2], rtol=1e-5)


def test_prior_with_a_correction_is_the_full_gaussian_and_its_gradient():
    factors = np.float32([[0.3, 0.0], [0.3, 0.1], [0.0, 0.2]])
    noise = np.float32([0.02, 0.03, 0.04])
    known = LowRankGaussian(np.float32([0.5, 0.4, 0.6]), factors, noise, "s", "h")
    inverse = np.linalg.inv(factors @ factors.T + np.diag(noise))
    values = tf.constant([[0.9, 0.1, 0.3], [0.4, 0.5, 0.6]])
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = terms.prior(
            values, tf.constant(known.mean), tf.constant(known.precision), known.correction
        )
    difference = values.numpy() - known.mean
    np.testing.assert_allclose(
        found, np.einsum("bi,ij,bj->b", difference, inverse, difference) / 3, rtol=1e-4
    )
    np.testing.assert_allclose(
        tape.gradient(found, values), 2 * difference @ inverse / 3, rtol=1e-3, atol=1e-3
    )


def test_landmark_gradient_matches_finite_differences():
    face = tf.constant(toy.base_landmarks()[None])
    start = face + 2 * random(1, 68, 2)
    direction = random(1, 68, 2, seed=3) - 0.5
    with tf.GradientTape() as tape:
        tape.watch(start)
        value = terms.landmarks(face, start)
    slope = float(tf.reduce_sum(tape.gradient(value, start) * direction))
    up = terms.landmarks(face, start + 0.05 * direction)
    down = terms.landmarks(face, start - 0.05 * direction)
    np.testing.assert_allclose(slope, (up - down)[0] / 0.1, rtol=0.02)
