"""Small face models and the files of other programs, made up in exactly their layouts."""

import dataclasses
import pickle
import sys
import types

import numpy as np
from scipy import sparse
from scipy.io import savemat

from face2param.morphable import FaceModel

ROWS, COLUMNS = 9, 10


def grid(rows: int = ROWS, columns: int = COLUMNS) -> tuple[np.ndarray, np.ndarray]:
    """A curved sheet that looks to +z: vertices `[rows * columns, 3]` dm, faces."""
    y, x = np.meshgrid(np.linspace(1, -1, rows), np.linspace(-1, 1, columns), indexing="ij")
    vertices = np.stack([x, y, 0.5 - 0.4 * (x**2 + y**2)], -1).reshape(-1, 3)
    a = (np.arange(rows - 1)[:, np.newaxis] * columns + np.arange(columns - 1)).reshape(-1)
    b, c, d = a + columns, a + columns + 1, a + 1
    return vertices, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def fields(seed: int = 0, sizes=(4, 3, 5)) -> dict:
    """Arguments of a small FaceModel."""
    rng = np.random.default_rng(seed)
    mean, faces = grid()
    count = len(mean)
    weights = rng.uniform(0.1, 1, (68, 3))
    identity, expression, albedo = (rng.normal(0, 0.05, (k, count, 3)) for k in sizes)
    return {
        "name": "small",
        "mean": mean,
        "identity": identity,
        "expression": expression,
        "albedo_mean": rng.uniform(0.3, 0.7, (count, 3)),
        "albedo": albedo,
        "faces": faces,
        "landmark_vertices": faces[rng.integers(0, len(faces), 68)],
        "landmark_weights": weights / weights.sum(1, keepdims=True),
        "skin_mask": rng.random(count) < 0.5,
        "front_mask": rng.random(len(faces)) < 0.6,
    }


def model(**changes) -> FaceModel:
    """A small FaceModel."""
    return FaceModel(**(fields() | changes))


def at_vertices(made: FaceModel) -> FaceModel:
    """The model with landmarks that are vertices, as Deep3D's file needs it."""
    corners = np.repeat(made.landmark_vertices[:, :1], 3, 1)
    weights = np.tile(np.float32([1, 0, 0]), (68, 1))
    return dataclasses.replace(made, landmark_vertices=corners, landmark_weights=weights)


class Basel:
    """The Basel model's files for a grid: whole -> trimmed -> front vertices."""

    def __init__(self, folder, seed: int = 1):
        """Writes all of them into `folder`."""
        rng = np.random.default_rng(seed)
        self.folder = folder
        self.mean, faces = grid(12, 11)
        whole = self.whole = len(self.mean)
        self.trim = np.setdiff1d(np.arange(whole), [0, 5, 40])
        self.front = np.arange(20, len(self.trim) - 6)
        self.select = self.trim[self.front]
        number = np.full(whole, -1)
        number[self.select] = np.arange(len(self.select))
        faces = number[faces]
        self.faces = faces[(faces >= 0).all(1)]
        self.shape = rng.normal(size=(3 * whole, 6)) * 0.1
        self.tex = rng.normal(size=(3 * whole, 5)) * 0.1
        self.shape_ev = rng.uniform(1e3, 2e3, (6, 1))
        self.tex_ev = rng.uniform(10, 20, (5, 1))
        self.tex_mean = rng.uniform(60, 200, (3 * whole, 1))
        self.write("01_MorphableModel.mat", self.basel())
        self.write("BFM_exp_idx.mat", {"trimIndex": self.trim[:, np.newaxis] + 1.0})
        self.write("BFM_front_idx.mat", {"idx": self.front[:, np.newaxis] + 1.0})
        self.write("facemodel_info.mat", self.info())
        self.expression = rng.normal(size=(4, len(self.trim), 3)).astype("<f4")
        self.deviations = np.array([900.5, 700.0, 500.0, 300.0])
        self.write_expressions()

    def write(self, name: str, arrays: dict) -> None:
        savemat(self.folder / name, arrays)

    def basel(self) -> dict:
        return {
            "shapeMU": (self.mean * 1e5).reshape(-1, 1),
            "shapePC": self.shape,
            "shapeEV": self.shape_ev,
            "texMU": self.tex_mean,
            "texPC": self.tex,
            "texEV": self.tex_ev,
        }

    def info(self) -> dict:
        front = self.faces[::2]
        subset, sub = np.unique(front, return_inverse=True)
        count = len(self.select)
        return {
            "tri": self.faces + 1.0,
            "tri_mask2": sub.reshape(-1, 3) + 1.0,
            "frontmask2_idx": subset[:, np.newaxis] + 1.0,
            "keypoints": (np.arange(68) % count)[np.newaxis] + 1.0,
            "skinmask": (np.arange(count) % 3 == 0)[np.newaxis].astype(float),
        }

    def write_expressions(self, count: int = 4) -> None:
        head = np.int32(count).tobytes() + np.full(3 * len(self.trim), 7, "<f4").tobytes()
        (self.folder / "Exp_Pca.bin").write_bytes(head + self.expression[:count].tobytes())
        (self.folder / "std_exp.txt").write_text(" ".join(map(str, self.deviations[:count])))


def flame_arrays(seed: int = 2) -> dict:
    """FLAME's arrays on a small sheet, with an eyeball's worth of nothing else."""
    rng = np.random.default_rng(seed)
    mean, faces = grid()
    count = len(mean)
    regressor = rng.uniform(0, 1, (5, count)) * (rng.random((5, count)) < 0.3) + 1e-3
    weights = rng.uniform(0, 1, (count, 5))
    return {
        "v_template": mean / 10,
        "f": faces.astype(np.uint32),
        "shapedirs": rng.normal(0, 1e-3, (count, 3, 304)),
        "posedirs": rng.normal(0, 1e-3, (count, 3, 36)),
        "J_regressor": regressor / regressor.sum(1, keepdims=True),
        "kintree_table": np.array([[4294967295, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "weights": weights / weights.sum(1, keepdims=True),
    }


def embedding(faces: int, seed: int = 3) -> dict:
    """DECA's landmark embedding: 51 static landmarks and a contour for each yaw."""
    rng = np.random.default_rng(seed)
    static, dynamic = rng.uniform(0.1, 1, (51, 3)), rng.uniform(0.1, 1, (5, 17, 3))
    return {
        "static_lmk_faces_idx": rng.integers(0, faces, 51),
        "static_lmk_bary_coords": static / static.sum(-1, keepdims=True),
        "dynamic_lmk_faces_idx": rng.integers(0, faces, (5, 17)),
        "dynamic_lmk_bary_coords": dynamic / dynamic.sum(-1, keepdims=True),
    }


def chumpy_pickle(arrays: dict, protocol: int = 2) -> bytes:
    """FLAME's arrays as its .pkl holds them: chumpy objects and a sparse regressor."""
    package, module = types.ModuleType("chumpy"), types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self, x):
            self.x, self._dirty_vars, self._itr = x, {"x"}, None

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    module.Ch, package.ch = Ch, module
    sys.modules.update({"chumpy": package, "chumpy.ch": module})
    try:
        wrapped = {n: Ch(a) if n in ("v_template", "shapedirs") else a for n, a in arrays.items()}
        wrapped["J_regressor"] = sparse.csc_matrix(arrays["J_regressor"])
        return pickle.dumps(wrapped | {"bs_type": "lrotmin"}, protocol)
    finally:
        del sys.modules["chumpy"], sys.modules["chumpy.ch"]
