"""Makeup layers in C# give Python's pixels; the shader is written in the same words."""

import numpy as np
import pytest
from PIL import Image

from face2param.engines.rigged.head_file import BLENDS, Layer
from face2param.engines.rigged.layers import compose, pack
from tests.unity.mono import PACKAGE, Refused

LAYERS = {
    "plain": {},
    "half": {"amount": 0.5, "color": (0.6, 0.05, 0.1)},
    "too much": {"amount": 3.0, "color": (0.2, 0.05, 0.9)},
    "multiply": {"blend": "multiply", "color": (0.9, 0.4, 0.3)},
    "linear light": {"blend": "linear_light", "color": (0.3, 0.2, 0.1), "amount": 0.7},
    "shifted": {"hue": 0.4, "saturation": -0.2, "value": 0.1, "color": (0.5, 0.3, 0.2)},
    "turned": {"offset": (0.1, -0.2), "rotation": 0.7, "scale": 0.6},
    "large": {"scale": 1.7, "rotation": -2.0, "color": (0, 0, 0)},
    "none": {"amount": 0.0},
}
TOLERANCE = 1  # of 255: float32 there, float64 here, and the rounding between them.


@pytest.fixture
def painted(driver, tmp_path):
    """Composes in C#: base, layers and masks as `compose` takes them."""

    def run(base, layers, masks, size):
        fields = [save(base, "base"), *size, tmp_path / "drawn.rgba"]
        for i, (layer, mask) in enumerate(zip(layers, masks, strict=True)):
            fields += [numbers(layer), save(mask, f"mask{i}")]
            fields.append("grey" if mask.shape[2] == 1 else "colour")
        assert driver("makeup", *fields) == f"{size[1]}x{size[0]}"
        return np.fromfile(tmp_path / "drawn.rgba", np.uint8).reshape(*size, 4)

    def save(pixels, name):
        height, width, channels = pixels.shape
        rgba = np.full((height, width, 4), 255, np.uint8)
        rgba[..., : max(channels, 3)] = pixels
        path = tmp_path / f"{name}_{height}x{width}.rgba"
        rgba.tofile(path)
        return path

    return run


def numbers(layer: Layer) -> str:
    fields = (*layer.color, layer.amount, BLENDS.index(layer.blend), layer.hue)
    fields += (layer.saturation, layer.value, *layer.offset, layer.rotation, layer.scale)
    return " ".join(repr(float(field)) for field in fields)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_pythons_pixels(painted, name, channels):
    rng = np.random.default_rng(5)
    base = rng.integers(0, 256, (24, 32, 4), np.uint8)
    mask = rng.integers(0, 256, (9, 7, channels), np.uint8)
    layer = Layer("one", "mask.png", **LAYERS[name])
    ours = compose(base, [layer], pack([mask]), (24, 32)).astype(int)
    theirs = painted(base, [layer], [mask], (24, 32)).astype(int)
    difference = np.abs(ours - theirs)
    # A point on the very border of the mask may fall on either side of it.
    assert np.quantile(difference, 0.995) <= TOLERANCE, difference.max()
    if name not in ("turned", "large"):
        assert difference.max() <= TOLERANCE


def test_several_layers_over_a_stretched_base(painted):
    rng = np.random.default_rng(6)
    base = rng.integers(0, 256, (10, 12, 3), np.uint8)
    layers = [Layer(str(i), "m", **LAYERS[name]) for i, name in enumerate(list(LAYERS)[1:6])]
    masks = [rng.integers(0, 256, (16, 16, 1 + 3 * (i % 2)), np.uint8) for i in range(5)]
    ours = compose(base, layers, pack(masks), (40, 40)).astype(int)
    theirs = painted(base, layers, masks, (40, 40)).astype(int)
    assert np.abs(ours - theirs).max() <= TOLERANCE
    assert np.abs(ours[..., :3] - compose(base, [], pack([]), (40, 40))[..., :3]).mean() > 10


def test_grey_pictures_are_recognised(driver, tmp_path):
    grey = Image.new("L", (5, 4), 128)
    cases = {
        "l.png": grey,
        "rgb.png": grey.convert("RGB"),
        "rgba.png": grey.convert("RGBA"),
        "la.png": grey.convert("LA"),
        "p.png": grey.convert("P"),
        "l.jpg": grey,
        "rgb.jpg": grey.convert("RGB"),
    }
    for name, picture in cases.items():
        picture.save(tmp_path / name)
    grey.save(tmp_path / "key.png", transparency=128)
    answers = driver("is_grey", *(tmp_path / name for name in [*cases, "key.png"])).split()
    expected = {"l.png": "grey", "l.jpg": "grey"}
    assert answers == [expected.get(name, "colour") for name in [*cases, "key.png"]]
    for size in range(30):
        (tmp_path / "cut").write_bytes((tmp_path / "l.jpg").read_bytes()[:size])
        assert driver("is_grey", tmp_path / "cut") == "colour"


def test_pixels_of_another_size_are_refused(driver, tmp_path):
    np.zeros((2, 2, 4), np.uint8).tofile(tmp_path / "base_2x2.rgba")
    np.zeros((2, 3, 4), np.uint8).tofile(tmp_path / "mask_2x2.rgba")
    layer = numbers(Layer("one", "mask.png"))
    with pytest.raises(Refused, match="24 bytes cannot be 2x2 RGBA"):
        driver(
            *("makeup", tmp_path / "base_2x2.rgba", 2, 2, tmp_path / "out"),
            *(layer, tmp_path / "mask_2x2.rgba", "colour"),
        )


def test_every_property_of_the_shader_is_set():
    shader = (PACKAGE / "Shaders" / "Makeup.shader").read_text()
    composer = (PACKAGE / "Runtime" / "Makeup" / "MakeupComposer.cs").read_text()
    properties = {line.split()[0] for line in shader.splitlines() if line.startswith("        _")}
    for name in properties - {"_MainTex"}:  # Blit sets that one.
        assert f'("{name}"' in composer, name
    assert 'ShaderName = "Hidden/Face2Param/Makeup"' in composer
    assert 'Shader "Hidden/Face2Param/Makeup"' in shader
