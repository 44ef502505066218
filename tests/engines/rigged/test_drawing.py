"""Materials on flat plates: colour, light, normal maps, alpha."""

import numpy as np
import pytest

from face2param.engines.builtin.lighting import Lighting
from face2param.engines.rigged.head_file import Layer
from face2param.engines.rigged.layers import srgb_decode
from face2param.meshes.gltf import Material, Texture
from face2param.regions import INDEX
from tests.engines.rigged import plates
from tests.engines.rigged.plates import draw, plate, unlit

WHITE = (1.0, 1.0, 1.0)
MIDDLE = (16, 16)


def developed(linear):
    """Display value of linear light below the film's shoulder."""
    return np.asarray(linear) ** (1 / 2.2)


def test_unlit_colour_is_base_times_texture_times_vertex_colour():
    grey = Texture("grey", np.full((4, 4, 3), 128, np.uint8))
    colours = np.tile((0.5, 1.0, 0.25, 1.0), (4, 1))
    picture = draw([plate(colours=colours)], [unlit((0.8, 0.6, 0.4), base_texture=0)], [grey])
    expected = np.array([0.8, 0.6, 0.4]) * [0.5, 1.0, 0.25] * srgb_decode(128 / 255)
    np.testing.assert_allclose(picture.image[MIDDLE], developed(expected), atol=0.004)


def test_texture_stands_upright():
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0], pixels[0, 1], pixels[1, 0] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    clamp = Texture("corners", pixels, ("clamp", "clamp"))
    image = draw([plate(size=0.165)], [unlit(WHITE, base_texture=0)], [clamp]).image
    # Row 0 of the texture is on top, column 0 on the viewer's left.
    assert image[2, 2].argmax() == 0
    assert image[2, -3].argmax() == 1
    assert image[-3, 2].argmax() == 2
    assert image[-3, -3].max() < 0.1


@pytest.mark.parametrize(("wrap", "expected"), [("repeat", 1), ("mirror", 0), ("clamp", 0)])
def test_wrapping(wrap, expected):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4, 1], pixels[:, 4:, 0] = 255, 255  # green left, red right
    uv = np.array([(0, 1), (1, 1), (1, 0), (0, 0)]) + [1.0, 0.0]
    texture = Texture("x", pixels, (wrap, wrap))
    image = draw([plate(size=0.165, uv=uv)], [unlit(WHITE, base_texture=0)], [texture]).image
    assert image[16, 6].argmax() == expected


def test_textures_are_averaged_in_linear_light():
    y, x = np.mgrid[0:256, 0:256]
    checks = np.repeat((255 * ((x + y) % 2)).astype(np.uint8)[..., None], 3, 2)
    image = draw(
        [plate(size=0.165)], [unlit(WHITE, base_texture=0)], [Texture("checks", checks)]
    ).image
    np.testing.assert_allclose(image[8:-8, 8:-8], developed(0.5), atol=0.006)


def test_key_light_comes_from_the_upper_left():
    def lit(x, y):
        normal = np.array([x, y, 1.0])
        normals = np.tile(normal / np.linalg.norm(normal), (4, 1))
        return draw([plate(normals=normals)], [Material("m", (0.5, 0.5, 0.5, 1))]).image[MIDDLE]

    assert (lit(-0.5, 0.0) > lit(0.5, 0.0) + 0.02).all()
    assert (lit(0.0, 0.5) > lit(0.0, -0.5) + 0.02).all()


@pytest.mark.parametrize("with_tangents", [False, True])
@pytest.mark.parametrize("flipped_u", [False, True])
def test_normal_map_turns_the_light(with_tangents, flipped_u):
    def normal_map(x, y):
        n = np.array([x, y, 1.0]) / np.linalg.norm([x, y, 1.0])
        return Texture("n", np.tile(np.round((n + 1) * 127.5).astype(np.uint8), (4, 4, 1)))

    side = -1.0 if flipped_u else 1.0
    uv = np.array([(0, 1), (1, 1), (1, 0), (0, 0)], float)
    if flipped_u:
        uv[:, 0] = 1 - uv[:, 0]
    tangents = np.tile((side, 0.0, 0.0, side), (4, 1)) if with_tangents else None

    def lit(x, y):
        shape = plate(uv=uv, tangents=tangents)
        material = Material("m", (0.5, 0.5, 0.5, 1), normal_texture=0)
        return draw([shape], [material], [normal_map(x, y)]).image[MIDDLE]

    def wanted(x, y):
        normal = np.array([x, y, 1.0])
        shape = plate(normals=np.tile(normal / np.linalg.norm(normal), (4, 1)))
        return draw([shape], [Material("m", (0.5, 0.5, 0.5, 1))]).image[MIDDLE]

    # Red leans towards +u, green up the picture (glTF). The room's light per vertex does not
    # follow the map, so only the key light is the same: brighter and darker, not equal.
    flat = lit(0.0, 0.0)
    for x, y in ((0.4, 0.0), (-0.4, 0.0), (0.0, 0.4), (0.0, -0.4)):
        change, expected = lit(x, y) - flat, wanted(side * x, y) - wanted(0.0, 0.0)
        if abs(expected[1]) > 0.01:
            assert np.sign(change[1]) == np.sign(expected[1]), (x, y)
    assert (lit(-side * 0.4, 0.0) > lit(side * 0.4, 0.0) + 0.02).all()
    assert (lit(0.0, 0.4) > lit(0.0, -0.4) + 0.02).all()


