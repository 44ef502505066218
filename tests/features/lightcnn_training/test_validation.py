import numpy as np
import pytest

from face2param import images
from face2param.features.lightcnn_training import validation
from face2param.features.lightcnn_training.validation import HeldOut
from tests.features.lightcnn_training.toy import PatternTeacher

RNG = np.random.default_rng(4)


def line(*places):
    places = np.array(places, float)
    return np.abs(places[:, None] - places[None])


def test_verification_counts_pairs_in_order():
    labels = np.array([0, 0, 1, 1])
    assert validation.verification_auc(line(0, 1, 5, 6), labels) == 1.0
    # Same: 0-3 (3), 5-1 (4). Different: 5, 1, 2, 2. Only 5 is further than both.
    assert validation.verification_auc(line(0, 3, 5, 1), labels) == pytest.approx(2 / 8)
    assert validation.verification_auc(np.ones((4, 4)), labels) == 0.5
    assert np.isnan(validation.verification_auc(line(0, 1, 5), np.array([0, 1, 2])))
    assert np.isnan(validation.verification_auc(line(0, 1, 5), np.array([2, 2, 2])))


def test_rank_agreement_asks_for_the_order_alone():
    distances = line(*RNG.random(12))
    assert validation.rank_agreement(distances**3, distances) == pytest.approx(1)
    assert validation.rank_agreement(-distances, distances) == pytest.approx(-1)
    assert abs(validation.rank_agreement(line(*RNG.random(60)), line(*RNG.random(60)))) < 0.2
    assert validation.rank_agreement(np.ones((12, 12)), distances) == 0


def test_rank_agreement_is_spearmans_with_ties():
    # Pairs (0,1), (0,2), (1,2): 1, 3, 2 against 1, 2, 1. Ranks 1 3 2 and 1.5 3 1.5.
    found = validation.rank_agreement(line(0, 1, 3), line(0, 1, 2))
    assert found == pytest.approx(np.corrcoef([1, 3, 2], [1.5, 3, 1.5])[0, 1])


def test_neighbours_are_shared_or_not():
    teacher = line(0, 1, 10, 11, 20, 21)
    assert validation.shared_neighbours(teacher * 2, teacher, among=1) == 1
    assert validation.shared_neighbours(line(0, 10, 20, 1, 11, 21), teacher, among=1) == 0


def test_a_teachers_distances_are_those_of_each_pair():
    teacher = PatternTeacher()
    embeddings = RNG.random((5, 6)).astype(np.float32)
    found = validation.all_distances(teacher, embeddings)
    expected = np.linalg.norm(embeddings[:, None] - embeddings[None], axis=-1)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def held(count=5, teacher=None, known=True):
    crops = RNG.integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)
    return HeldOut(crops, np.array([0, 0, 1, 1, 2])[:count], known, teacher)


def outputs(crops):
    """Describes a crop by its corners; always says person 1, with odds 3 to 1 to 1."""
    embedding = crops[:, ::7, ::7, 0].reshape(len(crops), 4)
    return {"embedding": embedding, "logits": np.tile(np.log([1.0, 3.0, 1.0]), (len(crops), 1))}


def test_metrics_of_a_classifier():
    metrics, distances = validation.evaluate(outputs, held())
    assert set(metrics) == {"verification_auc", "accuracy", "loss"}
    assert metrics["accuracy"] == pytest.approx(0.4)
    expected = -(2 * np.log(3 / 5) + 3 * np.log(1 / 5)) / 5
    assert metrics["loss"] == pytest.approx(expected, rel=1e-5)
    assert distances.shape == (5, 5) and np.allclose(np.diag(distances), 0, atol=1e-6)
    # People that the classifier does not know.
    assert set(validation.evaluate(outputs, held(known=False))[0]) == {"verification_auc"}


def test_the_centre_is_taken_away():
    data = held()
    centre = np.full(4, 0.5, np.float32)
    _, plain = validation.evaluate(outputs, data)
    _, moved = validation.evaluate(outputs, data, centre)
    found = outputs(images.from_uint8(data.crops))["embedding"] - centre
    np.testing.assert_allclose(moved, validation.cosine_distances(found), atol=1e-6)
    assert np.abs(moved - plain).max() > 0.1


def test_previews_show_neighbours_by_student_and_teacher(tmp_path):
    distances = line(0, 1, 10, 11, 20)
    validation.write_preview(tmp_path / "a.jpg", held(), distances)
    validation.write_preview(tmp_path / "b.jpg", held(teacher=distances), distances)
    one, two = (images.read_image(tmp_path / name) for name in ("a.jpg", "b.jpg"))
    assert one.shape[0] == two.shape[0]
    # The picture and 4 neighbours, then 4 more by the teacher; tiles of 96 with a gap of 6.
    assert (one.shape[1], two.shape[1]) == (5 * 102 + 6, 9 * 102 + 6)
