import dataclasses
import json

import numpy as np
import pytest
import scipy.io

from face2param import images, meshes, morphable
from face2param.errors import ConfigError, ImageError, OutputError, WeightsError
from face2param.morphable.coefficients import layout_of, light_matrix
from face2param.pipelines import reconstruct
from face2param.pipelines.reconstruct import of_photo, of_set, save_set
from face2param.pipelines.reconstruction_settings import FILES, Settings
from face2param.reconstruction.cnet import CNet
from face2param.reconstruction.networks import NetworkConfig
from face2param.reconstruction.rnet import Pedigree, RNet
from tests.pipelines import toy_face
from tests.reconstruction import toy

TRUE = {
    "identity": [1.0, -1.0, 0.0, 0.0],
    "expression": [0.0, 1.0, 0.0],
    "albedo": [1.0, 0.0, 0.0],
    "rotation": [0.05, 0.3, 0.0],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def found(folder):
    tools = toy_face.tools(folder, refine_steps=0)
    return of_photo(tools, toy_face.photo(**TRUE))


@pytest.fixture(scope="module")
def saved(found, tmp_path_factory):
    return found.save(tmp_path_factory.mktemp("results") / "out")


def test_landmarks_are_met_in_pixels_of_the_photograph(found):
    assert found.nme() < 0.01
    assert found.landmarks.shape == (68, 2)
    np.testing.assert_allclose(found.landmarks, found.detected, atol=1.5)


def test_refinement_comes_nearer_to_the_photograph(folder, found):
    tools = toy_face.tools(folder, refine_steps=60)
    refined = of_photo(tools, toy_face.photo(**TRUE))
    assert {"photometric", "landmarks"} <= set(refined.losses) and not found.losses
    true = toy_face.photo(**TRUE).image
    face = np.abs(found.overlay() - found.image).sum(-1) > 0
    before = np.abs(found.overlay() - true)[face].mean()
    after = np.abs(refined.overlay() - true)[face].mean()
    assert after < 0.6 * before


def test_overlay_covers_the_face_at_full_resolution(found):
    laid_over = found.overlay()
    assert laid_over.shape == found.image.shape
    changed = np.abs(laid_over - found.image).max(-1) > 0.02
    rows, columns = np.nonzero(changed)
    low, high = found.detected.min(0), found.detected.max(0)
    # The dome reaches beyond its landmarks, but not all over the photograph.
    assert rows.min() < low[1] and columns.max() > high[0] and not changed[:, :20].any()
    corner = slice(0, 40), slice(0, 20)
    np.testing.assert_array_equal(laid_over[corner], found.image[corner])


def test_all_files_are_written(saved):
    single = set(FILES) - {"video.mp4", "frames.npz", "set.npz"}
    assert {path.name for path in saved.iterdir()} == single


def test_meshes_are_identity_expression_and_pose_apart(saved, found):
    model = toy.dome()
    read = {
        name: meshes.read_obj(saved / f"{name}.obj")
        for name in ("face", "neutral", "expression", "posed")
    }
    for mesh in read.values():
        np.testing.assert_array_equal(mesh.faces, model.faces)
        assert mesh.uv.shape == (len(model.mean), 2)
    identity = np.tensordot(found.coefficients["identity"], model.identity, 1)
    expression = np.tensordot(found.coefficients["expression"], model.expression, 1)
    for name, shape in (
        ("face", identity + expression),
        ("neutral", identity),
        ("expression", expression),
    ):
        np.testing.assert_allclose(read[name].vertices, model.mean + shape, atol=1e-5)
    np.testing.assert_allclose(read["posed"].vertices, found.geometry.posed, atol=1e-5)
    assert (saved / "posed.obj").read_text().count("mtllib face.mtl") == 1
    assert "mtllib albedo.mtl" in (saved / "neutral.obj").read_text()
    assert images.read_image(saved / "face.png").shape == (128, 128, 3)
    marks = np.loadtxt(saved / "neutral_landmarks.txt")
    np.testing.assert_allclose(marks, model.landmarks(read["neutral"].vertices), atol=1e-5)


def test_glb_is_in_metres(saved, found):
    import pygltflib

    document = pygltflib.GLTF2().load_binary(str(saved / "face.glb"))
    position = document.accessors[document.meshes[0].primitives[0].attributes.POSITION]
    np.testing.assert_allclose(position.max, found.geometry.shape.max(0) / 10, rtol=1e-5)
    assert len(document.images) == 1


def test_coefficients_by_name_and_as_deep3d_has_them(saved, found):
    ours = np.load(saved / "coefficients.npz")
    theirs = scipy.io.loadmat(saved / "coefficients.mat")
    assert str(ours["model"]) == "dome" and str(ours["model_hash"]) == found.model.hash
    for name, part in found.coefficients.items():
        np.testing.assert_array_equal(ours[name], part)
    np.testing.assert_array_equal(theirs["coeff"][0], ours["vector"])
    pairs = {"id": "identity", "exp": "expression", "tex": "albedo", "angle": "rotation",
             "gamma": "light", "trans": "translation"}  # fmt: skip
    for key, name in pairs.items():
        np.testing.assert_array_equal(theirs[key], ours[name][None])
    count = len(found.model.mean)
    for key in ("face_shape", "face_texture", "face_color"):
        assert theirs[key].shape == (1, count, 3)
    assert 50 < theirs["face_texture"].mean() < 255  # bytes' range
    assert theirs["cropped_img"].shape == (224, 224, 3) and theirs["recon_img"].shape[2] == 4
    assert theirs["tri"].min() == 1
    # y upwards from the bottom edge there, downwards and one less here.
    marks = theirs["lm_68p"][0]
    np.testing.assert_allclose(223 - marks[:, 1], theirs["lm68"][0, :, 1], atol=1e-3)
    np.testing.assert_allclose(marks[:, 0], theirs["lm68"][0, :, 0])
    assert theirs["lm_5p"].shape == (5, 2)
    # The drawn crop lies on the cropped photograph.
    drawn, seen = theirs["recon_img"].astype(float), theirs["cropped_img"].astype(float)
    inside = drawn[..., 3] == 255
    assert inside.mean() > 0.3
    assert np.abs(drawn[..., :3] - seen)[inside].mean() < 25


def test_the_camera_projects_the_mesh_onto_the_photograph(saved, found):
    record = json.loads((saved / "camera.json").read_text())
    points = found.model.landmarks(found.geometry.shape)
    matrix = np.array(record["opencv"]["camera_matrix"])
    seen = points @ np.array(record["opencv"]["rotation"]).T + record["opencv"]["translation"]
    assert (seen[:, 2] > 0).all()
    pixels = seen @ matrix.T
    np.testing.assert_allclose(pixels[:, :2] / pixels[:, 2:], found.landmarks, atol=0.01)
    turned = points @ np.array(record["rotation_matrix"]).T + record["translation"]
    scale = record["focal"] / (record["distance"] - turned[:, 2])
    x = record["principal"][0] + scale * turned[:, 0]
    y = record["principal"][1] - scale * turned[:, 1]
    np.testing.assert_allclose(np.stack([x, y], 1), found.landmarks, atol=0.01)
    assert record["photograph"] == {"width": 360, "height": 300}
    np.testing.assert_allclose(np.loadtxt(saved / "landmarks.txt"), found.landmarks, atol=1e-5)


def test_light_is_written_with_its_constant(saved, found):
    rows = json.loads((saved / "light.json").read_text())["coefficients"]
    wanted = light_matrix(found.coefficients["light"][None])[0].numpy().T
    np.testing.assert_allclose(rows, wanted, atol=1e-6)


def test_results_are_not_overwritten_unasked(saved, found):
    with pytest.raises(OutputError, match="already holds results"):
        found.save(saved)
    assert found.save(saved, overwrite=True) == saved


def test_pictures_of_the_sides_differ_and_are_not_empty(found):
    front, side = found.view(0.0, 200), found.view(1.4, 200)
    clay = found.view(0.0, 200, clay=True)
    for picture in (front, side, clay):
        inside = np.abs(picture - 0.925).max(-1) > 0.02
        assert 0.1 < inside.mean() < 0.95 and not inside[:3].any()
    assert np.abs(front - side).mean() > 0.03
    assert np.ptp(clay.mean((0, 1))) < 0.03  # grey


def test_white_light_has_nine_coefficients(folder):
    tools = toy_face.tools(folder, refine_steps=4, white_light=True)
    white = of_photo(tools, toy_face.photo(**TRUE))
    assert white.coefficients["light"].shape == (9,)
    assert np.ptp(white.geometry.shading, axis=-1).max() < 1e-5


class TestSets:
    @pytest.fixture(scope="class")
    def results(self, folder):
        with pytest.MonkeyPatch.context() as patch:
            toy_face.without_networks(patch)
            tools = toy_face.tools(folder, refine_steps=20)
            left = toy_face.photo("left.png", **TRUE | {"rotation": [0, 0.4, 0]})
            right = toy_face.photo("right.png", **TRUE | {"rotation": [0, -0.4, 0]})
            return of_set(tools, [left, right])

    def test_one_person_has_one_identity_but_several_poses(self, results):
        first, second = (one.coefficients for one in results)
        np.testing.assert_array_equal(first["identity"], second["identity"])
        assert first["rotation"][1] > 0.25 and second["rotation"][1] < -0.25
        # Each sees what the other does not.
        assert max(one.nme() for one in results) < 0.03

    def test_the_folder_holds_the_person_and_every_photograph(self, results, tmp_path):
        save_set(results, tmp_path / "out")
        names = {path.name for path in (tmp_path / "out").iterdir()}
        assert {"01_left", "02_right", "set.npz", "neutral.obj", "neutral.glb"} <= names
        table = np.load(tmp_path / "out" / "set.npz")
        assert table["names"].tolist() == ["left.png", "right.png"]
        assert table["identity"].shape == (2, 4)
        assert (tmp_path / "out" / "01_left" / "overlay.png").is_file()
        with pytest.raises(OutputError, match="already holds results"):
            save_set(results, tmp_path / "out")

    def test_different_people_are_refused_by_name(self, folder, monkeypatch):
        toy_face.without_networks(monkeypatch)
        tools = toy_face.tools(folder, refine_steps=0)
        one = toy_face.photo("anna.png")
        other = toy_face.renamed(one, "bert.png")
        other = other.__class__(other.name, 1 - other.image, other.landmarks, other.box)
        third = toy_face.renamed(one, "again.png")
        with pytest.raises(ImageError, match=r"bert\.png does not show the person of anna\.png"):
            of_set(tools, [one, other, third])


def test_settings_that_contradict_each_other_are_refused(folder):
    with pytest.raises(ConfigError, match="refine_steps must not be negative, got -1"):
        Settings(refine_steps=-1)
    with pytest.raises(ConfigError, match="cnet needs an rnet"):
        Settings(rnet="none", cnet="folder")
    assert Settings().rnet == "builtin" and Settings(model="x.npz").rnet == "none"


def test_an_rnet_that_is_not_there_is_named(folder):
    with pytest.raises(WeightsError, match=r"nowhere.*rnet\.weights\.h5 is missing"):
        toy_face.tools(folder, rnet=str(folder / "nowhere"))


def test_one_photograph_or_a_list_by_one_function(folder, monkeypatch):
    toy_face.without_networks(monkeypatch)
    made = []

    def shared(settings):
        made.append(settings)
        return toy_face.tools(folder, refine_steps=0)

    monkeypatch.setattr(reconstruct.Reconstructor, "shared", shared)
    one = toy_face.photo(**TRUE)
    assert reconstruct.reconstruct(one, rnet="none").name == "me.png"
    assert [r.name for r in reconstruct.reconstruct([one, one], rnet="none")] == ["me.png"] * 2
    assert made[0] == Settings(rnet="none")


class TestNetworks:
    @pytest.fixture(scope="class")
    def trained(self, tmp_path_factory):
        """An R-Net that answers a smile, and a C-Net that trusts all photographs alike."""
        path = tmp_path_factory.mktemp("networks")
        sizes = layout_of(toy.dome()).sizes
        rnet = RNet(NetworkConfig(sizes, "compact", 64), pedigree=Pedigree.of(toy.dome()))
        for weight in rnet.model.trainable_weights[-2 * len(sizes) :]:
            if tuple(weight.shape) == (3,) and "expression" in weight.path:
                weight.assign([0.0, 1.0, 0.0])
        rnet.save(path / "rnet")
        pedigree = Pedigree(rnet=rnet.digest())
        CNet(rnet.network, pedigree=pedigree).save(path / "cnet")
        return path

    def test_a_start_is_r_net_s_answer(self, folder, trained):
        tools = toy_face.tools(folder, rnet=str(trained / "rnet"), refine_steps=0)
        result = of_photo(tools, toy_face.photo())
        np.testing.assert_allclose(result.coefficients["expression"], [0, 1, 0], atol=1e-6)
        assert not result.coefficients["identity"].any()
        white = toy_face.tools(folder, rnet=str(trained / "rnet"), refine_steps=0, white_light=True)
        assert of_photo(white, toy_face.photo()).coefficients["light"].shape == (9,)

    def test_c_net_weighs_the_photographs(self, folder, trained):
        networks = {"rnet": str(trained / "rnet"), "cnet": str(trained / "cnet")}
        tools = toy_face.tools(folder, refine_steps=0, **networks)
        looked = [tools.look(toy_face.photo()), tools.look(toy_face.photo(**TRUE))]
        found = tools.confidence(looked)
        assert found.shape == (2, 4) and np.ptp(found) == 0
        assert toy_face.tools(folder, rnet=networks["rnet"]).confidence(looked) is None

    def test_an_r_net_of_another_model_is_refused(self, tmp_path, trained):
        other = dataclasses.replace(toy.dome(), name="other", identity=-toy.dome().identity)
        morphable.save(other, tmp_path / "dome.npz")
        with pytest.raises(WeightsError, match="rnet of face model 'dome'"):
            toy_face.tools(tmp_path, rnet=str(trained / "rnet"))
