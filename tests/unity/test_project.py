"""The project folder: what Unity needs to open it."""

import json

from tests.unity import mono

PROJECT = mono.ROOT / "unity"


def test_the_project_names_its_editor_and_modules():
    version = (PROJECT / "ProjectSettings" / "ProjectVersion.txt").read_text()
    assert version == "m_EditorVersion: 2019.2.1f1\n"
    manifest = json.loads((PROJECT / "Packages" / "manifest.json").read_text())
    package = json.loads((mono.PACKAGE / "package.json").read_text())
    # An embedded package does not list itself; its modules must not be missing.
    assert package["name"] not in manifest["dependencies"]
    assert set(package["dependencies"]) <= set(manifest["dependencies"])


def test_the_projects_own_script_compiles(unity_assembly, tmp_path):
    sources = sorted((PROJECT / "Assets").rglob("*.cs"))
    assert sources
    references = [unity_assembly / "UnityEngine.dll"]
    mono.compile_cs(tmp_path / "Project.dll", sources, references)
