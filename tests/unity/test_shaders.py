"""The shaders are HLSL that compiles, every pass of them, in both colour spaces."""

import re
import shutil
import subprocess

import pytest

from tests.unity import mono

SHADERS = sorted((mono.PACKAGE / "Shaders").glob("*.shader"))
STANDIN = mono.HERE / "shaders"


@pytest.fixture(scope="module")
def compiler():
    found = shutil.which("glslangValidator")
    if not found:
        pytest.skip("glslangValidator is not installed (Debian: apt-get install glslang-tools)")
    return found


def passes(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The program that all passes share, and (vertex, fragment) of each."""
    (shared,) = re.findall(r"CGINCLUDE(.*?)ENDCG", text, re.DOTALL)
    blocks = re.findall(r"CGPROGRAM(.*?)ENDCG", text, re.DOTALL)
    names = [tuple(re.findall(r"#pragma (?:vertex|fragment) (\w+)", block)) for block in blocks]
    return shared, names


@pytest.mark.parametrize("defines", [(), ("UNITY_COLORSPACE_GAMMA",)], ids=["linear", "gamma"])
@pytest.mark.parametrize("path", SHADERS, ids=lambda path: path.stem)
def test_every_pass_compiles(compiler, tmp_path, path, defines):
    shared, names = passes(path.read_text())
    assert len(names) == 3
    header = "".join(f"#define {name} 1\n" for name in defines)
    for entries in names:
        for stage, entry in zip(("vert", "frag"), entries, strict=True):
            source = tmp_path / f"{path.stem}.{stage}.hlsl"
            source.write_text(header + shared)
            command = [compiler, "-D", "-V", "-S", stage, "-e", entry, f"-I{STANDIN}"]
            command += [f"-I{path.parent}", "--auto-map-bindings", "--auto-map-locations"]
            command += ["-o", str(tmp_path / "out.spv"), str(source)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"{entry}: {done.stdout}{done.stderr}"


def test_a_mistake_is_noticed(compiler, tmp_path):
    (tmp_path / "bad.hlsl").write_text("float4 Opaque() : SV_Target { return nothing; }")
    command = [compiler, "-D", "-V", "-S", "frag", "-e", "Opaque", str(tmp_path / "bad.hlsl")]
    command += ["-o", str(tmp_path / "out.spv")]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode != 0
