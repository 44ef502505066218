"""Compiles the Unity package against stand-ins of Unity's types, and runs it under Mono.

Layout: `standins/*.cs` become UnityEngine.dll, the package's Runtime, Editor and Tests folders
one assembly each, `driver/*.cs` (commands marked `[Command("name")]`) the program. Any part
adds its own files; nothing here lists them.
"""

from __future__ import annotations

import atexit
import functools
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "unity" / "Packages" / "com.face2param.bridge"

OLD = ("UNITY_2019_2_OR_NEWER", "UNITY_2019_1_OR_NEWER", "UNITY_2019_2", "UNITY_EDITOR")
NEW = (
    *("UNITY_2019_1_OR_NEWER", "UNITY_2019_2_OR_NEWER", "UNITY_2019_3_OR_NEWER"),
    *("UNITY_2019_4_OR_NEWER", "UNITY_2020_1_OR_NEWER", "UNITY_2020_2_OR_NEWER"),
    *("UNITY_2020_3_OR_NEWER", "UNITY_2021_1_OR_NEWER", "UNITY_2021_2_OR_NEWER"),
    *("UNITY_2021_3_OR_NEWER", "UNITY_2022_1_OR_NEWER", "UNITY_2022_2_OR_NEWER"),
    *("UNITY_2022_3_OR_NEWER", "UNITY_2023_1_OR_NEWER", "UNITY_6000_0_OR_NEWER"),
    *("UNITY_6000_0", "UNITY_EDITOR"),
)
"""What the editors of 2019.2 and of Unity 6 define while compiling."""

REFERENCES = ("System.dll", "System.Core.dll", "System.Numerics.dll")


def need_mono() -> None:
    """Skips the test where Mono is not installed."""
    if not shutil.which("mcs") or not shutil.which("mono"):
        pytest.skip(
            "Mono is not installed (Debian: apt-get install mono-mcs mono-runtime "
            "libmono-system-numerics4.0-cil)"
        )


def compile_cs(output: Path, sources: list[Path], references=(), defines=OLD, target="library"):
    """Compiles C# files with mcs, warnings counting as errors; returns `output`."""
    command = ["mcs", f"-target:{target}", f"-out:{output}", "-debug", "-warnaserror+"]
    # 0649: fields that Unity fills from the scene.
    command += ["-nowarn:0649", "-langversion:7.2", f"-define:{';'.join(defines)}"]
    command += [f"-r:{reference}" for reference in (*REFERENCES, *references)]
    done = subprocess.run(
        command + [str(path) for path in sources], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return output


@functools.cache
def build(defines: tuple[str, ...] = OLD) -> Path:
    """Compiles everything once per process; returns the folder of the assemblies.

    Raises:
      AssertionError: with the compiler's messages.
    """
    need_mono()
    folder = Path(tempfile.mkdtemp(prefix="face2param-mono-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made: list[Path] = []
    for name, where in [
        ("UnityEngine.dll", HERE / "standins"),
        ("nunit.framework.dll", HERE / "nunit"),
        ("Face2Param.dll", PACKAGE / "Runtime"),
        ("Face2Param.Editor.dll", PACKAGE / "Editor"),
        ("Face2Param.Tests.dll", PACKAGE / "Tests"),
        ("driver.exe", HERE / "driver"),
    ]:
        sources = sorted(where.rglob("*.cs"))
        if sources:
            target = "exe" if name.endswith(".exe") else "library"
            made.append(compile_cs(folder / name, sources, made, defines, target))
    return folder


class Refused(Exception):
    """The C# raised one of its own exceptions; `kind` is its class."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class Driver:
    """One Mono process that answers commands line by line.

    Args:
      folder: of `build`.
      heap: what the garbage collector may take at most, so that a large allocation shows.
    """

    def __init__(self, folder: Path, heap: str = "256m"):
        self.folder = folder
        self.process = subprocess.Popen(
            ["mono", "--debug", str(folder / "driver.exe")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "MONO_GC_PARAMS": f"max-heap-size={heap}"},
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __call__(self, command: str, *arguments: object, timeout: float = 30.0) -> str:
        """Runs one command and returns its text.

        Raises:
          Refused: the C# raised one of its own exceptions.
          AssertionError: it raised any other, ended, or did not answer in time.
        """
        fields = [command, *(str(argument) for argument in arguments)]
        assert not any("\t" in field or "\n" in field for field in fields), fields
        assert self.process.poll() is None, "the driver has ended"
        self.process.stdin.write(("\t".join(fields) + "\n").encode())
        self.process.stdin.flush()
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            self.close()
            raise AssertionError(f"{command}: no answer within {timeout} s") from None
        assert line, f"{command}: the driver ended with {self.process.wait(10)}"
        verdict, _, rest = line.decode().rstrip("\n").partition("\t")
        if verdict == "refused":
            raise Refused(*rest.split("\t", 1))
        assert verdict == "ok", f"{command}: {rest}"
        return rest

    def close(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()

    def _read(self) -> None:
        for line in iter(self.process.stdout.readline, b""):
            self._lines.put(line)
        self._lines.put(b"")
