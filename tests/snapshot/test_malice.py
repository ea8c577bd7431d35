"""Manifests and contents that somebody made up: a clear error or a compilation, and never a write elsewhere."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import zstandard
from blake3 import blake3
from msgspec.structs import replace

from cargo_hone.errors import HoneError, UsageProblem
from cargo_hone.snapshot import manifest as form
from cargo_hone.snapshot.choose import choose
from cargo_hone.snapshot.contents import Damaged, unpack
from cargo_hone.snapshot.manifest import (
    Directory,
    File,
    Input,
    Link,
    Manifest,
    Unit,
    decode,
    encode,
)
from cargo_hone.snapshot.restore import Restored, restore
from cargo_hone.snapshot.store import Store
from tests.snapshot.conftest import Checkout
from tests.snapshot.shipments import manifest

HELLO = blake3(b"hello").digest()


def a_file(path: bytes, *, size_bytes: int = 5, mtime_ns: int = 1) -> File:
    return File(path, 0o644, mtime_ns, size_bytes, HELLO, -1, -1, False, b"hello")


def a_unit(fingerprint: bytes = b"debug", *, needs: tuple[int, ...] = ()) -> Unit:
    return Unit("a lib a (build) 0", "a", fingerprint, True, False, needs)


DEBUG = Directory(b"debug", 0o755, 1)
GOOD = manifest((a_file(b"debug/a"),), (DEBUG,))


def with_files(*files: File) -> Manifest:
    return replace(GOOD, files=files)


def with_input(path: bytes) -> Manifest:
    return replace(GOOD, inputs=(Input(path, 5, 1, HELLO),))


BAD = {
    "absolute": with_files(a_file(b"/tmp/a")),
    "climbing": with_files(a_file(b"../a")),
    "climbing later": with_files(a_file(b"debug/../../a")),
    "dot": with_files(a_file(b"debug/./a")),
    "empty": with_files(a_file(b"")),
    "empty part": with_files(a_file(b"debug//a")),
    "null byte": with_files(a_file(b"debug/a\0b")),
    "twice": with_files(a_file(b"debug/a"), a_file(b"debug/a")),
    "below a file": with_files(a_file(b"debug/a"), a_file(b"debug/a/b")),
    "below a link": replace(
        GOOD, files=(a_file(b"debug/l/b"),), links=(Link(b"debug/l", b"/etc"),)
    ),
    "a link that is a directory": replace(
        GOOD,
        files=(a_file(b"debug/l/b"),),
        directories=(DEBUG, Directory(b"debug/l", 0o755, 1)),
        links=(Link(b"debug/l", b"/etc"),),
    ),
    "link outside": replace(GOOD, links=(Link(b"../l", b"a"),)),
    "directory outside": replace(GOOD, directories=(Directory(b"..", 0o755, 1), DEBUG)),
    "directories in disorder": replace(GOOD, directories=(DEBUG, Directory(b"a", 0o755, 1))),
    "lock outside": replace(GOOD, locks=(b"../.cargo-lock",)),
    "lock of another name": replace(GOOD, locks=(b"debug/authorized_keys",)),
    "unit outside": replace(GOOD, units=(a_unit(b"../x"),)),
    "unit that is not there": with_files(replace(a_file(b"debug/a"), unit=1)),
    "need that is not there": replace(GOOD, units=(a_unit(needs=(1,)),)),
    "input that is not there": replace(GOOD, units=(replace(a_unit(), inputs=(0,)),)),
    "twin that is not there": with_files(replace(a_file(b"debug/a"), twin=3)),
    "twin of itself": with_files(replace(a_file(b"debug/a"), twin=0)),
    "twin of a twin": with_files(
        a_file(b"debug/a"),
        replace(a_file(b"debug/b"), twin=0),
        replace(a_file(b"debug/c"), twin=1),
    ),
    "link of nobody": replace(GOOD, links=(Link(b"debug/l", b"x", 4),)),
    "length": with_files(a_file(b"debug/a", size_bytes=6)),
    "huge": with_files(a_file(b"debug/a", size_bytes=2**63 - 1)),
    "far future": with_files(a_file(b"debug/a", mtime_ns=2**63 - 1)),
    "negative": with_files(a_file(b"debug/a", mtime_ns=-1)),
    "input that climbs late": with_input(b"a/../../../etc/passwd"),
    "escape sequence": replace(GOOD, units=(replace(a_unit(), rooted="\x1b]0;x\x07"),)),
    "another form": replace(GOOD, schema=form.SCHEMA + 1),
    "pages of somebody's store": replace(GOOD, files=(), pages=(HELLO,)),
    "short digest": with_files(replace(a_file(b"debug/a"), digest=b"x")),
}


def packed(manifest: Manifest) -> bytes:
    return encode(manifest)


def test_a_good_one_is_read() -> None:
    assert decode(packed(GOOD), name="it") == GOOD


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_what_leads_elsewhere_is_refused(bad: Manifest) -> None:
    with pytest.raises(UsageProblem, match="the snapshot it cannot be used") as caught:
        decode(packed(bad), name="it")
    assert "snapshot verify --repair" in caught.value.next_step


def bombs() -> dict[str, bytes]:
    zeros = b"\0" * (form.MAX_UNPACKED_BYTES + 1)
    raw = msgspec.msgpack.encode(GOOD)
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(raw)
    return {
        "bomb": zstandard.ZstdCompressor(level=1).compress(zeros),
        "without a size": unsized,
        "empty": b"",
        "text": b"hello",
        "cut": packed(GOOD)[:-4],
        "another thing": zstandard.ZstdCompressor().compress(msgspec.msgpack.encode([1, 2])),
        "deep": zstandard.ZstdCompressor().compress(b"\x91" * 100_000),
        "too large": b"\0" * (form.MAX_PACKED_BYTES + 1),
    }


def test_what_is_no_manifest_is_refused() -> None:
    for name, content in bombs().items():
        with pytest.raises(UsageProblem, match="cannot be used"):
            decode(content, name=name)


def test_no_flipped_bit_is_read() -> None:
    content = packed(replace(GOOD, inputs=(Input(b"src/lib.rs", 5, 1, HELLO),)))
    for position in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            try:
                found = decode(bytes(flipped), name="it")
            except UsageProblem:
                continue
            # A bit that says nothing.
            assert encode(found) == content


@pytest.fixture
def built(checkout: Checkout, store: Store) -> Checkout:
    checkout.cargo("build", "--workspace")
    checkout.save(store)
    return checkout


def changed(
    checkout: Checkout, store: Store, change: Callable[[Manifest], Manifest]
) -> Callable[[], Restored]:
    """Put a made-up manifest into the store in place of the only one."""
    saved = store.manifests()[0]
    saved.path.write_bytes(packed(change(store.load(saved))))

    def run() -> Restored:
        place = checkout.place()
        choice = choose(place, store, wanted=saved.id)
        assert choice is not None
        return restore(place, store, choice.saved, choice.manifest)

    return run


def test_a_link_that_an_earlier_snapshot_left_leads_nowhere(
    built: Checkout, store: Store, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (built.root / "target" / "debug" / "trap").symlink_to(outside)
    trap = Directory(b"debug/trap", 0o755, 1)

    def with_file(made: Manifest) -> Manifest:
        directories = tuple(sorted((*made.directories, trap), key=lambda one: one.path))
        return replace(made, files=(*made.files, a_file(b"debug/trap/a")), directories=directories)

    with pytest.raises(UsageProblem, match="symbolic link"):
        changed(built, store, with_file)()
    assert list(outside.iterdir()) == []
    with pytest.raises(UsageProblem, match="symbolic link"):
        changed(built, store, lambda made: replace(made, locks=(b"debug/trap/.cargo-lock",)))()
    assert list(outside.iterdir()) == []


def test_a_profile_directory_on_another_disk_is_left_alone(
    built: Checkout, store: Store, tmp_path: Path
) -> None:
    target = built.root / "target"
    shutil.move(target / "debug", tmp_path / "disk")
    (target / "debug").symlink_to(tmp_path / "disk")
    before = {p: p.lstat().st_mtime_ns for p in (tmp_path / "disk").rglob("*")}
    with pytest.raises(HoneError):
        changed(built, store, lambda made: made)()
    assert {p: p.lstat().st_mtime_ns for p in (tmp_path / "disk").rglob("*")} == before


def test_no_time_is_set_outside_of_the_workspace(
    built: Checkout, store: Store, tmp_path: Path
) -> None:
    places = [tmp_path / "beside" / "a", tmp_path / "behind" / "a"]
    for path in places:
        path.parent.mkdir()
        path.write_bytes(b"hello")
    (built.root / "root" / "way").symlink_to(tmp_path / "behind")
    (built.root / "root" / "one").symlink_to(tmp_path / "behind" / "a")
    before = [path.stat().st_mtime_ns for path in places]
    names = (b"../beside/a", bytes(places[0]), b"root/way/a", b"root/one")
    inputs = tuple(Input(name, 5, 1, HELLO) for name in names)
    changed(built, store, lambda made: replace(made, inputs=(*made.inputs, *inputs)))()
    assert [path.stat().st_mtime_ns for path in places] == before
    assert (built.root / "root" / "one").lstat().st_mtime_ns > 1


def test_needs_that_go_in_a_circle_come_to_an_end(built: Checkout, store: Store) -> None:
    def circle(made: Manifest) -> Manifest:
        every = tuple(range(len(made.units)))
        return replace(made, units=tuple(replace(unit, needs=every) for unit in made.units))

    shutil.rmtree(built.root / "target")
    built.write("leaf/data.txt", "second\n")
    changed(built, store, circle)()
    built.cargo("build", "--workspace")
    assert built.output() == "42 second"


def spoil_bomb(path: Path) -> None:
    path.write_bytes(zstandard.ZstdCompressor().compress(b"\0" * 2**28))


def spoil_unsized(path: Path) -> None:
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    path.write_bytes(compressor.compress(b"\0" * 2**28))


def spoil_flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[random.Random(1).randrange(len(content) // 2, len(content))] ^= 1  # noqa: S311
    path.write_bytes(content)


SPOIL: dict[str, Callable[[Path], object]] = {
    "bomb": spoil_bomb,
    "bomb without a size": spoil_unsized,
    "flipped": spoil_flip,
    # The seal alone may go: what it seals is hashed.
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-60]),
    "empty": lambda path: path.write_bytes(b""),
    "missing": lambda path: path.unlink(),
    "other": lambda path: path.write_bytes(zstandard.ZstdCompressor().compress(b"hello")),
}


QUICK = {("bomb", True), ("flipped", True), ("missing", False)}


@pytest.mark.parametrize(
    ("how", "links"),
    [
        pytest.param(how, links, marks=() if (how, links) in QUICK else pytest.mark.e2e)
        for how in SPOIL
        for links in (True, False)
    ],
)
def test_no_spoiled_content_is_built_from(
    built: Checkout, store: Store, how: str, links: bool
) -> None:
    """All of it spoiled: everything is compiled."""
    shutil.rmtree(built.root / "target")
    for kind in ("packs", "objects"):
        for path in sorted((store.root / kind).glob("*/*")):
            SPOIL[how](path)
    before = {path.name: path.lstat().st_size for path in built.root.parent.iterdir()}
    done = built.restore(store, links=links)
    assert {"root", "leaf"} <= {one.package for one in done.left_out}
    assert all("store" in one.reason for one in done.left_out)
    largest = max(p.lstat().st_size for p in (built.root / "target").rglob("*"))
    assert largest < 2**24
    assert {path.name for path in built.root.parent.iterdir()} == before.keys()
    built.cargo("build", "--workspace")
    assert built.output() == "42 first"
    built.save(store)
    shutil.rmtree(built.root / "target")
    assert built.restore(store).to_compile == ()


def test_what_grew_together_with_its_size_is_no_content_of_ours(
    built: Checkout, store: Store
) -> None:
    """A manifest that promises more than a disk holds."""
    shutil.rmtree(built.root / "target")

    def huge(made: Manifest) -> Manifest:
        files = tuple(
            one if one.inline is not None else replace(one, size_bytes=2**62) for one in made.files
        )
        return replace(made, files=files)

    assert changed(built, store, huge)().left_out != ()
    built.cargo("build", "--workspace")
    assert built.output() == "42 first"
    assert os.path.getsize(built.root / "target" / "debug" / "leaf") < 2**26  # noqa: PTH202


def test_a_large_content_of_the_right_length_is_hashed_on_the_way(
    store: Store, tmp_path: Path
) -> None:
    """Too large to be unpacked at once."""
    right, wrong = b"a" * 5_000_000, b"b" * 5_000_000
    file = replace(a_file(b"a", size_bytes=len(right)), digest=blake3(right).digest(), inline=None)
    path = Path(store.pack_path(file.digest))
    for content in (wrong, wrong[:-1], wrong + b"b"):
        path.write_bytes(zstandard.ZstdCompressor().compress(content))
        with pytest.raises(Damaged):
            unpack(store, file, str(tmp_path / "a"), mtime_ns=1)
        assert not (tmp_path / "a").exists()
    path.write_bytes(zstandard.ZstdCompressor().compress(right))
    unpack(store, file, str(tmp_path / "a"), mtime_ns=1)
    assert (tmp_path / "a").read_bytes() == right
