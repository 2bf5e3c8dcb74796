"""The scripts under test lie one folder up and need nothing but the standard library."""

import sys
from pathlib import Path

import pytest

DEV = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(DEV))

from cache import Cache  # noqa: E402


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")
