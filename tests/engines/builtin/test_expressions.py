import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import canonical, expressions, eyes, geometry, mouth_cavity

FAMILY = schema.load("builtin")
NEUTRAL = FAMILY.neutral()


def _pose(**values):
    return geometry.pose_head(NEUTRAL, FAMILY.nuisance_vector(**values))


def _both(name, value=1.0):
    return {name + "Left": value, name + "Right": value}


def _gap(mesh, k):
    """Height of the opening of an eye in the middle (cm)."""
    ring = mesh.part("skin").vertices[mesh._canonical.topology.eye_rings[k, 0]]
    return np.linalg.norm(ring[12] - ring[36])


@pytest.mark.parametrize(
    "name", [c.name for c in FAMILY.nuisance if c.group not in ("pose", "gaze")]
)
def test_every_expression_moves_its_own_side(name):
    rest, mesh = _pose().part("skin").vertices, _pose(**{name: 1.0})
    move = np.linalg.norm(mesh.part("skin").vertices - rest, axis=1)
    assert move.max() > 0.15
    side = mesh._canonical.vertices[:, 0]
    if name.endswith("Left"):
        assert move[side > 0].sum() > 3 * move[side < 0].sum()
    if name.endswith("Right"):
        assert move[side < 0].sum() > 3 * move[side > 0].sum()


def test_blink_closes_the_eye_over_the_ball():
    open_eye = _gap(_pose(), 0)
    mesh = _pose(eyeBlinkLeft=1.0)
    assert _gap(mesh, 0) < 0.02 and _gap(mesh, 1) == pytest.approx(open_eye)
    skin = mesh.part("skin").vertices
    distance = np.linalg.norm(skin - mesh.eyes.centres[0], axis=1)
    front = (skin[:, 2] > mesh.eyes.centres[0, 2]) & (distance < 2.5)
    rims = mesh._canonical.topology.eye_rims.ravel()
    front[rims] = False
    assert distance[front].min() > mesh.eyes.radii[0] + 0.1
    assert _gap(_pose(**_both("eyeWide")), 0) > 1.15 * open_eye
    assert _gap(_pose(**_both("eyeSquint")), 0) < 0.75 * open_eye


def test_lids_of_random_heads_stay_off_the_eyeballs():
    for character in FAMILY.random(np.random.default_rng(2), 5):
        mesh = geometry.pose_head(character, FAMILY.nuisance_vector(gaze_pitch=-0.3))
        ring = mesh.face[mesh._canonical.topology.eye_rings[:, 0]]
        # Frontal head: `face` and world agree.
        distance = np.linalg.norm(ring - mesh.eyes.centres[:, None], axis=2)
        assert (distance > mesh.eyes.radii[0] + 0.1).all()


def test_lid_travel_never_overshoots():
    assert eyes.lid_travel(0, 0, 0, 0) == (0, 0)
    for blink in (0.0, 0.5, 1.0):
        upper, lower = eyes.lid_travel(blink, 0, 1.0, -0.4)
        assert upper + lower <= 1.0 + 1e-6
    assert eyes.lid_travel(0, 1, 0, 0)[0] < 0


def test_mouth_is_closed_at_rest_and_opens():
    def opening(mesh):
        line = mesh.part("skin").vertices[mesh._canonical.topology.mouth_line]
        columns = len(line) // 2 + 1
        return line[columns // 2, 1] - line[columns + (columns - 2) // 2, 1]

    assert abs(opening(_pose())) < 1e-4
    assert 2.0 < opening(_pose(jawOpen=1.0)) < 4.5
    assert opening(_pose(**_both("mouthUpperUp"))) > 0.4
    assert abs(opening(_pose(**_both("mouthSmile")))) < 0.05


def test_smile_pulls_the_corners_out_up_and_back():
    corner = canonical.canonical().topology.mouth_line[46]
    rest, smile = (m.part("skin").vertices[corner] for m in (_pose(), _pose(mouthSmileLeft=1.0)))
    dx, dy, dz = smile - rest
    assert dx > 0.4 and dy > 0.3 and dz < -0.1


def test_teeth_follow_their_jaw_and_stay_behind_the_lips():
    rest, wide = _pose(), _pose(jawOpen=1.0)
    upper = wide.part("teeth_upper").vertices - rest.part("teeth_upper").vertices
    lower = wide.part("teeth_lower").vertices - rest.part("teeth_lower").vertices
    assert np.abs(upper).max() < 1e-5 and lower[:, 1].max() < -0.5
    for character in FAMILY.random(np.random.default_rng(4), 6):
        mesh = geometry.pose_head(character)
        line = mesh.face[mesh._canonical.topology.mouth_line]
        teeth = mesh.part("teeth_upper").vertices
        for point in line[np.abs(line[:, 0]) < 2]:
            near = teeth[np.abs(teeth[:, 0] - point[0]) < 0.1]
            assert point[2] > near[:, 2].max() - 0.02


def test_paired_fields_are_mirror_images():
    head = canonical.canonical()
    fields = expressions.fields(head.vertices.astype(float), head.topology.lip_sign)
    assert set(fields) == set(expressions.FIELD_NAMES)
    for name in ("mouthSmile", "browDown", "noseSneer"):
        right = fields[name + "Left"][head.mirror] * [-1, 1, 1]
        np.testing.assert_allclose(fields[name + "Right"], right, atol=1e-9)


def test_teeth_rows_are_symmetric_and_mapped():
    for upper in (True, False):
        vertices, faces, uv = mouth_cavity.teeth(upper)
        order = np.lexsort(np.round(vertices.T, 4))
        flipped = vertices * [-1, 1, 1]
        again = np.lexsort(np.round(flipped.T, 4))
        np.testing.assert_allclose(vertices[order], flipped[again], atol=2e-3)
        assert uv.shape == (*faces.shape, 2) and 0 <= uv.min() and uv.max() <= 1
