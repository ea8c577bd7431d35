from pathlib import Path

import pytest

from tests.target.conftest import builds, built, layout, tiny

__all__ = ["builds", "built", "layout", "tiny"]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that is not there yet."""
    return tmp_path / "state"
