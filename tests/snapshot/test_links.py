"""What is linked to the store stays as it is, whatever cargo, rustc and the linkers do afterwards."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from blake3 import blake3

from cargo_hone.snapshot.objects import Seen
from cargo_hone.snapshot.store import Store
from cargo_hone.snapshot.verify import verify
from tests.snapshot.conftest import FILES, Checkout
from tests.target.layouts import LAYOUTS, LayoutUnderTest

TEST = ("test", "--workspace", "--no-run")
COMMANDS = (("build", "--workspace"), ("check", "--workspace", "--all-targets"), TEST)
LINKERS = ("bfd", "gold", "lld", "mold", "wild")


@dataclass(frozen=True, slots=True)
class Look:
    """What must not change of an object. Its ctime does, with each link."""

    inode: int
    size_bytes: int
    mtime_ns: int
    mode: int
    content: bytes


def objects(store: Store) -> dict[Path, Look]:
    found: dict[Path, Look] = {}
    for path in (store.root / "objects").glob("*/*"):
        status = path.lstat()
        found[path] = Look(
            inode=status.st_ino,
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            mode=status.st_mode,
            content=blake3(path.read_bytes()).digest(),
        )
    return found


def shared(store: Store) -> int:
    """How many objects some target directory is linked to."""
    return sum(path.lstat().st_nlink > 1 for path in objects(store))


def build_all(checkout: Checkout) -> None:
    for words in COMMANDS:
        checkout.cargo(*words)


def force(checkout: Checkout) -> None:
    for path in checkout.root.glob("*/src/*.rs"):
        os.utime(path)
    build_all(checkout)


def edit(checkout: Checkout) -> None:
    for path in checkout.root.glob("*/src/*.rs"):
        more = 'pub fn added(n: u32) -> String { format!("{n}") }\n'
        path.write_text(path.read_text() + more)
    build_all(checkout)


def relink(checkout: Checkout, tmp_path: Path, linker: str) -> None:
    """Everything anew under the same names: the linker is no part of them."""
    script = tmp_path / f"link-with-{linker}"
    script.write_text(f'#!/bin/sh\nexec cc -fuse-ld={linker} "$@"\n')
    script.chmod(0o755)
    host = checkout.place().toolchain.host.upper().replace("-", "_")
    other = Checkout(checkout.root, checkout.env | {f"CARGO_TARGET_{host}_LINKER": str(script)})
    build_all(other)
    force(other)


def prove(checkout: Checkout, store: Store, tmp_path: Path, linkers: tuple[str, ...]) -> None:
    # Small files are not linked: metadata and bitcode must not be small.
    more = [f"pub fn f{n}<T: Clone>(t: &T) -> (T, u32) {{ (t.clone(), {n}) }}" for n in range(99)]
    more += [
        f'pub fn g{n}(s: &str) -> Vec<String> {{ vec![format!("{n}{{s}}"), s.repeat({n})] }}'
        for n in range(40)
    ]
    checkout.write("root/src/lib.rs", FILES["root/src/lib.rs"] + "\n".join(more))
    build_all(checkout)
    checkout.save(store)
    shutil.rmtree(checkout.root / "target")
    done = checkout.restore(store)
    before = objects(store)
    assert done.placed.linked == shared(store) == len(before) > 0
    for step in (build_all, force, edit):
        step(checkout)
        assert objects(store) == before
    for linker in linkers:
        checkout.restore(store)
        relink(checkout, tmp_path, linker)
        assert objects(store) == before, linker
    assert verify(store).faults == ()


def test_no_build_writes_into_what_is_linked(
    checkout: Checkout, store: Store, tmp_path: Path
) -> None:
    prove(checkout, store, tmp_path, ())


@pytest.mark.e2e
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("layout", [LAYOUTS["v1"], LAYOUTS["v2"]], ids=str)
@pytest.mark.parametrize(
    "profile",
    [
        "",
        "opt-level = 1",
        'opt-level = 1\nlto = "thin"',
        'split-debuginfo = "unpacked"',
        "codegen-units = 1",
    ],
    ids=["plain", "optimised", "lto", "split", "one"],
)
def test_no_linker_and_no_profile_does(
    checkout: Checkout, store: Store, tmp_path: Path, layout: LayoutUnderTest, profile: str
) -> None:
    manifest = checkout.root / "Cargo.toml"
    manifest.write_text(f"{manifest.read_text()}[profile.dev]\n{profile}\n")
    there = tuple(name for name in LINKERS if shutil.which(f"ld.{name}") or shutil.which(name))
    assert there, "no linker at all"
    prove(Checkout(checkout.root, checkout.env | dict(layout.env)), store, tmp_path, there)


def a_library(store: Store, checkout: Checkout) -> Path:
    rlib = next((checkout.root / "target" / "debug" / "deps").glob("libroot-*.rlib"))
    return next(path for path in objects(store) if path.lstat().st_ino == rlib.lstat().st_ino)


@pytest.mark.parametrize("how", ["longer", "another time", "only content", "only content, again"])
def test_an_object_that_somebody_changed_is_set_aside(
    checkout: Checkout,
    store: Store,
    tmp_path: Path,
    touched: Callable[[Checkout], None],
    how: str,
) -> None:
    checkout.cargo("build", "--workspace")
    checkout.save(store)
    path = a_library(store, checkout)
    status = path.lstat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(content + b"more" * (how == "longer"))
    if how.startswith("only"):
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    if how.endswith("again"):
        # Saved once more from the very file that was changed with it: cargo still takes it for fresh.
        shutil.rmtree(checkout.root / "target")
        touched(checkout)
        checkout.cargo("build", "--workspace")
        checkout.save(store)
    shutil.rmtree(checkout.root / "target")
    done = checkout.restore(store)
    if how.endswith("again"):
        assert done.to_compile == ()
    else:
        assert {one.package for one in done.left_out} == {"root"}
        assert [one.name for one in (store.root / "aside").iterdir()] == [path.name]
    checkout.cargo("build", "--workspace")
    assert checkout.output() == "42 first"
    checkout.save(store)
    shutil.rmtree(checkout.root / "target")
    assert checkout.restore(store).to_compile == ()


def test_a_save_does_not_trust_an_object_that_was_changed(checkout: Checkout, store: Store) -> None:
    checkout.cargo("build", "--workspace")
    checkout.save(store)
    path = a_library(store, checkout)
    status = path.lstat()
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.chmod(status.st_mode & 0o7777)
    checkout.save(store)
    assert verify(store).faults == ()
    assert [one.name for one in (store.root / "aside").iterdir()] == [path.name]


def test_what_was_linked_needs_no_second_hashing(checkout: Checkout, store: Store) -> None:
    checkout.cargo("build", "--workspace")
    checkout.save(store)
    shutil.rmtree(checkout.root / "target")
    checkout.restore(store)
    seen = Seen(store).load()
    for path in objects(store):
        status = path.lstat()
        assert seen[bytes.fromhex(path.name)] == (status.st_ino, status.st_ctime_ns)
