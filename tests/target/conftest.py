from pathlib import Path

import pytest

from tests.target import tiny as builder
from tests.target.tiny import Tiny


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Built, checked and its tests built, once in each test process."""
    made = builder.make(tmp_path_factory.mktemp("tiny") / "ws")
    for command in (builder.BUILD, builder.CHECK, builder.TEST):
        made.cargo(*command)
    return made


@pytest.fixture
def tiny(built: Tiny, tmp_path: Path) -> Tiny:
    """A copy of its own, with the times kept: nothing in it is dirty."""
    return built.copy(tmp_path / "ws")
