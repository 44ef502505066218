"""Finds the data that some tests need and that is not part of the project."""

import os
from pathlib import Path

import pytest


def shared_data(*parts: str) -> Path:
    """Returns a path inside the test data folder, or skips the test with the reason.

    The folder is FACE2PARAM_TEST_DATA, else `../shared/data` beside the checkout.
    """
    return _find("FACE2PARAM_TEST_DATA", "data", parts)


def golden(*parts: str) -> Path:
    """Returns a path inside the folder of parity fixtures, or skips the test."""
    return _find("FACE2PARAM_TEST_GOLDEN", "golden", parts)


def _find(variable: str, folder: str, parts: tuple[str, ...]) -> Path:
    root = Path(__file__).resolve().parents[2] / "shared" / folder
    path = Path(os.environ.get(variable, root)).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"test data not present: {path} (set {variable} to its folder)")
    return path
