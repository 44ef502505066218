"""The payload of PICTURE: sections of a rendering to bytes and back."""

import io
import struct
from collections.abc import Mapping

import numpy as np
from PIL import Image

from face2param import regions
from face2param.engines.unity.protocol import LinkError, Section

RAW, PNG, JPEG = 0, 1, 2
"""Formats of a section's data."""

_HEAD = struct.Struct("<HHI")
_SECTION = struct.Struct("<HHI")
_POINTS = 68
_LANDMARKS = struct.Struct(f"<{2 * _POINTS}f{3 * _POINTS}f{_POINTS}B")
_BYTES_PER_PIXEL = {
    Section.IMAGE: 3,
    Section.LABELS: 1,
    Section.DEPTH: 4,
    Section.NORMALS: 12,
}
_CODERS = {PNG: "PNG", JPEG: "JPEG"}


def largest(size: tuple[int, int], wanted: Section) -> int:
    """Bytes that a raw PICTURE of this size with these sections has."""
    pixels = size[0] * size[1]
    total = _HEAD.size
    for section in wanted:
        total += _SECTION.size
        total += pixels * _BYTES_PER_PIXEL.get(section, 0) or _LANDMARKS.size
    return total


def pack_picture(
    size: tuple[int, int], sections: Mapping[Section, np.ndarray], image_format: int = RAW
) -> bytes:
    """Packs sections.

    Args:
        size: (height, width) in pixels.
        sections: IMAGE uint8 `[height, width, 3]`; LABELS uint8 `[height, width]`; DEPTH float32
            `[height, width]`; NORMALS float32 `[height, width, 3]`; LANDMARKS float32 `[68, 6]`:
            (x, y) in the picture, (x, y, z) in space, 1 where it is seen.
        image_format: RAW, PNG or JPEG, of the image; the labels are packed as PNG unless RAW.
    """
    parts = [_HEAD.pack(*size, len(sections))]
    for section, values in sections.items():
        form = RAW
        if section == Section.IMAGE:
            form = image_format
        elif section == Section.LABELS and image_format != RAW:
            form = PNG
        if section == Section.LANDMARKS:
            points = np.asarray(values, "<f4")
            seen = (points[:, 5] > 0.5).astype(np.uint8)
            data = points[:, :2].tobytes() + points[:, 2:5].tobytes() + seen.tobytes()
        elif form != RAW:
            packed = io.BytesIO()
            options = {"quality": 92, "subsampling": 0} if form == JPEG else {"compress_level": 1}
            Image.fromarray(values).save(packed, _CODERS[form], **options)
            data = packed.getvalue()
        else:
            kind = "u1" if section in (Section.IMAGE, Section.LABELS) else "<f4"
            data = np.ascontiguousarray(values, kind).tobytes()
        parts += [_SECTION.pack(section, form, len(data)), data]
    return b"".join(parts)


def parse_picture(data: bytes, size: tuple[int, int]) -> dict[Section, np.ndarray]:
    """Unpacks sections; the inverse of `pack_picture`.

    Args:
        data: the payload.
        size: (height, width) that was asked for.

    Returns:
        What came, by section; as `pack_picture` takes it.

    Raises:
        LinkError: `malformed`: another size, a section twice or unknown or cut short, or values
            that no rendering has.
    """
    if len(data) < _HEAD.size:
        raise _malformed(f"it has {len(data)} bytes; its head alone has {_HEAD.size}")
    height, width, count = _HEAD.unpack_from(data)
    if (height, width) != tuple(size):
        raise _malformed(f"it is {height} x {width}, asked for was {size[0]} x {size[1]}")
    if count > len(Section):
        raise _malformed(f"it announces {count} sections; there are {len(Section)}")
    found: dict[Section, np.ndarray] = {}
    view, at = memoryview(data), _HEAD.size
    for _ in range(count):
        if len(data) - at < _SECTION.size:
            raise _malformed("it ends within its sections")
        number, form, length = _SECTION.unpack_from(data, at)
        at += _SECTION.size
        if number not in Section.__members__.values() or number in found:
            raise _malformed(f"section {number} is unknown or comes twice")
        if length > len(data) - at:
            raise _malformed(f"section {Section(number).name} ends after the message")
        section = Section(number)
        found[section] = _parse_section(section, form, view[at : at + length], size)
        at += length
    if at != len(data):
        raise _malformed(f"it has {len(data) - at} bytes too many")
    return found


def _parse_section(
    section: Section, form: int, data: memoryview, size: tuple[int, int]
) -> np.ndarray:
    if section == Section.LANDMARKS:
        values = _parse_landmarks(form, data)
    elif form in _CODERS and section in (Section.IMAGE, Section.LABELS):
        values = _decode(section, _CODERS[form], data, size)
    else:
        wanted = size[0] * size[1] * _BYTES_PER_PIXEL[section]
        if form != RAW or len(data) != wanted:
            raise _malformed(
                f"section {section.name} has format {form} and {len(data)} bytes; "
                f"raw (0) has {wanted}"
            )
        kind = np.uint8 if section in (Section.IMAGE, Section.LABELS) else np.dtype("<f4")
        channels = (3,) if section in (Section.IMAGE, Section.NORMALS) else ()
        values = np.frombuffer(data, kind).reshape(*size, *channels)
    if section == Section.LABELS and values.max(initial=0) >= len(regions.CLASSES):
        raise _malformed(f"a label is {values.max()}; classes go to {len(regions.CLASSES) - 1}")
    if section == Section.DEPTH and np.isnan(values).any():
        raise _malformed("a depth is not a number; the background has inf")
    if section == Section.NORMALS and not np.isfinite(values).all():
        raise _malformed("a normal is not a finite number; the background has 0")
    return values


def _parse_landmarks(form: int, data: memoryview) -> np.ndarray:
    if form != RAW or len(data) != _LANDMARKS.size:
        raise _malformed(
            f"section LANDMARKS has format {form} and {len(data)} bytes; raw (0) has "
            f"{_LANDMARKS.size}"
        )
    floats = np.frombuffer(data, "<f4", 5 * _POINTS)
    if not np.isfinite(floats).all():
        raise _malformed("a landmark is not a finite number")
    flat, space = floats[: 2 * _POINTS], floats[2 * _POINTS :]
    seen = np.frombuffer(data, np.uint8, _POINTS, 20 * _POINTS)
    return np.column_stack(
        [flat.reshape(_POINTS, 2), space.reshape(_POINTS, 3), (seen > 0).astype(np.float32)]
    )


def _decode(section: Section, coder: str, data: memoryview, size: tuple[int, int]) -> np.ndarray:
    # Pillow answers damage with many kinds of exceptions; each of them means a bad message.
    try:
        with Image.open(io.BytesIO(data), formats=[coder]) as picture:
            if (picture.height, picture.width) != tuple(size):
                raise ValueError(f"it is {picture.height} x {picture.width}")
            mode = "RGB" if section == Section.IMAGE else "L"
            if mode == "L" and picture.mode != "L":
                raise ValueError(f"its mode is {picture.mode}; labels are grey, 8 bits")
            return np.asarray(picture.convert(mode))
    except Exception as error:
        raise _malformed(f"section {section.name} is no good {coder}: {error}") from None


def _malformed(message: str) -> LinkError:
    return LinkError("malformed", f"PICTURE: {message}")
