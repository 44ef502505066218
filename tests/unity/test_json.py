"""The C# reader and writer of JSON against Python's."""

import json

import numpy as np
import pytest

from tests.unity.mono import Refused

VALUES = {
    "text": 'é "quoted" \\ / \b\f\n\r\t \x01 \x7f 😀',
    "list": [1, -2, 0, 1.0, -0.0, 1e-5, 1e22, 1.5e300, 5e-324, 123456789012345680.0, 0.1],
    "nested": {"a": [], "b": {}, "c": [[], [None, True, False]]},
}


@pytest.mark.parametrize("indent", [0, 1, 2, None])
def test_written_as_python_writes(driver, tmp_path, indent):
    (tmp_path / "a").write_text(json.dumps(VALUES), encoding="utf-8")
    driver("json-copy", tmp_path / "a", tmp_path / "b", "compact" if indent is None else indent)
    if indent is None:
        wanted = json.dumps(VALUES, separators=(",", ":"))
    else:
        wanted = json.dumps(VALUES, indent=indent, ensure_ascii=False)
    assert (tmp_path / "b").read_text(encoding="utf-8") == wanted


def doubles():
    rng = np.random.default_rng(0)
    powers = 2.0 ** np.arange(-1074, 1024)
    return np.concatenate(
        [
            rng.integers(0, 0x7FF0 << 48, 8000).view(np.float64),  # all sizes, also subnormal
            rng.random(8000),
            np.round(rng.random(5000), 6),
            *(powers, np.nextafter(powers, 0), np.nextafter(powers, np.inf)),
            np.float64(10.0) ** np.arange(-320, 309),
            [0.0, -0.0, -1.5, 1e16, 9999999999999998.0, 1e-4, 9.999e-5, -np.pi],
        ]
    )


def test_numbers_are_written_as_python_writes_them(driver, tmp_path):
    values = doubles()
    (tmp_path / "a").write_bytes(values.astype("<f8").tobytes())
    driver("repr", tmp_path / "a", tmp_path / "b", "float64")
    assert (tmp_path / "b").read_text().splitlines() == [repr(float(v)) for v in values]


def test_float32_are_written_as_characters_are(driver, tmp_path):
    rng = np.random.default_rng(1)
    powers = np.float32(2) ** np.arange(-40, 41).astype(np.float32)
    values = np.concatenate(
        [
            rng.random(100000).astype(np.float32),
            rng.random(5000).astype(np.float32) ** 9,
            *(powers, np.nextafter(powers, np.float32(0)), np.nextafter(powers, np.float32(9e9))),
            np.arange(-2000, 2000, dtype=np.float32) / np.float32(1000),
            np.array([0, 1, -0.1, 1e-30, 3.4e38, 16777216, 1e-45], np.float32),
        ]
    )
    (tmp_path / "a").write_bytes(values.astype("<f4").tobytes())
    driver("repr", tmp_path / "a", tmp_path / "b", "float32")
    assert (tmp_path / "b").read_text().splitlines() == [repr(float(str(v))) for v in values]


def test_numbers_are_read_exactly(driver, tmp_path):
    rng = np.random.default_rng(2)
    texts = [repr(float(v)) for v in doubles()]
    # Many digits, and halfway between two doubles.
    texts += [
        f"{v:.{n}e}" for v, n in zip(doubles()[:5000], rng.integers(0, 60, 5000), strict=True)
    ]
    for start in (1, 2**53, 2**60):
        texts += [str(start * 2 + 1) + "0" * 20, str(start) + "." + "0" * 30 + "1"]
    texts += ["9007199254740993", "9007199254740993.0000000000001", "2.4703282292062327e-324"]
    texts += ["1e400", "1e-400", "0e999999999999", "1e-999999999999"]
    (tmp_path / "a").write_text("\n".join(texts))
    driver("parse-numbers", tmp_path / "a", tmp_path / "b")
    read = np.frombuffer((tmp_path / "b").read_bytes(), "<f8")
    np.testing.assert_array_equal(read, [float(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "ends early"),
        (b"{", "member name"),
        (b'{"a":1,}', "member name"),
        (b'{"a" 1}', "':' is expected"),
        (b'{"a":1,"a":2}', "'a' is there twice"),
        (b"[1,]", "a value is expected"),
        (b"[1 2]", "',' or ']'"),
        (b"[01]", "',' or ']'"),
        (b"[1.]", "a digit"),
        (b"[+1]", "a value"),
        (b"[NaN]", "a value"),
        (b"[1e999]", "too large"),
        (b'["a', "no end"),
        (b'["\n"]', "control character"),
        (b'["\\x"]', "unknown escape"),
        (b'["\\u12g4"]', "unknown escape"),
        (b'["\\ud800"]', "surrogate"),
        (b"[] []", "more text"),
        (b"\xff\xfe", "not UTF-8"),
        (b"\xef\xbb\xbf[]", "a value is expected: line 1 column 1"),
        (b"[" * 100000, "deeper than 64"),
        (b"[" + b"1," * 1000001 + b"1]", "more than 1000000 values"),
        (b"[" + b"1" * 5000 + b"]", "has 5000 digits"),
    ],
)
def test_refused(driver, tmp_path, text, message):
    (tmp_path / "a").write_bytes(text)
    with pytest.raises(Refused, match=message) as caught:
        driver("json-copy", tmp_path / "a", tmp_path / "b", 1)
    assert caught.value.kind == "CodecException"
    assert not (tmp_path / "b").exists()


def test_a_file_over_the_limit_is_refused_before_memory_is_taken(driver, tmp_path):
    with open(tmp_path / "a", "wb") as file:
        file.truncate(1 << 40)  # Sparse: takes no room on the disk.
    with pytest.raises(Refused, match=r"has 1099511627776 bytes; at most 67108864"):
        driver("json-copy", tmp_path / "a", tmp_path / "b", 1)
    with pytest.raises(Refused, match="cannot read"):
        driver("json-copy", tmp_path / "absent", tmp_path / "b", 1)
