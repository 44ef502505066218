"""Names that a file left out or gave twice."""

from __future__ import annotations

from collections.abc import Sequence


def unique(names: Sequence[str], prefix: str) -> list[str]:
    """Gives every thing a name of its own.

    Args:
      names: as in the file, "" where there is none.
      prefix: thing number 7 without a name becomes "prefix_7".

    Returns:
      As many names; a second "jaw" becomes "jaw_2" or the next that is free.
    """
    taken = {name for name in names if name}
    seen: dict[str, int] = {}
    result = []
    for index, name in enumerate(names):
        base = name or f"{prefix}_{index}"
        count = seen.get(base, 1 if not name and base in taken else 0) + 1
        found = base
        if count > 1:
            while (found := f"{base}_{count}") in taken:
                count += 1
        seen[base] = count
        taken.add(found)
        result.append(found)
    return result
