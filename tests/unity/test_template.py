"""The built-in head as the Unity project shows it: read in C#, posed as Python poses it."""

import numpy as np
import pytest

from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.rig import Rig
from face2param.meshes.gltf import read_gltf
from face2param.pipelines.export import export
from tests.unity import mono, test_rig


@pytest.mark.slow
def test_the_built_in_head_in_unity(unity_assembly, tmp_path):
    folder = tmp_path / "builtin"
    export(folder, form="unity", template=True)
    paths = [folder / "head.glb", folder / "head.schema.json"]
    rig = Rig(read_gltf(paths[0]), HeadFile.load(paths[1]))
    pictures = sorted(path.name for path in folder.glob("*.png"))
    # 36 MB of model as C# arrays and as the stand-in's blend shapes.
    driver = mono.Driver(unity_assembly, heap="1500m")
    assert driver("rig-load", *paths, *pictures, timeout=120) == rig.schema.hash
    rng = np.random.default_rng(0)
    for character in [rig.schema.neutral(), *rig.schema.random(rng, 1)]:
        nuisance = test_rig.random_nuisance(rng, rig.schema)
        found = test_rig.pose(driver, tmp_path, character, nuisance)
        test_rig.compare(found, rig, character, nuisance)
    driver.close()
