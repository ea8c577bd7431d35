"""Two machines, one after the other, with real storage between them: the second one compiles nothing again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, TinyWorkspace, generate, printed_value
from tests.servers import running
from tests.servers.machines import machine

BUCKET = "shared"


@pytest.fixture(scope="module")
def storages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    directory = tmp_path_factory.mktemp("servers")
    with running.redis_server(directory) as redis, running.s3_server(directory, BUCKET) as s3:
        yield {
            "redis": f"redis://127.0.0.1:{redis}",
            "s3": f"s3://{BUCKET}/PREFIX?region=us-east-1&endpoint=http://127.0.0.1:{s3}",
        }


@pytest.fixture
def tiny(tmp_path: Path) -> TinyWorkspace:
    return generate(tmp_path / "workspace", TinySpec(crates=6, proc_macro=True, build_script=True))


@pytest.mark.parametrize("storage", ["redis", "s3"])
def test_the_second_machine_hits_what_the_first_compiled(
    tmp_path: Path, tiny: TinyWorkspace, storages: dict[str, str], storage: str
) -> None:
    # Keys hold the paths of a workspace, so nothing of another test can hit here.
    url = storages[storage]
    with machine(tmp_path, tiny.root) as first:
        first.configure(url)
        built = first.build()
        assert (built.hits, built.misses) == (0, 5)
        assert first.run("bin0").strip() == printed_value(tiny)
    assert not (tmp_path / "home").exists()
    assert not (tiny.root / "target").exists()
    with machine(tmp_path, tiny.root) as second:
        second.configure(url)
        built = second.build()
        assert (built.hits, built.misses) == (5, 0)
        assert built.levels == {"L0 (disk)": 0, f"L1 ({storage})": 5}
        assert second.run("bin0").strip() == printed_value(tiny)
        # What came from afar is on the local disk now.
        shutil.rmtree(tiny.root / "target")
        assert second.build().levels == {"L0 (disk)": 5, f"L1 ({storage})": 5}


def test_with_the_storage_gone_the_local_disk_serves(tmp_path: Path, tiny: TinyWorkspace) -> None:
    url = f"s3://{BUCKET}?region=us-east-1&endpoint=http://127.0.0.1:{running.free_port()}"
    with machine(tmp_path, tiny.root) as only:
        only.configure(url)
        built = only.build(timeout_s=60)
        assert (built.hits, built.misses) == (0, 5)
        assert only.run("bin0").strip() == printed_value(tiny)
        shutil.rmtree(tiny.root / "target")
        assert only.build(timeout_s=60).hits == 5


def test_an_older_sccache_would_have_only_the_remote(
    tmp_path: Path, tiny: TinyWorkspace, storages: dict[str, str]
) -> None:
    """Without a chain nothing is kept on the local disk: the same sccache, with the file of an older one."""
    with machine(tmp_path, tiny.root) as only:
        only.configure(storages["redis"], version="0.14.0")
        only.build()
        shutil.rmtree(tiny.root / "target")
        built = only.build()
        assert (built.hits, built.misses, built.levels) == (5, 5, {})
        assert not [*(only.home / ".cache").glob("sccache/*/*/*")]
