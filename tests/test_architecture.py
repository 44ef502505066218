"""Keeps the house in order: floors, absl flags only in bin/, small files."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "face2param"

FLOORS = {
    "errors": 0,
    "images": 0,
    "config": 0,
    "regions": 1,
    "schema": 1,
    "landmarks": 1,
    "meshes": 1,
    "training": 1,
    "weights": 1,
    "rendering": 2,
    "metrics": 2,
    "engines": 3,
    "alignment": 3,
    "features": 3,
    "morphable": 4,
    "imitator": 4,
    "estimator": 4,
    "database": 4,
    "fitting": 5,
    "reconstruction": 5,
    "detail": 5,
    "skinning": 5,
    "reenactment": 5,
    "faceswap": 5,
    "pipelines": 6,
    "__init__": 7,
    "bin": 7,
    "studio": 7,
}
NO_TENSORFLOW = (
    "schema",
    "landmarks",
    "meshes",
    "engines",
    "metrics",
    "alignment",
    "images",
    "config",
)
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = sorted(
    path
    for folder in ("face2param", "third_party", "tests")
    for path in (ROOT / folder).rglob("*.py")
)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the full name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def top_level_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_import_only_from_lower_floors(path):
    here = room(path)
    assert here in FLOORS, f"{here} is no room of the house; see CONVENTIONS.md"
    for name in imports(path):
        if not name.startswith("face2param."):
            continue
        there = name.split(".")[1]
        if there == here or there not in FLOORS:
            continue  # inside the room, or a name of the front door
        # The three ground-floor modules build on each other: errors, config, images.
        assert FLOORS[there] < max(FLOORS[here], 1), f"{path} (floor {FLOORS[here]}) imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_flags_live_in_bin_and_third_party_behind_features(path):
    names = imports(path)
    if room(path) != "bin":
        assert not any(name.startswith("absl") for name in names)
    if room(path) != "features":
        assert not any(name.startswith(("lightcnn_tf", "face_parsing_tf")) for name in names)
    if room(path) in NO_TENSORFLOW and path.name != "relaxation.py":
        assert not top_level_imports(path) & {"tensorflow", "keras"}


def test_third_party_imports_nothing_of_face2param():
    for path in (ROOT / "third_party").rglob("*.py"):
        assert not any(name.split(".")[0] == "face2param" for name in imports(path)), path


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
