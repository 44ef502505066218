import dataclasses

import numpy as np
import pytest

from face2param.reconstruction import atlas, texture_baking
from face2param.rendering import raster
from face2param.rendering.normals import vertex_normals
from tests.reconstruction import toy

SIZE = (240, 240)


def project(points):
    depth = 10 - points[:, 2]
    x = 120 + 1000 * points[:, 0] / depth
    y = 120 - 1000 * points[:, 1] / depth
    return np.stack([x, y], 1), 1 / depth


def painted(model):
    """Colours with a pattern, `[vertices, 3]`."""
    x, y, _ = model.mean.T
    return 0.5 + 0.25 * np.stack([np.sin(9 * x), np.cos(7 * y), np.sin(5 * (x + y))], 1)


def view(yaw=0.0, shading=1.0, background=0.0, mask=None):
    model = toy.dome()
    c, s = np.cos(yaw), np.sin(yaw)
    vertices = (model.mean @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T).astype(np.float32)
    normals = vertex_normals(vertices, model.faces)
    light = np.full_like(vertices, shading)
    light *= np.clip(0.6 + 0.4 * normals[:, :1], 0, None)
    screen, inverse = project(vertices)
    drawn = raster.rasterize(screen, inverse, model.faces, SIZE)
    image = np.full((*SIZE, 3), background, np.float32)
    inside = drawn.triangle >= 0
    corners = model.faces[drawn.triangle[inside]]
    colours = np.einsum("nkc,nk->nc", (painted(model) * light)[corners], drawn.barycentric[inside])
    image[inside] = colours
    eye = np.array([0, 0, 10.0])
    return texture_baking.View(image, vertices, normals, light, project, eye, mask)


def bake(*views, albedo=None):
    model = toy.dome()
    chart = atlas.of_model(model, 128)
    albedo = np.full((len(model.mean), 3), 0.5, np.float32) if albedo is None else albedo
    return chart, texture_baking.bake(chart, model.faces, views, albedo)


def test_what_was_seen_is_painted_without_its_light():
    chart, found = bake(view())
    true = chart.spread(painted(toy.dome()))
    sure = found.seen > 0.9
    assert sure.mean() > 0.05
    # Two resamplings of a pattern whose period is 20 pixels.
    assert np.abs(found.albedo - true)[sure].mean() < 0.01
    lit = true * chart.spread(view().shading)
    assert np.abs(found.lit - np.clip(lit, 0, 1))[sure].mean() < 0.01


def test_the_hidden_side_is_mirrored_from_the_other():
    model = toy.dome()
    symmetric = dataclasses.replace(view(0.9))
    chart, found = bake(symmetric, albedo=np.zeros((len(model.mean), 3), np.float32))
    place = chart.spread(model.mean)
    # The face turns to its own right: of what it shows, the viewer's left is hidden.
    hidden = chart.covered() & (found.seen < 0.01) & (np.abs(place[..., 1]) < 0.4)
    assert hidden.mean() > 0.02
    true = chart.spread(painted(model))
    mirrored = true[:, ::-1]
    blue = np.abs(found.albedo - mirrored)[hidden].mean()
    assert blue < np.abs(found.albedo - true)[hidden].mean()
    assert found.albedo[hidden].mean() > 0.3  # and not the black that the model has


def test_two_photographs_complete_each_other():
    chart, both = bake(view(0.7), view(-0.7))
    _, one = bake(view(0.7))
    true = chart.spread(painted(toy.dome()))
    inside = chart.covered() & (both.seen > 0.5)
    assert inside.sum() > 1.2 * (one.seen > 0.5).sum()
    assert np.abs(both.albedo - true)[inside].mean() < 0.03
    assert np.abs(one.albedo - true)[inside].mean() > np.abs(both.albedo - true)[inside].mean()


def test_the_background_does_not_bleed_in():
    _, dark = bake(view(0.4, background=0.0))
    _, bright = bake(view(0.4, background=1.0))
    assert np.abs(dark.albedo - bright.albedo).max() < 0.02


def test_what_is_masked_is_not_painted():
    mask = np.ones(SIZE, np.float32)
    mask[:120] = 0
    picture = view(mask=mask)
    picture.image[:120] = 1  # a hat
    chart, found = bake(picture)
    top = chart.spread(toy.dome().mean)[..., 1] > 0.1
    assert (found.seen[top] == 0).all()
    assert found.albedo[top & chart.covered()].max() < 0.9


def test_a_mask_may_have_its_own_pixels_and_ends_at_its_border():
    mask = np.ones((60, 60), np.float32)
    mask[:30] = 0
    # Quarter size: the same mask as above, but it ends 40 pixels before the right border.
    matrix = np.array([[0.25, 0, 5], [0, 0.25, 0]])
    chart, found = bake(dataclasses.replace(view(), mask=mask, mask_matrix=matrix))
    place = chart.spread(toy.dome().mean)
    assert (found.seen[place[..., 1] > 0.15] == 0).all()
    screen = 120 + 1000 * place[..., 0] / (10 - place[..., 2])
    assert (found.seen[screen > 230] == 0).all()
    assert found.seen[(place[..., 1] < -0.1) & chart.covered()].max() > 0.9


def test_places_behind_others_are_not_seen():
    model = toy.dome()
    turned = view(0.7)
    chart = atlas.of_model(model, 128)
    (_, seen), _ = texture_baking.sample(chart, model.faces, turned)
    facing = chart.spread(turned.normals)[..., 2]
    assert seen[chart.covered() & (facing < 0)].max() == 0
    # The nose hides a part of the cheek that does look at the camera.
    screen, inverse = project(turned.vertices)
    drawn = raster.rasterize(screen, inverse, model.faces, SIZE)
    cell = np.clip(screen.astype(int), 0, 239)
    behind = drawn.inverse_depth[cell[:, 1], cell[:, 0]] > inverse * 1.008
    behind &= turned.normals[:, 2] > 0.3
    assert behind.any()
    texel = (chart.vertex_uv[behind] * 128).astype(int)
    assert seen[texel[:, 1], texel[:, 0]].max() < 0.05


def test_a_large_photograph_is_shrunk_not_aliased():
    small = view()
    large = np.repeat(np.repeat(small.image, 8, 0), 8, 1)
    rng = np.random.default_rng(0)
    noisy = large + rng.choice([-0.2, 0.2], large.shape).astype(np.float32)

    def grown(points):
        screen, inverse = project(points)
        return screen * 8, inverse

    _, plain = bake(dataclasses.replace(small, image=large, project=grown))
    _, found = bake(dataclasses.replace(small, image=noisy, project=grown))
    sure = plain.seen > 0.9
    assert np.abs(found.albedo - plain.albedo)[sure].mean() < 0.06  # 0.2 if it aliased


def test_a_texture_has_no_dark_gutter():
    chart, found = bake(view())
    assert found.lit[~chart.covered()].min() > 0.02


def test_no_view_is_refused():
    with pytest.raises(ValueError, match="at least one photograph"):
        bake()
