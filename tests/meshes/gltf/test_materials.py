import numpy as np
import pytest
from PIL import Image, features

from face2param.errors import CodecError
from face2param.meshes.gltf import textures
from tests.meshes.gltf import files, models
from tests.meshes.gltf.files import Builder


def only(builder, tmp_path):
    (material,) = builder.read(tmp_path).materials
    return material


def test_what_a_material_without_words_looks_like(tmp_path):
    builder = Builder()
    builder.material()
    found = only(builder, tmp_path)
    assert found.name == "material_0" and found.base_color == (1, 1, 1, 1)
    assert (found.metallic, found.roughness, found.alpha_mode) == (1, 1, "opaque")


def test_factors_and_modes(tmp_path):
    builder = Builder()
    builder.material(
        name="glass",
        pbrMetallicRoughness={"baseColorFactor": [0.1, 0.2, 0.3, 0.4], "roughnessFactor": 0.5},
        emissiveFactor=[0, 0.5, 1],
        alphaMode="BLEND",
        alphaCutoff=0.1,
        doubleSided=True,
        extensions={
            "KHR_materials_unlit": {},
            "KHR_materials_emissive_strength": {"emissiveStrength": 4},
        },
    )
    found = only(builder, tmp_path)
    assert found.name == "glass" and found.base_color == (0.1, 0.2, 0.3, 0.4)
    assert found.emissive == (0, 2, 4) and found.alpha_mode == "blend"
    assert found.double_sided and found.unlit and found.roughness == 0.5


def test_textures_without_a_place_count_by_their_mean(tmp_path):
    builder = Builder()
    rough = np.zeros((4, 4, 3), np.uint8)
    rough[..., 1], rough[:2, :, 2] = 51, 255
    glow = np.full((4, 4, 3), 188, np.uint8)
    builder.material(
        pbrMetallicRoughness={
            "metallicRoughnessTexture": {"index": builder.texture(files.png(rough))},
            "metallicFactor": 0.5,
        },
        emissiveFactor=[1, 1, 0],
        emissiveTexture={"index": builder.texture(files.png(glow))},
    )
    found = builder.read(tmp_path)
    assert found.textures == ()
    np.testing.assert_allclose(found.materials[0].roughness, 0.2)
    np.testing.assert_allclose(found.materials[0].metallic, 0.25)
    np.testing.assert_allclose(found.materials[0].emissive, [0.5029, 0.5029, 0], atol=1e-4)


def test_the_older_specular_model(tmp_path):
    builder = Builder()
    texture = builder.texture(files.png(models.picture(0)))
    old = {
        "diffuseTexture": {"index": texture},
        "glossinessFactor": 0.25,
        "diffuseFactor": [1, 0, 0, 1],
    }
    builder.material(extensions={"KHR_materials_pbrSpecularGlossiness": old})
    found = only(builder, tmp_path)
    assert (found.metallic, found.roughness, found.base_texture) == (0, 0.75, 0)
    assert found.base_color == (1, 0, 0, 1)


def test_textures_keep_their_place_and_share_their_pixels(tmp_path):
    builder = Builder()
    pixels = [models.picture(seed) for seed in range(3)]
    for picture in pixels:
        builder.texture(files.png(picture))
    builder.add("samplers", {"wrapS": 33071, "wrapT": 33648})
    builder.add("textures", {"source": 2, "sampler": 0, "name": "again"})
    builder.material(
        pbrMetallicRoughness={"baseColorTexture": {"index": 3}}, normalTexture={"index": 2}
    )
    found = builder.read(tmp_path)
    assert [texture.name for texture in found.textures] == ["texture_2", "again"]
    assert (found.materials[0].base_texture, found.materials[0].normal_texture) == (1, 0)
    assert found.textures[0].pixels is found.textures[1].pixels
    assert [texture.wrap for texture in found.textures] == [("repeat",) * 2, ("clamp", "mirror")]
    np.testing.assert_array_equal(found.textures[0].pixels, pixels[2])


def base(builder, picture, **more):
    texture = builder.texture(picture, **more)
    builder.material(pbrMetallicRoughness={"baseColorTexture": {"index": texture}})
    return builder


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_pictures_of_all_kinds(tmp_path, form):
    if not features.check("webp") and form == "webp":
        pytest.skip("Pillow was built without WebP")
    grey = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    options = {"lossless": True} if form == "webp" else {}
    (found,) = base(Builder(), files.png(grey, form, **options)).read(tmp_path).textures
    np.testing.assert_allclose(found.pixels, grey, atol=3 if form == "jpeg" else 0)


