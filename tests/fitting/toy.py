"""A face of few numbers that the search can be tried on: closed forms, no networks."""

import numpy as np
import tensorflow as tf

from face2param import regions, schema
from face2param.fitting.measures import face_weights, measure
from face2param.fitting.objective import Callables, Prior
from face2param.fitting.search import Limits

SIZE = 64
NAMES = ("landmarks", "regions", "zones", "hair", "appearance", "descriptor")


def toy_schema() -> schema.Schema:
    return schema.Schema(
        name="toy",
        version="1",
        continuous=(
            schema.Continuous("width", "face"),
            schema.Continuous("nose_length", "nose"),
            schema.Continuous("skin_tone", "skin"),
            schema.Continuous("hair_tone", "hair"),
        ),
        choices=(schema.Choice("hair", "hair", ("short", "tall", "bald"), "short"),),
        nuisance=(
            schema.Nuisance("smile", "expression"),
            schema.Nuisance("head_yaw", "pose", -1.0, 1.0, unit="radian", mirror_sign=-1.0),
        ),
    )


def base_landmarks() -> np.ndarray:
    """A crude 68-point face in pixels of a SIZE x SIZE picture."""
    t = np.linspace(0, np.pi, 17)
    jaw = np.stack([32 - 18 * np.cos(t), 28 + 26 * np.sin(t)], 1)

    def line(x0, y0, x1, y1, n):
        return np.linspace((x0, y0), (x1, y1), n)

    def ring(x, y, a, b, n):
        s = np.linspace(np.pi, 3 * np.pi, n, endpoint=False)
        return np.stack([x + a * np.cos(s), y + b * np.sin(s)], 1)

    parts = [
        jaw,
        line(18, 23, 28, 22, 5),
        line(36, 22, 46, 23, 5),
        line(32, 27, 32, 37, 4),
        line(28, 40, 36, 40, 5),
        ring(23, 28, 4, 1.5, 6),
        ring(41, 28, 4, 1.5, 6),
        ring(32, 46, 8, 3, 12),
        ring(32, 46, 6, 1, 8),
    ]
    return np.concatenate(parts).astype(np.float32)


def imitate(encoded, nuisance, names):
    """Width stretches x, nose_length moves the nose, smile widens the mouth, yaw turns."""
    base = tf.constant(base_landmarks())
    width, nose = encoded[:, 0] - 0.5, encoded[:, 1] - 0.5
    smile, yaw = nuisance[:, 0], nuisance[:, 1]
    one = np.zeros((68, 2), np.float32)
    stretch, longer, wider, turn = one.copy(), one.copy(), one.copy(), one.copy()
    stretch[:17, 0] = (base_landmarks()[:17, 0] - 32) * 0.4
    longer[27:36, 1] = np.linspace(0, 6, 9)
    wider[48:68, 0] = (base_landmarks()[48:68, 0] - 32) * 0.5
    turn[27:36, 0] = 6
    moves = [(width, stretch), (nose, longer), (smile, wider), (yaw, turn)]
    landmarks = base + tf.add_n([a[:, None, None] * tf.constant(b) for a, b in moves])
    found = {"landmarks": landmarks}
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) + 0.5
    half = 18 * (1 + 0.4 * width)[:, None, None]
    face = tf.sigmoid(8 * (1 - ((x - 32) / half) ** 2 - ((y - 36) / 20) ** 2))
    height = tf.linalg.matvec(encoded[:, 4:7], tf.constant([6.0, 14.0, 0.0]))[:, None, None]
    hair = (1 - face) * tf.sigmoid(20 - y) * tf.sigmoid(y - 16 + height)
    hair = hair * tf.sigmoid(18 - tf.abs(x - 32)) * tf.minimum(height / 6, 1.0)
    skin_tone, hair_tone = encoded[:, 2, None, None], encoded[:, 3, None, None]
    back = 1 - face - hair
    red = face * (0.9 - 0.6 * skin_tone) + hair * (0.8 - 0.7 * hair_tone) + back * 0.2
    blue = face * (0.7 - 0.5 * skin_tone) + hair * (0.5 - 0.45 * hair_tone) + back * 0.6
    found["image"] = tf.stack([red, (red + blue) / 2, blue], -1)
    maps = [tf.zeros_like(face)] * len(regions.MERGED)
    for name, part in (("background", back), ("skin", face), ("hair", hair)):
        maps[regions.MERGED.index(name)] = part
    found["regions"] = tf.nn.avg_pool2d(tf.stack(maps, -1), 4, 4, "VALID")
    return {name: found[name] for name in names}


def embed(images, landmarks):
    small = tf.nn.avg_pool2d(images, 16, 16, "VALID")
    return tf.reshape(small, [-1, 48])


def callables() -> Callables:
    return Callables(imitate, embed)


def prior() -> Prior:
    mean = tf.constant([0.5] * 4 + [0.0] * 3)
    precision = tf.constant([4.0] * 4 + [0.0] * 3)
    return Prior(
        mean, precision, tf.constant([1.0, 0.0]), tf.constant([0.0, 1.0]), tf.constant([0, 1])
    )


def limits() -> Limits:
    return Limits(np.array([0.0, -0.5], np.float32), np.array([1.0, 0.5], np.float32))


def encode(**by_name) -> np.ndarray:
    family = toy_schema()
    return family.encode(family.neutral().replace(**by_name))


def nuisance(smile=0.0, yaw=0.0) -> np.ndarray:
    return np.array([[smile, yaw]], np.float32)


def photograph(encoded, pose, names=NAMES):
    """Measures of a 'photograph' that the toy drew; the descriptor is of the neutral face."""
    drawn = imitate(tf.constant(encoded), tf.constant(pose), ("image", "landmarks", "regions"))
    neutral = imitate(tf.constant(encoded), tf.constant(0 * pose), ("image", "landmarks"))
    photo = measure(drawn["image"], drawn["landmarks"], drawn["regions"], names, embed)
    photo["descriptor"] = embed(neutral["image"], neutral["landmarks"])
    photo["valid"] = tf.ones_like(drawn["regions"][..., :1])
    photo["face"] = face_weights(drawn["regions"])
    return photo


def draw(values, pose):
    """An 'engine' that differs from the imitation a little: brighter, landmarks shifted."""
    found = imitate(tf.constant(values), tf.constant(pose), ("image", "landmarks", "regions"))
    return {
        "image": np.clip(found["image"].numpy() + 0.03, 0, 1),
        "landmarks": found["landmarks"].numpy() + np.float32([0.5, 0.0]),
        "regions": found["regions"].numpy(),
    }
