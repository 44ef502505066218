"""In which precision the networks of a search compute: float32, or bfloat16 where it pays.

bfloat16 keeps float32's range and 8 bits of its mantissa. On a CPU it is worth its rounding
only with Intel's AMX tiles: without them the same products run at a fraction of float32's
speed (AVX-512) or make TensorFlow abort the process (AVX2).
"""

from __future__ import annotations

from pathlib import Path

from face2param.errors import ConfigError

PRECISIONS = ("float32", "bfloat16")
_CPUINFO = Path("/proc/cpuinfo")


def has_amx() -> bool:
    """Says whether the processor multiplies bfloat16 matrices in AMX tiles.

    Linux lists it as `amx_bf16`; where the list cannot be read, the answer is no.
    """
    try:
        lines = _CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "amx_bf16" in flags.split()


def check(precision: str) -> str:
    """Returns `precision` if this machine can compute in it.

    Raises:
      ConfigError: the name is unknown, or bfloat16 is asked of a processor without AMX.
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"precision {precision!r} is unknown; choose from {PRECISIONS}")
    if precision == "bfloat16" and not has_amx():
        raise ConfigError(
            "precision bfloat16 needs a processor with AMX, and "
            f"{_CPUINFO} does not list amx_bf16: without it bfloat16 is slower than float32, or "
            "makes TensorFlow abort; use --precision=float32"
        )
    return precision
