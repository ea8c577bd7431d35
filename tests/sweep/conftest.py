from pathlib import Path

import pytest

from tests.target.conftest import built, tiny

__all__ = ["built", "tiny"]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that is not there yet."""
    return tmp_path / "state"
