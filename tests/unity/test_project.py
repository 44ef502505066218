"""The project folder: what Unity needs to open it."""

import json
import os
import subprocess

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


MAIN = """
using UnityEditor;
public static class Program
{
    public static void Main()
    {
        PlayerSettings.legacyClampBlendShapeWeights = true;
        AssemblyReloadEvents.Reload(typeof(Program).Assembly);
        System.Console.WriteLine(PlayerSettings.colorSpace + " " + PlayerSettings.productName
            + (PlayerSettings.legacyClampBlendShapeWeights ? " clamped" : " free"));
    }
}
"""


def test_the_projects_own_settings(unity_assembly, tmp_path):
    sources = sorted((PROJECT / "Assets").rglob("*.cs"))
    assert sources
    (tmp_path / "Program.cs").write_text(MAIN)
    program = mono.compile_cs(
        tmp_path / "Project.exe",
        [*sources, tmp_path / "Program.cs"],
        [unity_assembly / "UnityEngine.dll"],
        target="exe",
    )
    done = subprocess.run(
        ["mono", str(program)],
        env={**os.environ, "MONO_PATH": str(unity_assembly)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "Linear face2param free\n", done.stderr
