"""The store: exact, shared between processes, and clear about what it cannot use."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.coordination import keys
from cargo_hone.coordination.memory import NAME, Memory, open_memory, reading
from cargo_hone.errors import Busy, Unavailable, UsageProblem


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def opened(state: Path) -> Memory:
    return open_memory(state)


def test_values_come_back_exactly_and_by_prefix(state: Path) -> None:
    memory = opened(state)
    odd = ' {"a": "ü\\n%_"}\n\n'
    for key in ("b/one", "a_x", "a%x", "b/two"):
        memory.set(key, odd + key)
    memory.set("b/one", odd)
    entry = memory.get("b/one")
    assert entry is not None
    assert entry.value == odd
    assert entry.updated_at is not None
    assert memory.get("none") is None
    assert [found.key for found in memory.list("b/")] == ["b/one", "b/two"]
    assert [found.key for found in memory.list("a%")] == ["a%x"]
    memory.close()
    with reading(state) as again:
        assert again is not None
        assert len(again.list()) == 4


def test_reading_makes_no_file(state: Path) -> None:
    with reading(state) as memory:
        assert memory is None
    assert not state.exists()


def test_processes_that_write_at_once_lose_nothing(state: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from cargo_hone.coordination import keys\n"
        "from cargo_hone.coordination.memory import open_memory\n"
        "for number in range(20):\n"
        "    memory = open_memory(Path(sys.argv[1]))\n"
        "    memory.update('k', lambda v: keys.with_blocker(\n"
        "        v, run='r', step='s', message=f'{sys.argv[2]} {number}'))\n"
        "    memory.close()\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(state), name])
        for name in ("one", "two", "three")
    ]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    memory = opened(state)
    entry = memory.get("k")
    memory.close()
    assert entry is not None
    assert entry.value.count('"message"') == 60


def test_a_change_that_fails_changes_nothing(state: Path) -> None:
    memory = opened(state)
    memory.set("k", "old")

    def breaks(value: str | None) -> str:
        raise ValueError(value)

    with pytest.raises(ValueError, match="old"):
        memory.update("k", breaks)
    entry = memory.get("k")
    assert entry is not None
    assert entry.value == "old"
    memory.close()


def test_foreign_newer_and_damaged_files_are_left_alone(state: Path) -> None:
    state.mkdir()
    path = state / NAME
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE other (x)")
    foreign.close()
    with pytest.raises(UsageProblem, match="not a memory store"):
        opened(state)
    path.unlink()
    opened(state).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(UsageProblem, match="newer"):
        opened(state)
    path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    before = path.read_bytes()
    with pytest.raises(UsageProblem, match="damaged"):
        opened(state)
    assert path.read_bytes() == before


def test_who_holds_it_too_long_is_not_waited_for(state: Path) -> None:
    opened(state).close()
    holder = sqlite3.connect(state / NAME, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    memory = open_memory(state, patience_s=0.05)
    with pytest.raises(Busy):
        memory.set("k", "v")
    memory.close()
    holder.close()


def test_a_place_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        opened(tmp_path / "file" / "state")


def test_blockers_are_counted_kept_to_a_hundred_and_never_break() -> None:
    value: str | None = None
    for number in range(103):
        value = keys.with_blocker(value, run="r", step="s", message=str(number))
    value = keys.with_blocker(value, run="r", step="s", message="102")
    assert value.count('"message"') == 100
    assert '"message": "3"' in value
    assert '"message": "2"' not in value
    assert value.endswith('"times": 2}]')
    again = keys.with_blocker(value, run="another", step="s", message="102")
    assert again.count('"message": "102"') == 2
    for broken in ("{", "3", '{"a": 1}', "[1]"):
        mended = keys.with_blocker(broken, run="r", step="s", message="m")
        assert mended.count('"message"') == 1
