import pytest

from face2param.errors import ConfigError
from face2param.features import precision


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(precision, "_CPUINFO", path)
    return path


def test_amx_is_read_from_the_processors_flags(cpuinfo):
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu avx512_bf16 amx_bf16 amx_tile\n")
    assert precision.has_amx()
    assert precision.check("bfloat16") == "bfloat16"
    cpuinfo.write_text("model name\t: amx_bf16\nflags\t\t: fpu avx2 avx512_bf16\n")
    assert not precision.has_amx()


def test_bfloat16_is_refused_without_amx_or_where_nothing_is_known(cpuinfo):
    cpuinfo.write_text("flags\t\t: fpu avx2\n")
    with pytest.raises(ConfigError, match=r"needs a processor with AMX.*--precision=float32"):
        precision.check("bfloat16")
    cpuinfo.unlink()
    with pytest.raises(ConfigError, match="amx_bf16"):
        precision.check("bfloat16")
    assert precision.check("float32") == "float32"


def test_unknown_precisions_are_refused():
    with pytest.raises(ConfigError, match="'float16' is unknown"):
        precision.check("float16")
