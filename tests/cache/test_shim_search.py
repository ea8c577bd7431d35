"""Which sccache the shim takes: named, on PATH without itself, in the cargo home, where the setup left a pointer."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cache.shim_room import SHELLS, Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def engine(room: Room, place: str) -> Path:
    return room.program(room.base / place / "sccache", f'[ "$2" = --version ] || echo "{place}"')


def pointer(room: Room, to: Path) -> Path:
    path = room.home / ".local" / "state" / "cargo-hone" / "sccache-path"
    path.parent.mkdir(parents=True)
    path.write_text(f"{to}\n")
    return path


def found(room: Room, shell: tuple[str, ...] = (), **env: str) -> str:
    return room.call(room.compiler("echo the compiler"), shell=shell, **env).stdout.decode().strip()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_order(tmp_path: Path, shell: tuple[str, ...]) -> None:
    # A pointer's line cannot hold a line break, so the installation that brought sccache along has none.
    brought = tmp_path / "brought along"
    places = {"named": {}, "on path": {}, "home/.cargo/bin": {}}
    seen = []
    for start in range(5):
        room = Room(tmp_path / str(start))
        names = list(places)[start:]
        env = {"PATH": f"{room.base}/nothing here:{room.base}/on path::/usr/bin:/bin"}
        for name in names:
            engine(room, name)
        if "named" in names:
            env["SCCACHE_PATH"] = str(room.base / "named" / "sccache")
        if start < 4:
            pointer(room, room.program(brought / "sccache", '[ "$2" = --version ] || echo pointer'))
        seen.append(found(room, shell, **env))
    assert seen == ["named", "on path", "home/.cargo/bin", "pointer", "the compiler"]


@pytest.mark.parametrize("kind", ["missing", "directory", "not executable", "empty"])
def test_a_named_one_that_cannot_be_run_is_passed_over(room: Room, kind: str) -> None:
    named = room.base / "named"
    match kind:
        case "directory":
            named.mkdir()
        case "not executable":
            named.write_text("#!/bin/sh\n")
        case _:
            pass
    engine(room, "home/.cargo/bin")
    given = "" if kind == "empty" else str(named)
    assert found(room, SCCACHE_PATH=given) == "home/.cargo/bin"


@pytest.mark.parametrize("kind", ["nothing", "a directory", "an empty file", "itself"])
def test_a_pointer_that_leads_nowhere_is_no_harm(room: Room, kind: str) -> None:
    targets = {"nothing": Path("/nowhere/sccache"), "a directory": room.base, "itself": room.shim}
    path = pointer(room, targets.get(kind, Path()))
    if kind == "an empty file":
        path.write_text("")
    done = room.call(room.compiler())
    assert (done.stdout, done.stderr) == (b"compiled \n", b"")


@pytest.mark.parametrize("how", ["the same file", "symlink", "hard link", "copy"])
@pytest.mark.parametrize("shell", SHELLS)
def test_the_shim_is_not_taken_for_sccache(room: Room, how: str, shell: tuple[str, ...]) -> None:
    directory = room.base / "bin"
    directory.mkdir()
    match how:
        case "the same file":
            directory = room.shim.parent
        case "symlink":
            (directory / "sccache").symlink_to(room.shim)
        case "hard link":
            os.link(room.shim, directory / "sccache")
        case "copy":
            shutil.copy2(room.shim, directory / "sccache")
    env = {"PATH": f"{directory}:/usr/bin:/bin", "SCCACHE_PATH": str(directory / "sccache")}
    assert found(room, shell, **env) == "the compiler"
    # And the one behind it is found.
    engine(room, "home/.cargo/bin")
    assert found(room, shell, **env) == "home/.cargo/bin"


def test_a_manager_of_versions_that_calls_back_does_not_loop(room: Room) -> None:
    count = room.base / "count"
    room.program(
        room.base / "shims" / "sccache", f'echo called >>"{count}"\nexec "{room.shim}" "$@"'
    )
    assert found(room, PATH=f"{room.base}/shims:/usr/bin:/bin") == "the compiler"
    assert count.read_text().count("called") == 2  # asked, and called


def test_an_unreadable_file_of_that_name_is_no_harm(room: Room) -> None:
    engine(room, "on path").chmod(0o111)
    engine(room, "home/.cargo/bin")
    done = room.call(room.compiler("echo compiled"), PATH=f"{room.base}/on path:/usr/bin:/bin")
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("given", "configured", "expected"),
    [
        ({"SCCACHE_DIR": ""}, False, "9765625K"),
        ({"SCCACHE_DIR": "", "SCCACHE_CACHE_SIZE": "3G"}, False, "3G"),
        ({"SCCACHE_DIR": ""}, True, ""),
        # sccache 0.16 ignores the file's size where the directory comes from the environment.
        ({"SCCACHE_DIR": "/somewhere"}, True, "9765625K"),
    ],
)
def test_the_cap_is_set_only_where_nobody_says_another(
    room: Room, given: dict[str, str], configured: bool, expected: str
) -> None:
    if configured:
        place = room.home / ".config" / "sccache"
        place.mkdir(parents=True)
        (place / "config").write_text("[cache.disk]\nsize = 1\n")
    room.engine('echo "cap=$SCCACHE_CACHE_SIZE"')
    assert room.call("/bin/true", **given).stdout == f"cap={expected}\n".encode()
