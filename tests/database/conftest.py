import functools

import pytest

from face2param.database.generate import generate
from face2param.database.reader import Database
from tests.database.toy_engine import make_toy

small = functools.partial(generate, make_toy, size=64, workers=1, progress=False)


@pytest.fixture
def make():
    """`generate` of the toy engine at 64 px, in this process."""
    return small


@pytest.fixture(scope="session")
def database(tmp_path_factory) -> Database:
    """Ten records with label maps and random nuisance; do not change its files."""
    folder = tmp_path_factory.mktemp("database")
    small(folder, count=10, seed=3, labels=True, jitter=1.0)
    return Database(folder)
