import numpy as np

from face2param import regions
from face2param.fitting.result import Row
from face2param.pipelines import pictures, plots


def test_region_map_shows_the_likeliest_region_in_its_colour():
    maps = np.zeros((4, 4, len(regions.MERGED)), np.float32)
    maps[:2, :, regions.MERGED.index("hair")] = 0.9
    maps[2:, :, regions.MERGED.index("skin")] = 0.9
    painted = pictures.region_map(maps, (16, 16))
    hair, skin = regions.COLOURS[regions.INDEX["hair"]], regions.COLOURS[regions.INDEX["skin"]]
    np.testing.assert_allclose(painted[0, 0] * 255, hair, atol=0.5)
    np.testing.assert_allclose(painted[15, 15] * 255, skin, atol=0.5)


def test_landmarks_are_marked_where_they_are():
    black = np.zeros((50, 50, 3), np.float32)
    marked = pictures.with_landmarks(black, np.float32([[10, 20]]), np.float32([[30, 40]]))
    assert marked[20, 10].argmax() == 0 and marked[40, 30].argmax() == 1
    assert marked[5, 45].max() == 0


def test_comparison_is_a_grid_of_labelled_panels():
    panel = np.full((40, 40, 3), 0.3, np.float32)
    sheet = pictures.comparison({"a": panel, "b": panel, "c": panel}, columns=2, height=80)
    assert sheet.shape[1] > 160 and sheet.shape[0] > 160
    assert abs(sheet[20, 20, 0] - 0.3) < 0.01


def test_pairs_lie_side_by_side():
    white, black = np.ones((10, 10, 3), np.float32), np.zeros((10, 10, 3), np.float32)
    sheet = pictures.pairs([white], [black], ["x"], height=40)
    assert sheet[20, 20, 0] == 1 and sheet[20, 70, 0] == 0


def test_plot_falls_where_the_loss_falls():
    rows = [Row("main", i, 10.0 ** (-i / 10), {"identity": 0.5}) for i in range(11)]
    picture = plots.course(rows, (240, 480))
    assert picture.shape == (240, 480, 3)
    plot = picture[40:190, 70:240]
    dark = plot.max(-1) < 0.35
    heights = [np.flatnonzero(dark[:, x]).mean() for x in (30, 90, 150)]
    assert heights[0] < heights[1] < heights[2]


def test_plot_of_nothing_and_of_one_row_does_not_fail():
    assert plots.course([]).shape == (480, 860, 3)
    assert plots.course([Row("main", 0, 1.0, {"identity": 0.0})]).shape == (480, 860, 3)
