from collections.abc import Callable
from pathlib import Path

import pytest

from tests.target import tiny as builder
from tests.target.layouts import V1, LayoutUnderTest
from tests.target.tiny import Tiny

Builds = Callable[[LayoutUnderTest], Tiny]


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """The workspace built, checked and its tests built, in any layout; once in each test process."""
    made: dict[str, Tiny] = {}

    def build(layout: LayoutUnderTest) -> Tiny:
        if layout.name not in made:
            tiny = builder.make(tmp_path_factory.mktemp("tiny") / "ws", layout)
            for command in (builder.BUILD, builder.CHECK, builder.TEST):
                tiny.cargo(*command)
            made[layout.name] = tiny
        return made[layout.name]

    return build


@pytest.fixture
def layout() -> LayoutUnderTest:
    """The layout that a test is about; `parametrize("layout", …)` names others."""
    return V1


@pytest.fixture
def built(builds: Builds, layout: LayoutUnderTest) -> Tiny:
    """The one that all tests share: to look at."""
    return builds(layout)


@pytest.fixture
def tiny(built: Tiny, tmp_path: Path) -> Tiny:
    """A copy of its own, with the times kept: nothing in it is dirty."""
    return built.copy(tmp_path / "ws")
