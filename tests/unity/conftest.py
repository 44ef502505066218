import pytest

from tests.unity import mono


@pytest.fixture(scope="session")
def unity_assembly():
    """Folder of the compiled package (2019.2's defines), its stand-ins and driver.exe."""
    return mono.build(mono.OLD)  # As test_compiles calls it: compiled once.


@pytest.fixture(scope="session")
def driver(unity_assembly):
    """A running driver.exe: `driver("command", arguments...)` returns text."""
    driver = mono.Driver(unity_assembly)
    yield driver
    driver.close()
