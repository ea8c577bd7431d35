"""What a second process sums up is what we would have; without one, or with one that fails, nothing is missing."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.target import tallies, tally
from cargo_hone.target.tallies import Tallies
from cargo_hone.target.tally import NOTES, Held, Job, Sum

NOTHING = Held(inodes=frozenset(), paths=frozenset())


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    """Directories as a whole and names in one; among them a link, a directory, a strange name and one that is gone."""
    whole: list[Job] = []
    for number in range(30):
        directory = tmp_path / f"s-{number}"
        directory.mkdir()
        for size in range(4):
            (directory / f"{size}.o").write_bytes(b"o" * 5000 * size)
        whole.append((str(directory), None))
    (tmp_path / "s-3" / "inside").mkdir()
    os.link(tmp_path / "s-4" / "1.o", tmp_path / "s-5" / "another.o")
    strange = os.fsdecode(b"\xff\xfe.o")
    (tmp_path / "s-6" / strange).write_bytes(b"o" * 9000)
    names = [["0.o", "gone.o", "1.o"], ["2.o", strange], ["3.o"]]
    return [
        *whole,
        (str(tmp_path / "s-6"), names),
        (str(tmp_path / "nothing"), [["a"], ["b"]]),
        (str(fingerprint(tmp_path)), NOTES),
        (str(tmp_path / "no notes"), NOTES),
    ]


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


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process for anything, and two processors; we wait for what it makes of its first chunk."""
    monkeypatch.setattr(tallies, "_MANY_NAMES", 1)
    monkeypatch.setattr(tallies, "_CHUNK_NAMES", 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})


def alone(jobs: list[Job], held: Held = NOTHING) -> dict[str, list[Sum]]:
    """The sums of each directory, in one piece."""
    return {f"{job[0]} {job[1] is None}": tally.done(job, held) for job in jobs}


def shared(jobs: list[Job], held: Held = NOTHING) -> Iterator[tuple[str, list[Sum]]]:
    """The same from `Tallies`, where names may come in several pieces; the second process does all that it can."""
    found: dict[str, list[Sum]] = {}
    with Tallies(held) as asked:
        for job in jobs:
            asked.add(job)
        assert asked._partner is not None
        while asked._partner.is_alive() and len(asked._found) < len(asked._chunks):
            time.sleep(0.001)
        for (directory, names), sums in asked.found():
            found.setdefault(f"{directory} {names is None}", []).extend(sums)
    yield from found.items()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that this process itself looks at."""
    seen: list[str] = []
    done = tally.done

    def spied(job: Job, held: Held) -> list[Sum]:
        seen.append(job[0])
        return done(job, held)

    monkeypatch.setattr(tally, "done", spied)
    return seen


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("is_held", [False, True])
def test_a_second_process_finds_the_same(jobs: list[Job], is_held: bool) -> None:
    directory = Path(jobs[0][0])
    held = NOTHING
    if is_held:
        inode = (directory / "2.o").stat().st_ino
        held = Held(inodes=frozenset({inode}), paths=frozenset({f"{directory}/3.o"}))
    expected = alone(jobs, held)
    apart = {name for name, _, _ in expected[f"{directory} True"][0][4]}
    assert apart == ({"2.o", "3.o"} if is_held else set())
    assert dict(shared(jobs, held)) == expected


@pytest.mark.usefixtures("_eager")
def test_it_does_do_some_of_it(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    ours = counted(monkeypatch)
    with Tallies(NOTHING) as asked:
        for job in jobs:
            asked.add(job)
        with asked._changed:
            assert asked._changed.wait_for(lambda: asked._found, timeout=60)
        assert not ours
        assert len([*asked.found()]) > len(jobs)  # (Groups come in chunks.)


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("program", ["", "/nowhere/python", "ends", "talks nonsense"])
def test_without_it_all_is_done_here(
    jobs: list[Job], program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    said = "echo nonsense" if program == "talks nonsense" else "exit 0"
    script.write_text(f"#!/bin/sh\nhead -c 20 >/dev/null\n{said}\n")
    script.chmod(0o755)
    is_there = program in {"ends", "talks nonsense"}
    monkeypatch.setattr(sys, "executable", str(script) if is_there else program)
    assert dict(shared(jobs)) == alone(jobs)


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("hears", ["", "head -c 20 >/dev/null\n", "cat >/dev/null &\n"])
def test_one_that_hangs_is_not_waited_for(
    jobs: list[Job], hears: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{hears}exec sleep 600\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setattr(tallies, "_PATIENCE_S", 0.2)
    # More than a pipe holds, so that one that hears nothing is noticed, too.
    much = (jobs[0][0], [[f"{number}.o" for number in range(20_000)]])
    monkeypatch.setattr(tallies, "_CHUNK_NAMES", 20_000)
    assert dict(shared([much, *jobs])) == alone([much, *jobs])


def test_fingerprints_are_read_where_they_are_files(tmp_path: Path) -> None:
    made = fingerprint(tmp_path)
    (found,) = tally.done((str(made), NOTES), NOTHING)
    assert {name for name, _, _ in found[4]} == {path.name for path in made.iterdir()}
    assert found[5] == {"lib-foo": b"0" * 16, "lib-foo.json": b"{}"}


def test_few_names_start_nothing(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Tallies(NOTHING) as asked:
        for job in jobs:
            asked.add(job)
        assert asked._partner is None
        assert len([*asked.found()]) == len(jobs)


@pytest.mark.usefixtures("_eager")
def test_more_may_be_asked_for_after_the_first_answers(jobs: list[Job]) -> None:
    with Tallies(NOTHING) as asked:
        for _ in range(3):
            for job in jobs[:30]:
                asked.add(job)
            assert [sums for _, sums in asked.found()] == [
                tally.done(job, NOTHING) for job in jobs[:30]
            ]


@pytest.mark.usefixtures("_eager")
def test_what_cannot_be_listed_is_raised_as_the_system_says(jobs: list[Job]) -> None:
    with pytest.raises(OSError, match="too long"):
        dict(shared([*jobs, (f"{jobs[0][0]}/{'x' * 300}", None), *jobs]))
