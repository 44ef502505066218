import numpy as np
import pytest

from face2param.database.generate import generate
from face2param.database.reader import Database
from face2param.errors import ConfigError
from face2param.morphable import registry
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.reconstruction import heads, known
from face2param.reconstruction.renderer import Renderer
from tests.reconstruction.toy import dome


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database") / "heads"
    generate("builtin", folder, 6, 5, size=96, labels=True, workers=1, progress=False)
    return Database(folder)


@pytest.fixture(scope="module")
def projection(database):
    found = heads.Projection(registry.get("builtin"))
    found.place([database.character(i) for i in range(len(database))])
    return found


def test_the_model_has_the_shape_of_the_head(database, projection):
    model = projection.model
    character = database.character(1)
    nuisance = character.schema.neutral_nuisance()
    nuisance[character.schema.nuisance_index["jawOpen"]] = 0.5
    (vector,) = projection([character], [nuisance])
    layout = layout_of(model)
    identity, expression = (vector[layout.slices[name]] for name in ("identity", "expression"))
    neutral = model.mean + np.tensordot(identity, model.identity, 1)
    moved = neutral + np.tensordot(expression, model.expression, 1)
    true = projection.vertices(character) + projection.offset
    true_moved = projection.vertices(character, nuisance) + projection.offset

    def off(found, wanted):
        return 100 * np.linalg.norm(found - wanted, axis=1).mean()  # mm

    # 80 components keep 99.6 % of the variance; a head is 2.3 mm from the mean.
    assert off(neutral, true) < 0.5 < 1.0 < off(model.mean, true)
    assert off(moved, true_moved) < 0.7 < off(neutral, true_moved)


def test_pictures_of_heads_with_their_coefficients(database, projection, tmp_path):
    renderer = Renderer(Decoder(projection.model))
    indices = np.arange(4)
    table = heads.coefficients(database, indices, projection, tmp_path / "coefficients")
    found = heads.photographed(
        database, indices, table, renderer, tmp_path / "heads",
        copies=2, variety=known.Variety(), size=112,
    )  # fmt: skip
    assert len(found) == 8
    rows = found.take(np.arange(8))
    width = table.column("coefficients").shape[1]
    np.testing.assert_array_equal(
        rows["coefficients"][:4, :width], rows["coefficients"][4:, :width]
    )
    assert rows["image"].shape == (8, 112, 112, 3)
    # The crops lie differently, but the face fills the middle of each.
    assert np.abs(rows["landmarks"][:4] - rows["landmarks"][4:]).max() > 1
    assert (np.abs(rows["landmarks"].mean(1) - 112) < 40).all()
    light = rows["coefficients"][:, layout_of(projection.model).slices["light"]]
    assert np.isfinite(light).all() and light.any(1).all()


def test_another_face_model_has_no_coefficients():
    with pytest.raises(ConfigError, match="'dome' has 784 vertices"):
        heads.Projection(dome())


def test_a_database_of_another_engine(database, projection, tmp_path):
    class Other:
        path = database.path
        manifest = type("M", (), {"settings": type("S", (), {"engine": "my_engine"})})

    with pytest.raises(ConfigError, match="is of engine 'my_engine'"):
        heads.coefficients(Other(), np.arange(2), projection, tmp_path)
