"""In which precision the networks of a search compute: float32, or bfloat16 where it pays.

bfloat16 keeps float32's range and 8 bits of its mantissa. It is accepted where the processor
has Intel's AMX tiles, which make the networks 1.3 to 3 times as fast. Without them the same
products were slower than float32 on Intel's AVX-512 and made TensorFlow abort on AVX2. (AMD's
Zen 5 gains 1.3 to 2 times by AVX512_BF16 alone, but that flag does not tell it from those that
lose, so it is refused too.)
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
            f"precision bfloat16 needs a processor with AMX, and {_CPUINFO} does not list "
            "amx_bf16: without it bfloat16 is slower than float32 on most processors, or makes "
            "TensorFlow abort; use --precision=float32"
        )
    return precision
