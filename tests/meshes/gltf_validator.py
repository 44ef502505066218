"""Runs the Khronos glTF validator, where Node.js and the npm package gltf-validator are there.

`npm install gltf-validator` in any folder; F2P_GLTF_VALIDATOR names node_modules/gltf-validator in
it. Without the variable, node_modules in the repository's root or in its folder `tools` is used.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

VARIABLE = "F2P_GLTF_VALIDATOR"
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = """
const validator = require(process.argv[1]);
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));
validator.validateBytes(bytes).then(
  report => process.stdout.write(JSON.stringify(report)),
  error => { console.error(String(error)); process.exit(1); });
"""


def package() -> Path:
    """Folder of the package; skips the test where something is missing."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed (node is not on the PATH)")
    named = os.environ.get(VARIABLE)
    places = [Path(named)] if named else []
    places += [root / "node_modules" / "gltf-validator" for root in (_ROOT, _ROOT / "tools")]
    for place in places:
        if (place / "package.json").is_file():
            return place.resolve()
    pytest.skip(f"npm package gltf-validator not found; install it and set {VARIABLE}")


def report(path: Path) -> dict:
    """The validator's whole report about a .glb file."""
    done = subprocess.run(
        ["node", "-e", _PROGRAM, str(package()), str(path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(path: Path) -> dict:
    """Fails on any error or warning; returns the report."""
    found = report(path)
    issues = found["issues"]
    worst = [m for m in issues["messages"] if m["severity"] <= 1][:5]
    assert issues["numErrors"] == 0 and issues["numWarnings"] == 0, worst
    return found
