"""Flags that are lists of name=value."""

from collections.abc import Sequence

from face2param.errors import ConfigError


def texts(flag: str, items: Sequence[str]) -> dict[str, str]:
    """`["a=1", "b=x"]` to `{"a": "1", "b": "x"}`.

    Raises:
      ConfigError: an item is not name=value, or a name comes twice.
    """
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not (name and equals and value) or name in found:
            raise ConfigError(f"--{flag}: {item!r} is not a new NAME=VALUE")
        found[name] = value
    return found


def numbers(flag: str, items: Sequence[str]) -> dict[str, float]:
    """The same with numbers as values.

    Raises:
      ConfigError: as `texts`, or a value is not a number.
    """
    found = {}
    for name, value in texts(flag, items).items():
        try:
            found[name] = float(value)
        except ValueError:
            raise ConfigError(f"--{flag}: {name} is {value!r}; it must be a number") from None
    return found
