"""Label maps in UV say what this engine draws."""

import dataclasses
import json

import numpy as np
from PIL import Image

from face2param.engines.rigged import label_maps
from face2param.engines.rigged.engine import RiggedEngine
from face2param.meshes.gltf import write_gltf
from face2param.regions import INDEX
from face2param.rendering.raster import rasterize
from tests.engines.rigged import small_head

SIZE = (160, 160)


def test_the_maps_give_the_classes_that_are_drawn(tmp_path):
    made, path = small_head.engine(), tmp_path / "small.schema.json"
    write_gltf(tmp_path / "small.glb", made.rig.model)
    Image.fromarray(small_head.lip_mask()).save(tmp_path / "lips.png")
    made.rig.head.save(path)
    table, *pictures = label_maps.write(path, 512)
    assert table.name == path.name.removesuffix(".schema.json") + ".labels.json"
    names = json.loads(table.read_text())
    assert sorted(names.values()) == [picture.name for picture in pictures]
    engine = RiggedEngine.from_file(path)
    drawn = engine.render(engine.schema.neutral(), size=SIZE, supersample=1).labels
    rest = engine._rest
    right = wrong = 0
    seen = set()
    for part in rest.head.parts:
        key = f"{rest.rig.model.nodes[part.node].name}/{part.primitive}"
        if key not in names:
            continue
        classes = np.asarray(Image.open(tmp_path / names[key]))
        camera = rest.camera
        screen, depth = camera.project(camera.to_studio(part.vertices), SIZE)
        raster = rasterize(screen, 1 / depth, part.faces, SIZE)
        covered = raster.triangle >= 0
        corners = part.uv[part.faces[raster.triangle[covered]]]
        uv = (corners * raster.barycentric[covered][..., None]).sum(1)
        column, row = np.clip(uv * 512, 0, 511).astype(int).T
        found, expected = classes[row, column], drawn[covered]
        # Eyes, hair and other parts lie before the skin in places.
        firm = np.isin(expected, np.unique(classes))
        right += (found == expected)[firm].sum()
        wrong += (found != expected)[firm].sum()
        seen |= set(found)
    assert right / (right + wrong) > 0.97, (right, wrong)
    assert {INDEX[name] for name in ("skin", "nose", "u_lip", "l_lip", "l_brow")} <= seen


def test_shared_uv_get_no_map():
    rest = small_head.engine()._rest
    (part,) = (part for part in rest.head.parts if rest.is_painted(part))
    assert label_maps.label_map(rest, part, 256) is not None
    doubled = dataclasses.replace(part, uv=np.abs(part.uv - 0.5))  # Left lies on right.
    assert label_maps.label_map(rest, doubled, 256) is None
    assert label_maps.label_map(rest, dataclasses.replace(part, uv=None), 256) is None


def test_islands_grow_over_their_borders():
    classes = np.zeros((16, 16), np.uint8)
    classes[6:9, 6:9] = 7
    wide = label_maps._widen(classes, classes > 0)
    assert (wide[3:12, 3:12] == 7).all() and (wide == 7).sum() < 15 * 15
    assert (classes == 7).sum() == 9
