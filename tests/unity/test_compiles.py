"""The package compiles as Unity 2019.2 and Unity 6 would compile it, and runs."""

import re

import pytest

from tests.unity import mono


@pytest.mark.parametrize("defines", [mono.OLD, mono.NEW], ids=["2019.2", "6000.0"])
def test_the_package_compiles(defines):
    folder = mono.build(defines)
    assert (folder / "Face2Param.dll").exists()


def test_the_driver_answers(driver):
    assert driver("echo", "a", "ü") == "a|ü"
    with pytest.raises(AssertionError, match="no command"):
        driver("no_such_command")


def test_the_tests_for_users_inside_unity_pass(driver):
    answer = driver("nunit", timeout=60)
    assert re.fullmatch(r"\d\d+ passed, 0 failed ", answer), answer


def test_the_readme_compiles(unity_assembly, tmp_path):
    text = (mono.PACKAGE / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```csharp\n(using .*?;)\n(.*?)```", text, re.DOTALL)
    source = "static class Example { static void Run() {" + code[2] + "} }"
    (tmp_path / "a.cs").write_text(code[1] + "\nusing UnityEngine;\n" + source)
    mono.compile_cs(tmp_path / "a.dll", [tmp_path / "a.cs"], sorted(unity_assembly.glob("*.dll")))
