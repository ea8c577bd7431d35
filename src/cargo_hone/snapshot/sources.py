"""What each unit was compiled from: rustc's dep-info, and what build scripts said they watch."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cargo_hone.files.regular import NotRegular, read_regular
from cargo_hone.files.walk import entries
from cargo_hone.target.origin import OriginKind
from cargo_hone.target.units import Mode, TargetKind, Unit

_SPACE = re.compile(rb"(?<!\\)[ ]+")
_WATCH = re.compile(rb"^cargo::?rerun-if-(changed|env-changed)=(.*?)\r?$", re.MULTILINE)
_MOST_WATCHED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """`files` are absolute paths that cargo looks at, `read` all that rustc read.

    `directories` are those that cargo looks through for a build script. `env` are the variables that rustc noted as
    read, with their values. `watches_package`: a build script that said nothing about what it reads.
    """

    files: frozenset[bytes]
    directories: frozenset[bytes] = frozenset()
    read: frozenset[bytes] = frozenset()
    env: tuple[tuple[bytes, bytes], ...] = ()
    watches_package: bool = False


def read_sources(
    unit: Unit, *, root: Path, package: Path | None, without: Sequence[Path]
) -> Sources:
    """Read what `unit` was made from. `package` is a local package's directory, `root` the workspace.

    `files` leaves out what lies below `without`: cargo does not look into its own home, and the target directory is
    no source. Raises OSError.
    """
    beside = tuple(os.fsencode(path) + b"/" for path in without)
    if unit.kind is TargetKind.BUILD_SCRIPT and unit.mode is Mode.RUN:
        watched = _watched(unit, package=package)
        return replace(
            watched,
            files=frozenset(p for p in watched.files if not p.startswith(beside)),
            directories=frozenset(p for p in watched.directories if not p.startswith(beside)),
        )
    files: set[bytes] = set()
    env: list[tuple[bytes, bytes]] = []
    for entry in unit.outputs:
        if not entry.name.endswith(".d"):
            continue
        found, variables = parse_dep_info(_content(entry.path))
        env += variables
        for path in found:
            files |= _resolved(path, (root, *((package,) if package else ())))
    return Sources(
        files=frozenset(path for path in files if not path.startswith(beside)),
        read=frozenset(files),
        env=tuple(env),
    )


def is_local(unit: Unit, packages: Mapping[str, Path]) -> bool:
    """Whether cargo looks at a unit's sources: a member's or a path dependency's."""
    if unit.id.package not in packages:
        return False
    return unit.origin.kind is OriginKind.LOCAL


def parse_dep_info(text: bytes) -> tuple[frozenset[bytes], list[tuple[bytes, bytes]]]:
    """Read rustc's makefile rules: the files behind the colons, and `# env-dep:NAME=VALUE` lines."""
    files: set[bytes] = set()
    env: list[tuple[bytes, bytes]] = []
    for line in text.split(b"\n"):
        if line.startswith(b"# env-dep:"):
            name, _, value = line.removeprefix(b"# env-dep:").partition(b"=")
            env.append((name, _unescaped(value)))
        elif line and not line.startswith(b"#"):
            _, colon, behind = line.partition(b": ")
            if colon:
                files.update(
                    word.replace(b"\\ ", b" ") for word in _SPACE.split(behind.strip()) if word
                )
    return frozenset(files), env


def _content(path: str) -> bytes:
    """What is in a file of a target directory; nothing where it is none (somebody made a pipe of that name)."""
    try:
        return read_regular(path)
    except NotRegular:
        return b""


def _unescaped(value: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda m: {b"n": b"\n", b"r": b"\r"}.get(m[1], m[1]), value)


def _resolved(path: bytes, bases: tuple[Path, ...]) -> set[bytes]:
    if path.startswith(b"/"):
        return {os.path.normpath(path)}
    found = {os.path.normpath(os.fsencode(base) + b"/" + path) for base in bases}
    there = {one for one in found if os.path.lexists(one)}
    return there or found


def _watched(unit: Unit, *, package: Path | None) -> Sources:
    directory = f"{unit.build_tree[0].path}/" if unit.build_tree else ""
    for entry in unit.build_tree:
        # v1 keeps the script's output in `output`, v2 in `stdout` beside `out/`.
        noted = entry.path.removeprefix(directory).removeprefix("run/")
        if noted in {"output", "stdout"} and not entry.is_directory:
            said = _WATCH.findall(_content(entry.path))
            files: set[bytes] = set()
            directories: set[bytes] = set()
            for kind, value in said:
                place = _place(value, package) if kind == b"changed" and value else None
                if place is None:
                    continue
                if os.path.isdir(place):  # noqa: PTH112 - bytes have no Path
                    directories.add(place)
                    files.update(below(place))
                else:
                    files.add(place)
            return Sources(
                files=frozenset(files),
                directories=frozenset(directories),
                watches_package=not said,
            )
    return Sources(files=frozenset(), watches_package=True)


def _place(value: bytes, package: Path | None) -> bytes | None:
    if not value.startswith(b"/"):
        if package is None:
            return None
        value = os.fsencode(package) + b"/" + value
    return os.path.normpath(value)


def below(directory: bytes) -> Iterator[bytes]:
    """The files below a directory that a build script watches, 20,000 at most: cargo looks at each at every build."""
    for number, entry in enumerate(entries(Path(os.fsdecode(directory)))):
        if number >= _MOST_WATCHED:
            return
        if entry.is_file(follow_symlinks=True):
            yield os.fsencode(entry.path)
