"""What may befall a target directory: garbage, links that lead away, pipes, damage, other people's things."""

import contextlib
import os
import random
import stat
from collections.abc import Callable

from tests.sweep.fuzz_case import Case, everything, is_plain
from tests.sweep.synthetic import FakeTarget, FakeUnit

NEST = 24
DEEP = 200
"""Deeper than calls may be nested while a case is looked at."""


def _name(chance: random.Random) -> bytes:
    """A name that cargo never gives: garbage, or nearly one of cargo's."""
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: bytes(chance.choice((0x80, 0xFF, 0xC3, 0x28, 0xE2)) for _ in range(8)),
        lambda: b"line\nbreak\t-0123",
        lambda: b"x" * 255,
        lambda: b"-rf",
        lambda: b"libfoo-0123456789ABCDEF.rlib",
        lambda: b"foo-0123456789abcde",
        lambda: b"foo-0123456789abcdef0.rlib",
        lambda: b"\xff-0123456789abcdef\n",
        "größe-ﬀ".encode,
        lambda: b".hidden",
        lambda: b"notes.txt",
        lambda: b"s-strange",
        lambda: b"..." + bytes([chance.randint(1, 45)]),
    )
    return chance.choice(kinds)()


def unknown_file(case: Case) -> None:
    path = os.fsencode(case.any_directory()) + b"/" + _name(case.random)
    with open(path, "xb") as file:  # noqa: PTH123 (a name in bytes)
        file.write(b"mine")
    case.keep(path)


def unknown_directory(case: Case) -> None:
    path = os.fsencode(case.any_directory()) + b"/" + _name(case.random)
    os.mkdir(path)  # noqa: PTH102
    with open(path + b"/inside-0123456789abcdef", "xb") as file:  # noqa: PTH123
        file.write(b"mine")
    case.keep(path + b"/inside-0123456789abcdef")
    case.keep(path)


def sparse_giant(case: Case) -> None:
    path = os.fsencode(case.any_directory()) + b"/giant.img"
    with open(path, "xb") as file:  # noqa: PTH123
        file.truncate(1 << 42)
    case.keep(path)


def strange_node(case: Case) -> None:
    path = os.fsencode(case.any_directory()) + b"/" + _name(case.random)
    _node(case, path)
    case.keep(path)


def strange_node_with_a_name_of_cargos(case: Case) -> None:
    place = case.random.choice(("deps/dep-00000000000000d1.d", "deps/libx-00000000000000f2.d"))
    path = case.target.profile / place
    path.unlink(missing_ok=True)
    _node(case, os.fsencode(path))


def strange_node_in_a_fingerprint(case: Case) -> None:
    path = case.unit_file()
    if is_plain(path):
        path.unlink()
        _node(case, os.fsencode(path))


def _node(case: Case, path: bytes) -> None:
    kinds = [stat.S_IFIFO, stat.S_IFSOCK]
    kind = case.random.choice(kinds)
    os.mknod(path, kind | 0o600)


def device(case: Case) -> None:
    path = os.fsencode(case.unit_directory()) + b"/lib-device.json"
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        os.mkfifo(path)  # only root makes devices


def truncated_fingerprint(case: Case) -> None:
    path = case.unit_file()
    if is_plain(path):
        os.truncate(path, case.random.randrange(path.lstat().st_size + 1))


def garbage_fingerprint(case: Case) -> None:
    path = case.unit_file()
    texts: tuple[bytes, ...] = (
        b"",
        b"\x00" * 16,
        b"\xff" * 16,
        b"zzzzzzzzzzzzzzzz",
        b"[" * 200_000,
        b'{"deps": 1}',
        b'{"deps": [[1, 2]], "rustc": 1}',
        b"[]",
        b"null",
        b'"text"',
        b"1" * 5000,
        b'{"rustc": NaN, "deps": []}',
        b"{" + b" " * 100_000,
    )
    if is_plain(path):
        path.write_bytes(case.random.choice(texts))


def odd_values(case: Case) -> None:
    """Well-formed JSON with one value of another type, or beyond all measure."""
    path = next(iter(sorted(case.unit_directory().glob("*.json"))), None)
    if path is None or not is_plain(path):
        return
    text = path.read_text("utf-8", "replace")
    value = case.random.choice(("null", '"x"', "-1", "1e999", "true", "[]", "{}", "9" * 400))
    for key in case.random.sample(("rustc", "target", "profile", "path", "features", "deps"), k=2):
        text = text.replace(f'"{key}": ', f'"{key}": {value}, "was": ', 1)
    path.write_text(text)


def wild_edges(case: Case) -> None:
    """A unit that needs itself, another that needs it, and one that is not there."""
    names = [case.random.choice(("dep", "app", "gone", "nobody")) for _ in range(3)]
    edges = ", ".join(
        f'[{case.random.getrandbits(64)}, "{name}", false, '
        f"{case.random.choice([u.fingerprint for u in case.target.written] + [5])}]"
        for name in names
    )
    path = next(iter(sorted(case.unit_directory().glob("*.json"))), None)
    if path is not None and is_plain(path):
        text = path.read_text("utf-8", "replace")
        before, found, after = text.partition('"deps": [')
        if found:
            path.write_text(f'{before}"deps": [{edges}], "was": [{after}')


def second_fingerprint(case: Case) -> None:
    path = case.unit_directory() / "lib-twin.json"
    if not os.path.lexists(path):
        path.write_text("{}")


def missing_file(case: Case) -> None:
    path = case.unit_file()
    if is_plain(path):
        path.unlink()


