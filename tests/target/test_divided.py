"""What several processes list is what one would; one that fails or is killed leaves nothing out."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from cargo_hone.target import divided
from cargo_hone.target.divided import Divided, Task
from cargo_hone.target.entry import Entry, InUse
from cargo_hone.target.listing import Detail, Found, Lister

NOBODY = InUse(identities=frozenset(), paths=frozenset())
CALLS = [f"app{number}-0123456789abcdef" for number in range(40)]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one process elsewhere")


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    """Directories in each detail; among them a link, a strange name, a directory and some that are gone."""
    summed: list[Task] = []
    for number in range(30):
        directory = tmp_path / f"s-{number}"
        directory.mkdir()
        for size in range(4):
            (directory / f"{size}.o").write_bytes(b"o" * 5000 * size)
        summed.append(task(directory, Detail.SUMMED))
    (tmp_path / "s-3" / "inside").mkdir()
    os.link(tmp_path / "s-4" / "1.o", tmp_path / "s-5" / "another.o")
    (tmp_path / "s-6" / os.fsdecode(b"\xff\xfe.o")).write_bytes(b"o" * 9000)
    return [
        *summed,
        task(objects(tmp_path), Detail.OBJECTS_TOGETHER, size_bytes=1 << 20),
        task(tmp_path / "nothing", Detail.OBJECTS_TOGETHER),
        task(fingerprint(tmp_path), Detail.WITH_NOTES),
        task(tmp_path / "no notes", Detail.WITH_NOTES),
        task(tmp_path / "s-1", Detail.EACH),
    ]


def task(directory: Path, detail: Detail, size_bytes: int = 4096) -> Task:
    return Task(str(directory), detail, size_bytes)


def objects(directory: Path) -> Path:
    """Three objects of each of 40 units, and what is none."""
    made = directory / "deps"
    made.mkdir()
    for call in CALLS:
        for number in range(3):
            (made / f"{call}.{number}.rcgu.o").write_bytes(b"o" * 5000)
        (made / f"lib{call}.rlib").touch()
    (made / "x").touch()
    (made / f"{CALLS[0]}.d.rcgu.o").mkdir()
    return made


def fingerprint(directory: Path) -> Path:
    """One with all that may be in it, and more."""
    made = directory / "foo-0123456789abcdef"
    (made / "a.json").mkdir(parents=True)
    for name, text in (("lib-foo", "0" * 16), ("lib-foo.json", "{}"), ("dep-lib-foo", "d")):
        (made / name).write_text(text)
    (made / "empty.json").touch()
    (made / "long.json").write_bytes(b" " * 70_000)
    os.mkfifo(made / "pipe.json")
    os.mkfifo(made / "lib-bar")
    (made / "lib-bar.json").symlink_to("lib-foo.json")
    return made


@pytest.fixture(params=[2, 3])
def _several(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """So many processors; another process for so few names, at once for the objects; a piece for each directory."""
    monkeypatch.setattr(divided, "MANY_NAMES", 100)
    monkeypatch.setattr(divided, "_PIECE_NAMES", 2)
    monkeypatch.setattr(divided, "processors", lambda: request.param)


def listed(tasks: list[Task], in_use: InUse = NOBODY) -> Iterator[tuple[Task, Found]]:
    with Divided(Lister(in_use)) as several:
        for one in tasks:
            several.add(one)
        yield from several.found()


def known(found: Iterator[tuple[Task, Found]]) -> set[tuple[object, ...]]:
    """All that was found."""
    return {
        thing
        for one, what in found
        for thing in (
            *what.entries,
            *what.texts.items(),
            (one.directory, one.detail, what.names, what.size_bytes),
        )
    }


def alone(tasks: list[Task], in_use: InUse = NOBODY) -> set[tuple[object, ...]]:
    lister = Lister(in_use)
    return known((one, lister.found(one.directory, one.detail)) for one in tasks)


@pytest.mark.usefixtures("_several")
@pytest.mark.parametrize("is_held", [False, True])
def test_several_processes_find_the_same(tasks: list[Task], is_held: bool) -> None:
    directory = Path(tasks[0].directory)
    in_use = NOBODY
    if is_held:
        status = (directory / "2.o").stat()
        in_use = InUse(
            identities=frozenset({(status.st_dev, status.st_ino)}),
            paths=frozenset({f"{directory}/3.o"}),
        )
    expected = alone(tasks, in_use)
    apart = {one.name for one in expected if isinstance(one, Entry) and "/s-0/" in one.path}
    assert apart == ({"2.o", "3.o"} if is_held else set())
    assert known(listed(tasks, in_use)) == expected


@pytest.mark.usefixtures("_several")
def test_each_task_is_done_once(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    ours: list[str] = []
    theirs: list[set[int]] = []
    found, heard = Lister.found, divided._heard
    home = os.getpid()

    def slow(self: Lister, directory: str, detail: Detail) -> Found:
        if os.getpid() == home:
            # So slowly that the others do most of it.
            signal.sigtimedwait([], 0.02)
            ours.append(directory)
        return found(self, directory, detail)

    def spied(said: bytes) -> dict[int, Found]:
        theirs.append(set(heard(said)))
        return heard(said)

    monkeypatch.setattr(Lister, "found", slow)
    monkeypatch.setattr(divided, "_heard", spied)
    assert Counter(one for one, _ in listed(tasks)) == Counter(tasks)
    assert len(theirs) == divided.processors() - 1
    assert len(ours) + sum(map(len, theirs)) == len(tasks)
    assert len(set().union(*theirs)) == sum(map(len, theirs)) > len(ours) > 0
    # What is long was begun at once, by another one.
    assert not any(directory.endswith("/deps") for directory in ours)


@pytest.mark.usefixtures("_several")
def test_objects_of_one_call_stay_together(tasks: list[Task]) -> None:
    (found,) = [what for one, what in listed(tasks) if one.directory.endswith("/deps")]
    joined = [entry for entry in found.entries if entry.name.endswith(".rcgu.o")]
    assert [entry.names for entry in joined].count(3) == len(CALLS)
    assert {path for entry in found.entries for path in entry.paths} == {
        str(path) for path in Path(found.entries[0].path).parent.iterdir()
    }


@pytest.mark.usefixtures("_several")
def test_a_path_that_is_too_long_for_the_pipe_is_done_here(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divided, "_FRAME_BYTES", 40)
    assert known(listed(tasks)) == alone(tasks)


@pytest.mark.usefixtures("_several")
def test_a_piece_that_is_too_long_for_the_pipe_is_cut(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(divided, "_PIECE_NAMES", 1_000_000)
    monkeypatch.setattr(divided, "_FRAME_BYTES", 2 * len(tasks[0].directory) + 60)
    theirs: list[int] = []
    heard = divided._heard

    def spied(said: bytes) -> dict[int, Found]:
        theirs.extend(heard(said))
        return heard(said)

    monkeypatch.setattr(divided, "_heard", spied)
    assert known(listed(tasks)) == alone(tasks)
    assert len(theirs) > divided.processors()


@pytest.mark.usefixtures("_several")
@pytest.mark.parametrize("end", ["killed", "out of memory", "no more processes"])
def test_without_the_others_all_is_done_here(
    tasks: list[Task], end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = os.getpid()
    found = Lister.found
    expected = alone(tasks)

    def fails(self: Lister, directory: str, detail: Detail) -> Found:
        if os.getpid() != home and end == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if os.getpid() != home:
            raise MemoryError
        return found(self, directory, detail)

    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(Lister, "found", fails)
    if end == "no more processes":
        monkeypatch.setattr(os, "fork", refused)
    assert known(listed(tasks)) == expected


@pytest.mark.usefixtures("_several")
def test_what_stops_us_stops_the_others(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    home = os.getpid()

    def interrupted(_self: Lister, _directory: str, _detail: Detail) -> Found:
        if os.getpid() != home:
            signal.pause()
        raise KeyboardInterrupt

    monkeypatch.setattr(Lister, "found", interrupted)
    before = len([*Path("/proc/self/fd").iterdir()])
    with pytest.raises(KeyboardInterrupt):
        [*listed(tasks)]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_fingerprints_are_read_where_they_are_files(tmp_path: Path) -> None:
    made = fingerprint(tmp_path)
    found = Lister(NOBODY).found(str(made), Detail.WITH_NOTES)
    assert {entry.name for entry in found.entries} == {path.name for path in made.iterdir()}
    assert found.texts == {"lib-foo": b"0" * 16, "lib-foo.json": b"{}"}


def test_few_names_start_nothing(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(divided, "Forked", partial(pytest.fail, "another process"))
    assert len([*listed(tasks[:20])]) == 20


@pytest.mark.usefixtures("_several")
def test_what_cannot_be_listed_is_raised_as_the_system_says(tasks: list[Task]) -> None:
    long = task(Path(tasks[0].directory, "x" * 300), Detail.SUMMED)
    with pytest.raises(OSError, match="too long"):
        [*listed([*tasks, long, *tasks])]
