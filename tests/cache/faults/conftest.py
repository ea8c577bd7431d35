"""The room of the fault table; servers that a test started are ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache.faults.room import FaultRoom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FaultRoom]:
    made = FaultRoom(tmp_path)
    yield made
    made.stop_server()


@pytest.fixture
def gated_room(tmp_path: Path) -> Iterator[FaultRoom]:
    """A room whose build waits in its middle for the test."""
    made = FaultRoom(tmp_path, gated=True)
    yield made
    made.stop_server()
