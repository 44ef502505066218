"""Shows the weight register to people: a table for a terminal of 100 columns, one file in full."""

from __future__ import annotations

import dataclasses

from face2param.weights import register
from face2param.weights.weight_file import NETWORK_SUFFIX, WeightFile, by_hand

COLUMNS = 100


def state(entry: WeightFile) -> str:
    """Says in a few words where a file is, or what brings it."""
    found = register.locations(entry)
    for location in found:
        if not location.fault:
            return {
                "shipped": "shipped",
                "own": "your folder",
                "pip": "pip package",
                "cache": "converted" if entry.converted_from else "fetched",
            }[location.place]
    if found:
        return "damaged"
    if entry.shipped:
        return "missing"
    if entry.converted_from:
        return "to convert"
    return "to fetch" if entry.sources else "by hand"


def table() -> str:
    """Returns one line for each file of the register, none longer than 100 characters."""
    rows = [("NAME", "SIZE", "STATE", "WHO MAY USE IT", "FOR")]
    for entry in register.FILES.values():
        purpose = entry.purpose.partition(";")[0]
        rows.append((entry.name, _size(entry), state(entry), entry.users, purpose))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = []
    for name, size, where, users, purpose in rows:
        cells = (name.ljust(widths[0]), size.rjust(widths[1]), where.ljust(widths[2]))
        lines.append("  ".join((*cells, users.ljust(widths[3]), purpose)).rstrip())
    hint = "face2param weights list NAME shows one file in full: licence, addresses, way by hand."
    return "\n".join([*lines, "", hint])


def details(entry: WeightFile) -> str:
    """Returns everything that the register knows about one file."""
    found = register.locations(entry)
    described = entry.file.endswith(NETWORK_SUFFIX)
    lines = [
        ("name", entry.name),
        ("file", entry.file),
        ("for", entry.purpose),
        ("licence", entry.licence),
        ("who may use it", entry.users),
        ("bytes", f"{entry.size:,}" if entry.size else "" if described else "not known"),
        ("sha256", entry.sha256 or ("in the JSON beside it" if described else "not published")),
        ("pip", entry.install),
        *(
            ("address", source.url + (" (bzip2)" if source.bzip2 else ""))
            for source in entry.sources
        ),
        *(("page", page) for page in entry.pages),
        ("on the page", entry.by_hand),
        ("converted from", entry.converted_from),
        *(("here", f"{item.path}{' DAMAGED' * bool(item.fault)}") for item in found),
    ]
    if not found:
        lines.append(("to get it", register.how(entry)))
        if entry.sources:
            lines.append(("without fetch", by_hand(entry)))
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {text}" for label, text in lines if text)


def record(entry: WeightFile) -> dict:
    """Returns everything that the register knows about one file as JSON values."""
    return {
        **dataclasses.asdict(entry),
        "sources": [{"url": s.url, "size": s.size, "bzip2": s.bzip2} for s in entry.sources],
        "state": state(entry),
        "how": register.how(entry),
        "locations": [
            {"place": item.place, "path": str(item.path), "fault": item.fault}
            for item in register.locations(entry)
        ],
    }


def _size(entry: WeightFile) -> str:
    size = entry.size
    if entry.shipped:
        size = next((found.path.stat().st_size for found in register.locations(entry)), 0)
    if not size:
        return "?"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"
