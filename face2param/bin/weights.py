"""Lists, fetches, finds and verifies weight files.

face2param weights list [NAME]     all files of the register, or one in full
face2param weights fetch NAME      downloads a file into the cache folder and verifies it
face2param weights path NAME       prints where a file is; never downloads
face2param weights verify [NAME]   compares what is on this machine with the known sha256
"""

import json
from collections.abc import Sequence

from absl import flags

from face2param.bin import app
from face2param.errors import ConfigError, WeightsError

_JSON = flags.DEFINE_bool("json", False, "Print JSON.")
_URL = flags.DEFINE_multi_string(
    "url",
    [],
    "Of fetch: take the file from here instead (may be repeated); file:///path/to/the/file "
    "takes one over that you got by hand.",
)
_TIMEOUT = flags.DEFINE_float(
    "timeout", 30.0, "Of fetch: seconds without an answer before giving up.", lower_bound=0.1
)

_USAGE = "say list [NAME], fetch NAME, path NAME or verify [NAME]"


def main(argv: Sequence[str]) -> None:
    """Runs the verb that was given."""
    verbs = {"list": _list, "fetch": _fetch, "path": _path, "verify": _verify}
    if len(argv) < 2:
        raise ConfigError(f"weights: what to do? {_USAGE}")
    verb, names = argv[1], list(argv[2:])
    if verb not in verbs:
        raise ConfigError(f"weights: {verb!r} is nothing to do; {_USAGE}")
    if len(names) > 1:
        raise ConfigError(f"weights {verb} takes one name, not {len(names)}: {', '.join(names)}")
    if not names and verb in ("fetch", "path"):
        raise ConfigError(f"weights {verb}: which file? face2param weights list shows the names")
    if verb != "fetch" and _URL.present:
        raise ConfigError(f"--url belongs to weights fetch, not to weights {verb}")
    verbs[verb](names[0] if names else "")


def _list(name: str) -> None:
    from face2param.weights import listing, register

    if _JSON.value:
        chosen = [register.get(name)] if name else register.FILES.values()
        _print_json([listing.record(entry) for entry in chosen])
    else:
        print(listing.details(register.get(name)) if name else listing.table())


def _fetch(name: str) -> None:
    from face2param.weights import register
    from face2param.weights.download import Patience
    from face2param.weights.fetch import fetch
    from face2param.weights.verification import sha256_of

    patience = Patience(timeout=_TIMEOUT.value)
    done = fetch(name, _URL.value, progress=True, patience=patience)
    entry = register.get(name)
    if _JSON.value:
        values = {"name": name, "path": str(done.path), "sha256": sha256_of(done.path)}
        _print_json({**values, "downloaded": done.downloaded, "verified": done.verified})
        return
    what = "fetched" if done.downloaded else "already here"
    if done.verified:
        what += ", sha256 as published"
    elif not entry.sha256 and not entry.shipped:
        what += f"; no sha256 is published, this one is {sha256_of(done.path)}"
    print(f"{done.path} ({what})")
    print(f"licence: {entry.licence}; who may use it: {entry.users}")


def _path(name: str) -> None:
    from face2param.weights import register

    found = register.path(name)
    if _JSON.value:
        _print_json({"name": name, "path": str(found)})
    else:
        print(found)


def _verify(name: str) -> None:
    from face2param.weights import register, verification

    entries = [register.get(name)] if name else list(register.FILES.values())
    verdicts = [verdict for entry in entries for verdict in verification.verify(entry)]
    if name and not verdicts:
        register.path(name)  # which says what to do about a missing file
    if _JSON.value:
        _print_json([vars(verdict) for verdict in verdicts])
    else:
        for verdict in verdicts:
            print(f"{verdict.state:<8} {verdict.name}: {verdict.path} ({verdict.note})")
    damaged = [verdict.path for verdict in verdicts if verdict.state == "damaged"]
    if damaged:
        raise WeightsError(
            f"{len(damaged)} of {len(verdicts)} files are damaged: {', '.join(damaged)}; "
            "remove them and get them again"
        )


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    app.run(main, words=True)
