"""Runs a program of face models in this process, with its flags set for a while."""

import contextlib

from absl import flags


@contextlib.contextmanager
def values(program, **wanted):
    """Gives the flags of `program` these values, and their old ones back afterwards."""
    if not flags.FLAGS.is_parsed():
        flags.FLAGS.mark_as_parsed()
    holders = {h.name: h for h in vars(program).values() if isinstance(h, flags.FlagHolder)}
    before = {name: holders[name].value for name in wanted}
    for name, value in wanted.items():
        flags.FLAGS[name].value = value
    try:
        yield
    finally:
        for name, value in before.items():
            flags.FLAGS[name].value = value