def test_rough_and_smooth():
    # The normal half way between the key light and the camera mirrors one into the other.
    half = Lighting().key_direction + [0.0, 0.0, 1.0]
    normals = np.tile(half / np.linalg.norm(half), (4, 1))

    def shine(roughness):
        material = Material("m", (0.1, 0.1, 0.1, 1), roughness=roughness)
        return draw([plate(normals=normals)], [material]).image[MIDDLE].mean()

    assert shine(0.2) > shine(0.5) > shine(0.9)


def test_metal_takes_the_colour_into_its_gloss():
    half = Lighting().key_direction + [0.0, 0.0, 1.0]
    normals = np.tile(half / np.linalg.norm(half), (4, 1))
    gold = Material("gold", (0.9, 0.6, 0.1, 1), metallic=1.0, roughness=0.3)
    image = draw([plate(normals=normals)], [gold]).image[MIDDLE]
    assert image[0] > image[1] > image[2] + 0.1


def test_emission_is_added():
    dark = draw([plate()], [Material("m", (0.2, 0.2, 0.2, 1))]).image[MIDDLE]
    glow = draw([plate()], [Material("m", (0.2, 0.2, 0.2, 1), emissive=(0.0, 0.3, 0.0))])
    glow = glow.image[MIDDLE]
    assert glow[1] > dark[1] + 0.1
    np.testing.assert_allclose(glow[[0, 2]], dark[[0, 2]], atol=1e-6)


def test_back_faces_show_only_where_they_are_double_sided():
    single = draw([plate(turned=True)], [unlit((1, 0, 0))])
    assert (single.labels == 0).all()
    double = draw([plate(turned=True)], [unlit((1, 0, 0), double_sided=True)])
    assert (double.labels[8:-8, 8:-8] == INDEX["cloth"]).all()
    # Its normal is turned to the camera.
    lit = draw([plate(turned=True)], [Material("m", (0.5, 0.5, 0.5, 1), double_sided=True)])
    np.testing.assert_allclose(lit.normals[MIDDLE], (0, 0, -1), atol=1e-3)


def gradient():
    """Alpha from 0 on the left to 1 on the right."""
    pixels = np.full((4, 64, 4), 255, np.uint8)
    pixels[..., 3] = np.linspace(0, 255, 64).round()
    return Texture("gradient", pixels, ("clamp", "clamp"))


def test_masked_surfaces_are_there_or_not():
    material = unlit((1, 0, 0), base_texture=0, alpha_mode="mask", alpha_cutoff=0.25)
    picture = draw([plate(size=0.165)], [material], [gradient()])
    shown = picture.labels[16] == INDEX["cloth"]
    np.testing.assert_array_equal(shown, np.arange(32) >= 8)
    np.testing.assert_array_equal(np.isfinite(picture.depth[16]), shown)
    assert (picture.image[16, shown, 1] < 0.05).all()


def test_blended_surfaces_mix_by_alpha_in_linear_light():
    glass = unlit((0.4, 0.1, 0.1, 0.25), alpha_mode="blend")
    picture = draw([plate(), plate(1, 0.05)], [unlit((0.1, 0.1, 0.4)), glass])
    expected = 0.75 * np.array([0.1, 0.1, 0.4]) + 0.25 * np.array([0.4, 0.1, 0.1])
    np.testing.assert_allclose(picture.image[MIDDLE], developed(expected), atol=0.004)


