"""The shim asks sccache once a build whether it answers, and keeps what it found out."""

import os
import time
from pathlib import Path

import pytest

from tests.cache.shim_room import SHELLS, Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    made.compiler()
    return made


def silent(room: Room, *, first: str = "") -> None:
    room.program(room.home / ".cargo/bin/sccache", f'echo asked >>"{room.asked}"\n{first}\nexit 2')


def probes(room: Room) -> Path:
    return room.home / ".cache" / "cargo-hone" / "probes"


def noted(room: Room) -> set[str]:
    return {note.suffix[1:] for note in probes(room).iterdir()}


def times_asked(room: Room) -> int:
    return room.asked.read_text().count("asked")


def test_a_build_asks_once_where_it_answers(room: Room) -> None:
    room.engine()
    done = room.build('"$S" "$C" one', '"$S" "$C" two', '"$S" "$C" three')
    assert done.stdout == b"engine: one\nengine: two\nengine: three\n"
    assert times_asked(room) == 1


def test_a_build_asks_once_where_it_does_not(room: Room) -> None:
    silent(room)
    done = room.build('"$S" "$C" -vV', '"$S" "$C" one', '"$S" "$C" two')
    assert done.stdout == b"compiled -vV\ncompiled one\ncompiled two\n"
    assert times_asked(room) == 1
    # cargo keeps what -vV says for itself: the message comes with a call that it shows.
    assert done.stderr == b"cargo-hone: sccache does not answer; compiling without it\n"


def test_what_was_found_out_is_noted_by_the_call_that_asked(room: Room) -> None:
    silent(room)
    done = room.build('"$S" "$C" -vV')
    assert (done.stdout, done.stderr) == (b"compiled -vV\n", b"")
    assert noted(room) == {"asked", "no"}


def test_calls_at_the_same_time_ask_once(room: Room) -> None:
    silent(room, first="sleep 1.5")
    done = room.build(*('"$S" "$C" x &' for _ in range(6)), "wait")
    assert done.stdout == b"compiled x\n" * 6
    assert times_asked(room) == 1


def test_a_compiler_called_by_a_build_script_belongs_to_the_build(room: Room) -> None:
    silent(room)
    room.program(room.base / "build-script", '"$S" "$C" c; true')
    script = f'"{room.base}/build-script"'
    done = room.build(script, script, '"$S" "$C" rust')
    assert done.stdout == b"compiled c\ncompiled c\ncompiled rust\n"
    assert times_asked(room) == 1


def test_another_build_asks_again(room: Room) -> None:
    silent(room)
    room.build('"$S" "$C" one')
    room.engine()
    assert room.build('"$S" "$C" two').stdout == b"engine: two\n"


def test_without_cargo_above_a_bad_answer_holds_for_a_minute(room: Room) -> None:
    silent(room)
    assert room.call(room.compiler(), "one").stdout == b"compiled one\n"
    room.engine()
    assert room.call(room.compiler(), "two").stdout == b"compiled two\n"
    for note in probes(room).iterdir():
        os.utime(note, (time.time() - 130,) * 2)
    assert room.call(room.compiler(), "three").stdout == b"engine: three\n"


def test_notes_of_former_builds_are_cleared_away(room: Room) -> None:
    room.engine()
    room.build('"$S" "$C" one')
    former = set(probes(room).iterdir())
    for note in former:
        os.utime(note, (time.time() - 40000,) * 2)
    room.build('"$S" "$C" two')
    assert not former & set(probes(room).iterdir())
    assert list(probes(room).iterdir())


def test_notes_from_the_future_are_no_harm(room: Room) -> None:
    room.engine()
    room.build('"$S" "$C" one')
    for note in probes(room).iterdir():
        os.utime(note, (time.time() + 1e6,) * 2)
    assert room.build('"$S" "$C" two').stdout == b"engine: two\n"


def test_whoever_asks_and_dies_does_not_hold_the_others_for_ever(room: Room) -> None:
    usual = b"hone_limit * 10 + 50"
    assert usual in room.shim.read_bytes()
    room.shim.write_bytes(room.shim.read_bytes().replace(usual, b"10"))
    room.engine()
    # As if the asking call had been killed before it had an answer.
    done = room.build(
        '"$S" "$C" one', f'rm "{probes(room)}"/*.ok', '"$S" "$C" two', '"$S" "$C" three'
    )
    assert done.stdout == b"engine: one\ncompiled two\ncompiled three\n"
    # The second one waited, and left a note for the third.
    assert noted(room) == {"asked", "no", "told"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_home_that_cannot_keep_the_answer(room: Room, shell: tuple[str, ...]) -> None:
    probes(room).parent.mkdir(parents=True)
    probes(room).write_text("a file where the directory should be")
    room.engine()
    elsewhere = room.base / "tmp"
    elsewhere.mkdir()
    for word in ("one", "two"):
        done = room.call(room.compiler(), word, shell=shell, TMPDIR=str(elsewhere))
        assert (done.returncode, done.stdout) == (0, f"engine: {word}\n".encode()), done.stderr
    assert times_asked(room) == 1
    (kept,) = elsewhere.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("shell", SHELLS)
def test_where_nothing_can_be_kept_nobody_is_asked(room: Room, shell: tuple[str, ...]) -> None:
    probes(room).parent.mkdir(parents=True)
    probes(room).write_text("a file where the directory should be")
    silent(room)
    done = room.call(room.compiler(), "x", shell=shell, TMPDIR=str(room.base / "nowhere"))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"compiled x\n", b"")
    assert not room.asked.exists()


@pytest.mark.parametrize(
    "variable", ["CARGO_INCREMENTAL", "CARGO_BUILD_INCREMENTAL", "HONE_NO_CACHE"]
)
def test_it_steps_aside(room: Room, variable: str) -> None:
    room.engine("exit 1")
    assert room.call(room.compiler(), "x", **{variable: "1"}).stdout == b"compiled x\n"
    assert not room.asked.exists()
    assert room.call(room.compiler(), "x", **{variable: ""}).returncode == 1


def test_of_the_wrappers_before_rustc_only_clippys_goes_through_sccache(room: Room) -> None:
    room.engine()
    for name, said in (("mine", "itself: "), ("clippy-driver", "engine: ")):
        wrapper = room.program(room.base / name, 'echo "itself: $*"')
        assert room.call(str(wrapper), "rustc", "x").stdout == f"{said}rustc x\n".encode()


def test_where_timeout_is_missing_the_limit_holds_as_well(room: Room) -> None:
    room.shim.write_bytes(room.shim.read_bytes().replace(b"\nhone_limit=10\n", b"\nhone_limit=1\n"))
    # Everything but `timeout`.
    tools = room.base / "tools"
    tools.mkdir()
    for tool in ("sh", "cat", "sleep", "mkdir", "rm", "find", "printf"):
        path = next(p for p in (Path("/usr/bin") / tool, Path("/bin") / tool) if p.exists())
        (tools / tool).symlink_to(path)
    silent(room, first="exec sleep 300")
    done = room.call(room.compiler(), "x", PATH=str(tools))
    assert (done.returncode, done.stdout) == (0, b"compiled x\n")
    assert times_asked(room) == 1
