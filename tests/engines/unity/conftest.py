import pytest

from face2param.engines.unity.fake import FakeGame
from tests.engines.unity.plain_engine import PlainEngine


@pytest.fixture
def game():
    with FakeGame(PlainEngine()) as game:
        yield game