def test_webp_by_its_extension(tmp_path):
    if not features.check("webp"):
        pytest.skip("Pillow was built without WebP")
    builder = base(Builder(), files.png(models.picture(0)))
    webp = files.png(models.picture(1, 16, 16), "webp", lossless=True)
    image = builder.add("images", {"bufferView": builder.view(webp), "mimeType": "image/webp"})
    builder.document["textures"][0]["extensions"] = {"EXT_texture_webp": {"source": image}}
    builder.document["extensionsRequired"] = ["EXT_texture_webp"]
    (found,) = builder.read(tmp_path).textures
    np.testing.assert_array_equal(found.pixels, models.picture(1, 16, 16))


def test_palettes_grey_and_sixteen_bits(tmp_path):
    rgba = models.picture(0, channels=4)
    (found,) = base(Builder(), files.png(rgba)).read(tmp_path).textures
    np.testing.assert_array_equal(found.pixels, rgba)
    deep = np.array([[0, 0x1234], [0x8000, 0xFFFF]], np.uint16)
    (found,) = base(Builder(), files.png(deep)).read(tmp_path).textures
    np.testing.assert_array_equal(found.pixels[..., 1], [[0, 0x12], [0x80, 0xFF]])
    (found,) = base(Builder(), files.png(rgba[..., 0])).read(tmp_path).textures
    np.testing.assert_array_equal(found.pixels, np.repeat(rgba[..., :1], 3, 2))
    picture = Image.fromarray(rgba[..., :3]).quantize(4)
    picture.save(tmp_path / "a.png", transparency=0)
    (found,) = base(Builder(), (tmp_path / "a.png").read_bytes()).read(tmp_path).textures
    assert found.pixels.shape[2] == 4


def test_pictures_too_large_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    # 8193 pixels in a row take few bytes; what would be decoded is never asked for.
    wide = files.png(np.zeros((1, textures.MAXIMUM_SIDE + 1), np.uint8))
    with pytest.raises(CodecError, match=r"images\[0\] has 8193x1 pixels; at most 8192 a side"):
        base(Builder(), wide).read(tmp_path)
    bomb = files.png(np.zeros((4000, 4000), np.uint8))
    assert len(bomb) < 30_000
    with pytest.raises(CodecError, match="needs more than 4000000 bytes for its data"):
        base(Builder(), bomb).read(tmp_path, maximum_bytes=1_000_000)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (b"not a picture", r"images\[0\] holds no PNG, JPEG or WebP picture"),
        (files.png(models.picture(0))[:-40], r"images\[0\] is a picture that cannot be read"),
        (files.png(models.picture(0), "gif"), "holds no PNG, JPEG or WebP picture"),
        (files.png(models.picture(0), "tiff"), "holds no PNG, JPEG or WebP picture"),
    ],
)
def test_damaged_pictures_are_refused(tmp_path, picture, message):
    with pytest.raises(CodecError, match=message):
        base(Builder(), picture).read(tmp_path)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("textures", {"source": 5}, r"textures\[0\].source must be a whole number in 0..0, got 5"),
        ("textures", {"sampler": 0}, r"textures\[0\].sampler must be a whole number"),
        ("images", {"bufferView": 99}, r"images\[0\].bufferView must be a whole number"),
        ("materials", {"alphaMode": "GLASS"}, "alphaMode must be OPAQUE, MASK or BLEND"),
        ("materials", {"alphaCutoff": -1}, "alphaCutoff must be a number, got -1"),
        ("materials", {"emissiveFactor": [1]}, "emissiveFactor must hold 3 numbers"),
        (
            "materials",
            {"normalTexture": {"index": 4}},
            "normalTexture.index must be a whole number",
        ),
        ("materials", {"normalTexture": {}}, "normalTexture.index must be .*, got nothing"),
        ("materials", {"doubleSided": 1}, "doubleSided must be true or false"),
        ("materials", {"extensions": []}, "extensions must be an object"),
    ],
)
def test_damaged_materials_are_refused(tmp_path, kind, change, message):
    builder = base(Builder(), files.png(models.picture(0)))
    builder.document[kind][0].update(change)
    with pytest.raises(CodecError, match=message):
        builder.read(tmp_path)


def test_formats_and_samplers_that_are_not_read(tmp_path):
    builder = base(Builder(), files.png(models.picture(0)), sampler=0)
    builder.add("samplers", {"wrapS": 5})
    with pytest.raises(CodecError, match=r"samplers\[0\] wrapS and wrapT must be of"):
        builder.read(tmp_path)
    builder.document["textures"] = [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]
    with pytest.raises(CodecError, match=r"no PNG, JPEG or WebP picture \(KHR_texture_basisu\)"):
        builder.read(tmp_path)
