"""Two machines with real storage between them, on the demonstration workspace: about a dozen minutes."""

from pathlib import Path

import pytest
from benchmarks import remote_cache

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("remote")


@pytest.fixture(scope="module")
def workspace(base: Path) -> Path:
    return remote_cache.demo(base)


@pytest.mark.parametrize("storage", ["redis", "s3"])
def test_the_second_machine_gets_19_of_20_units(base: Path, workspace: Path, storage: str) -> None:
    first, second, gone = remote_cache.rows_of(storage, base, workspace)
    assert first.built.misses > 100
    assert first.share is not None
    assert first.share < 0.5
    assert second.share is not None
    assert second.share >= 0.95
    assert second.built.levels[f"L1 ({storage})"] == second.built.hits
    # The build succeeded, or there would be no row.
    assert (gone.built.hits, gone.built.misses) == (0, 0)
    assert "compiling without it" in gone.built.errors
