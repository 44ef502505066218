"""Packaging of face2param and of the two networks under third_party/."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
THIRD_PARTY = {
    "lightcnn_tf": "third_party/lightcnn_tf/lightcnn_tf",
    "face_parsing_tf": "third_party/face_parsing_tf/face_parsing_tf",
}

REQUIRED = [
    "tensorflow>=2.18",
    "keras>=3.12",
    "numpy>=1.26",
    "scipy>=1.12",
    "pillow>=10.1",
    "tqdm",
    "absl-py",
    "h5py",
    "numba>=0.60",
    "scikit-image>=0.22",
    "opencv-contrib-python-headless>=4.8",
    "dlib-bin>=20.0.1",
    "face_recognition_models==0.3.0",
]
# Writes and checks SavedModel, ONNX and LiteRT files; see face2param/weights/export.py.
EXPORT = ["tf2onnx>=1.17", "onnx", "onnxruntime", "ai-edge-litert"]
# Reads and writes films with their sound.
VIDEO = ["av>=12"]
EXTRAS = {
    # tensorflow-graphics has no installable dependency set from Python 3.12 on; there:
    # pip install --no-deps tensorflow-graphics==2021.12.3
    "tfg": ["tensorflow-graphics==2021.12.3; python_version < '3.12'"],
    "dlib-source": ["dlib>=19.24"],
    "tensorboard": ["tensorboard"],
    "export": EXPORT,
    "video": VIDEO,
    # Decodes EXT_meshopt_compression of glTF files; built from source, needs a C++ compiler.
    "meshopt": ["meshoptimizer>=0.2.30a0"],
    # jax: the tests train and run every network under a second Keras backend. trimesh and
    # pygltflib: oracles of the distances between meshes and of their files.
    "dev": [
        *(
            "pytest",
            "ruff",
            "tensorboard",
            "nbformat",
            "nbclient",
            "ipykernel",
            "jax",
            "hypothesis",
            "pygltflib",
            "trimesh",
            "rtree",
        ),
        *EXPORT,
        *VIDEO,
    ],
}

setup(
    name="face2param",
    version="0.1.0",
    description="From a face photograph to the parameters of a game character, in TensorFlow 2",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["face2param", "face2param.*"]) + list(THIRD_PARTY),
    package_dir=THIRD_PARTY,
    package_data={
        "face2param": [
            "schema/data/*.json",
            "imitator/weights/**/*",
            "features/weights/*",
            "estimator/*.json",
            "estimator/weights/**/*",
            "fitting/data/*",
            "reconstruction/data/*",
            "reconstruction/weights/**/*",
        ],
    },
    install_requires=REQUIRED,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["face2param=face2param.bin.cli:main"]},
)