def file_for_a_directory(case: Case) -> None:
    """One of cargo's own directories is a file, a link or a pipe."""
    name = case.random.choice((".fingerprint", "deps", "build", "incremental", "examples"))
    path = case.target.profile / name
    path.rename(case.base / f"was-{name}-{len(case.story)}")
    match case.random.randrange(4):
        case 0:
            path.write_text("mine")
        case 1:
            path.symlink_to(case.outside / "deep")
        case 2:
            path.symlink_to(case.base / f"was-{name}-{len(case.story)}")
        case _:
            os.mkfifo(path)


def link_out(case: Case) -> None:
    """A link that leads out, under a name that is somebody's."""
    names = (
        "deps/libgone-00000000000000e1.so",
        "deps/libgone-00000000000000e3.rlib",
        "build/gone-00000000000000e4",
        ".fingerprint/gone-00000000000000e5",
        ".fingerprint/gone-00000000000000e1/lib-gone.json.bak",
        "incremental/app-0abd",
        "incremental/app-0abc/s-0001-rand-fini",
        "build/gone-00000000000000e1/out/away",
        "app.d",
    )
    goals = ("", "deep", "precious", "nowhere")
    path = case.target.profile / case.random.choice(names)
    path.symlink_to(case.outside / case.random.choice(goals))


def link_for_a_file(case: Case) -> None:
    """A unit's own file lies elsewhere."""
    path = case.unit_file()
    if is_plain(path):
        path.unlink()
        path.symlink_to(case.outside / "precious")


def linked_profile(case: Case) -> None:
    case.target.profile.rename(case.outside / "profile")
    case.target.profile.symlink_to(case.outside / "profile")


def linked_target(case: Case) -> None:
    case.target.root.rename(case.outside / "target")
    case.target.root.symlink_to(case.outside / "target")


def hard_link_to_outside(case: Case) -> None:
    names = ("deps/libgone-00000000000000e6.rlib", "build/gone-00000000000000e1/out/hard", "hard")
    os.link(case.outside / "linked", case.target.profile / case.random.choice(names))


def unreadable_directory(case: Case) -> None:
    case.random.choice((case.any_directory(), case.unit_directory())).chmod(0)


def deep_nest(case: Case) -> None:
    """More levels than a recursive walk may have frames, or than a path may have bytes."""
    levels, name = case.random.choice(((NEST, b"d" * 200), (DEEP, b"d")))
    where = case.random.choice((b"build/gone-00000000000000e1/out", b"deps"))
    at = os.open(os.fsencode(case.target.profile) + b"/" + where, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


def strange_times(case: Case) -> None:
    at_ns = case.random.choice((-1, 0, 4_000_000_000 * 10**9, 9_000_000_000 * 10**9))
    with contextlib.suppress(OSError):
        os.utime(case.unit_file(), ns=(at_ns, at_ns))


def wild_sessions(case: Case) -> None:
    directory = case.target.profile / "incremental" / "app-0abc"
    for name in (f"s-{'z' * 200}-r-f", "s-0-0-working", "s---", "s-1-1", f"s-{'z' * 60}-0.lock"):
        (directory / name).mkdir()


def impostor_of_the_trash(case: Case) -> None:
    path = case.target.root / ".hone-trash"
    match case.random.randrange(4):
        case 0:
            path.symlink_to(case.outside / "deep")
        case 1:
            path.write_text("mine")
            case.keep(os.fsencode(path))
        case 2:
            os.mkfifo(path)
        case _:
            (path / "0123").mkdir(parents=True)
            (path / "0123" / "away").symlink_to(case.outside)
            os.link(case.outside / "linked", path / "hard")


def no_lock_file(case: Case) -> None:
    path = case.target.profile / ".cargo-lock"
    path.unlink()
    match case.random.randrange(4):
        case 0:
            path.symlink_to(case.outside / "deep" / ".cargo-lock")
        case 1:
            os.mkfifo(path)
        case 2:
            path.mkdir()
        case _:
            pass


def no_marks(case: Case) -> None:
    for name in ("CACHEDIR.TAG", ".rustc_info.json"):
        path = case.target.root / name
        path.unlink()
        if case.random.random() < 0.5:
            os.mkfifo(path)


def nested_target(case: Case) -> None:
    nested = FakeTarget(root=case.target.root / case.random.choice(("miri", "llvm-cov-target")))
    nested.start()
    nested.add(FakeUnit(package="gone", number=0xE9))
    for path in everything(nested.root):
        case.keep(path)


def dep_info_garbage(case: Case) -> None:
    text = case.random.choice((b"\xff\xfe", b"", b"/registry/src/" * 3000, b"/git/checkouts/\xff/"))
    path = case.target.profile / "deps" / f"dep-{0xD1:016x}.d"
    if is_plain(path):
        path.write_bytes(text)


MISCHIEFS: tuple[Callable[[Case], None], ...] = (
    *[unknown_file, unknown_directory, strange_node, link_out] * 2,
    sparse_giant,
    strange_node_with_a_name_of_cargos,
    strange_node_in_a_fingerprint,
    device,
    truncated_fingerprint,
    garbage_fingerprint,
    odd_values,
    wild_edges,
    second_fingerprint,
    missing_file,
    file_for_a_directory,
    link_for_a_file,
    linked_profile,
    linked_target,
    hard_link_to_outside,
    unreadable_directory,
    deep_nest,
    strange_times,
    wild_sessions,
    impostor_of_the_trash,
    no_lock_file,
    no_marks,
    nested_target,
    dep_info_garbage,
)