def test_many_blended_surfaces_are_sorted_whatever_their_order():
    colours = [(0.5, 0.1, 0.1), (0.1, 0.5, 0.1), (0.1, 0.1, 0.5)]
    materials = [unlit((*colour, 0.5), alpha_mode="blend") for colour in colours]
    wall = np.zeros(3, np.float32)
    expected = np.zeros(3)
    for colour in colours:  # far to near
        expected = expected * 0.5 + 0.5 * np.array(colour)
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        made = plates.engine([plate(k, 0.02 * k) for k in order], materials)
        image = made.render(made.schema.neutral(), size=(32, 32), background=wall).image
        np.testing.assert_allclose(image[MIDDLE], developed(expected), atol=0.004)


def test_a_shared_edge_is_blended_once():
    made = plates.engine([plate()], [unlit((0.5, 0.5, 0.5, 0.5), alpha_mode="blend")])
    wall = np.zeros(3, np.float32)
    image = made.render(made.schema.neutral(), size=(33, 33), supersample=1, background=wall).image
    # The diagonal of the plate runs through the centres of pixels.
    np.testing.assert_allclose(image, image[3, 20].mean(), atol=1e-4)


def test_what_is_behind_is_hidden_and_what_is_half_clear_gives_no_label():
    film = unlit((1, 1, 1, 0.3), alpha_mode="blend")
    picture = draw([plate(1), plate(0, 0.05)], [film, unlit((0.2, 0.2, 0.2))], regions={
        "plate0/*": "cloth", "*": "hair"})  # fmt: skip
    np.testing.assert_allclose(picture.image[MIDDLE], developed(0.44), atol=0.004)
    behind = draw([plate(1), plate(0, -0.05)], [film, unlit((0.2, 0.2, 0.2))])
    np.testing.assert_allclose(behind.image[MIDDLE], developed(0.2), atol=0.004)
    assert picture.labels[MIDDLE] == INDEX["cloth"]
    np.testing.assert_allclose(picture.depth[MIDDLE], 1.0, atol=1e-4)


def test_covering_hair_gives_label_and_depth():
    hair = unlit((0.1, 0.1, 0.1, 0.8), alpha_mode="blend")
    picture = draw([plate(1), plate(0, 0.05)], [hair, unlit((0.2, 0.2, 0.2))], regions={
        "plate1/*": "hair"})  # fmt: skip
    assert picture.labels[MIDDLE] == INDEX["hair"]
    np.testing.assert_allclose(picture.depth[MIDDLE], 0.95, atol=1e-4)


def test_glasses_are_labelled_however_clear():
    lens = unlit((1, 1, 1, 0.05), alpha_mode="blend")
    picture = draw([plate(1), plate(0, 0.05, 0.05)], [lens, unlit((0.2, 0.2, 0.2))], regions={
        "plate1/*": "eye_g"})  # fmt: skip
    assert picture.labels[MIDDLE] == INDEX["eye_g"]
    assert picture.labels[2, 2] == INDEX["skin"]


def test_makeup_is_painted_over_the_base_texture_and_under_the_base_colour():
    mask = np.full((8, 8), 255, np.uint8)
    layers = {"skin": [Layer("paint", "mask", (0.5, 0.25, 1.0), 1.0)]}
    material = Material("skin", (1.0, 0.5, 0.5, 1.0), unlit=True)
    picture = draw([plate()], [material], layers=layers, images={"mask": mask})
    expected = np.array([0.5, 0.25, 1.0]) * [1.0, 0.5, 0.5]
    np.testing.assert_allclose(picture.image[MIDDLE], developed(expected), atol=0.006)


def test_a_plate_in_front_throws_a_shadow():
    light = draw([plate()], [Material("m", (0.5, 0.5, 0.5, 1))])
    # Many vertices, since light is computed where they are.
    shaded = draw(
        [_grid(), plate(0, 0.06, 0.03)], [Material("m", (0.5, 0.5, 0.5, 1))], size=(64, 64)
    )
    below = shaded.image[40:43, 32:38].mean()
    assert below < light.image[MIDDLE].mean() - 0.05


def _grid(n=33):
    y, x = np.meshgrid(np.linspace(-0.12, 0.12, n), np.linspace(-0.12, 0.12, n), indexing="ij")
    corner = np.arange(n * n).reshape(n, n)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    faces = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]
    )
    vertices = np.stack([x, y - 0.016, 0 * x], -1).reshape(-1, 3)
    return plate(vertices=vertices, faces=faces, normals=np.tile((0.0, 0, 1), (n * n, 1)), uv=None)
