"""Links to a fake game, and the errors that are expected of them."""

import pytest

from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.protocol import LinkError
from face2param.errors import EngineError


def link(game, **options):
    return UnityEngine(dial=game.dial, **options)


def expect(code, message):
    return _Expected(code, message)


class _Expected:
    def __init__(self, code, message):
        self.raises, self.code = pytest.raises(EngineError, match=message), code

    def __enter__(self):
        self.info = self.raises.__enter__()

    def __exit__(self, *exception):
        done = self.raises.__exit__(*exception)
        assert isinstance(self.info.value, LinkError)
        assert self.info.value.code == self.code, self.info.value
        assert "\n" not in str(self.info.value)
        return done
