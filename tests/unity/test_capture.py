"""The capture camera's arithmetic, and that its shaders are there."""

import numpy as np
import pytest

from face2param import regions
from tests.unity.mono import PACKAGE


def test_projection_is_that_of_a_pinhole(driver):
    # Unity is left-handed: a camera at +z that looks at the origin has -x on its right.
    points = [(0, 0, 0), (-0.1, 0.05, 0.02), (0.07, -0.12, -0.1)]
    text = driver(
        *("project", "0,0.1,1.2", "0,0.1,0", 18, "480,640"),
        " ".join(",".join(map(str, point)) for point in points),
    )
    shown = np.array([[float(n) for n in point.split(",")] for point in text.split()])
    focal = 240 / np.tan(np.radians(9))
    for (x, y, z), (px, py, depth) in zip(points, shown, strict=True):
        assert depth == pytest.approx(1.2 - z, abs=1e-6)
        assert px == pytest.approx(320 - focal * x / depth, abs=1e-3)
        assert py == pytest.approx(240 - focal * (y - 0.1) / depth, abs=1e-3)


@pytest.mark.parametrize(
    ("point", "depth", "seen"),
    [
        ("1.5,1.5,1.0", "2 2 2 2 1 2 2 2 2", "yes"),
        ("1.5,1.5,1.0", "0.9 0.9 0.9 0.9 0.9 0.9 0.9 0.9 0.9", "no"),  # Something is before it.
        ("1.5,1.5,1.0", "0.9 0.9 0.9 0.9 0.9 0.9 0.9 0.9 inf", "yes"),  # On the outline.
        ("3.5,1.5,1.0", "2 2 2 2 2 2 2 2 2", "no"),  # Outside of the picture.
        ("1.5,1.5,-1", "2 2 2 2 2 2 2 2 2", "no"),  # Behind the camera.
    ],
)
def test_a_landmark_is_seen_where_nothing_is_before_it(driver, point, depth, seen):
    assert driver("visible", point, depth) == seen


@pytest.mark.parametrize("name", ["Labels", "Depth", "Normals"])
def test_the_passes_have_their_shaders(name):
    text = (PACKAGE / "Shaders" / f"{name}.shader").read_text()
    assert f'Shader "Hidden/Face2Param/{name}"' in text
    for kind in ("Opaque", "TransparentCutout", "Transparent"):
        assert f'"RenderType" = "{kind}"' in text
    assert text.count("{") == text.count("}")


def test_the_classes_are_pythons():
    text = (PACKAGE / "Runtime" / "Capture" / "FaceLabels.cs").read_text()
    listed = text.split("Classes =")[1].split("};")[0]
    assert tuple(listed.replace("{", "").replace('"', "").replace(",", " ").split()) == (
        regions.CLASSES
    )
