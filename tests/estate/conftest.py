"""The healthy estate, for every test beside this file."""

from __future__ import annotations

import pytest

from engine.estate.healthy import healthy
from tests.estate.by_hand import START, Estate


@pytest.fixture
def estate() -> Estate:
    """Return the healthy estate."""
    return Estate(healthy(START))
