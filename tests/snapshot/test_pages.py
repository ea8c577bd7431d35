"""A manifest's files lie in pages, which snapshots share."""

from pathlib import Path

import msgspec
import pytest
from blake3 import blake3

from cargo_hone.errors import UsageProblem
from cargo_hone.files.operation import Stopped, interrupting
from cargo_hone.snapshot.manifest import NOBODY, Directory, File, Manifest
from cargo_hone.snapshot.prune import prune
from cargo_hone.snapshot.store import Saved, Store
from tests.snapshot.shipments import TIME_NS, manifest, noise

FIRST, SECOND = "20260101T000000-00000001", "20260101T000000-00000002"


def small(number: int, content: bytes = b"") -> File:
    """A file that stands in the manifest itself."""
    content = content or noise(300, number)
    name = f"debug/{number:05d}".encode()
    digest = blake3(content).digest()
    return File(name, 0o644, TIME_NS, len(content), digest, NOBODY, NOBODY, False, content)


MANY = manifest(tuple(map(small, range(3000))), (Directory(b"debug", 0o755, TIME_NS),))


def with_files(files: tuple[File, ...]) -> Manifest:
    return msgspec.structs.replace(MANY, files=files)


def pages(store: Store) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (store.root / "pages").iterdir()}


@pytest.fixture
def first(store: Store) -> Saved:
    return store.put_manifest(MANY, id_=FIRST)


def test_what_was_put_is_read(store: Store, first: Saved) -> None:
    assert store.load(first) == MANY
    assert store.load_head(first).files == ()
    assert len(pages(store)) > 3


@pytest.mark.parametrize("what", ["changed", "added", "removed"])
def test_one_file_costs_a_page_or_two(store: Store, first: Saved, what: str) -> None:
    files = list(MANY.files)
    middle = len(files) // 2
    if what == "changed":
        files[middle] = small(middle, b"other")
    elif what == "added":
        files.insert(middle, small(99_999))
    else:
        del files[middle]
    before = pages(store)
    second = store.put_manifest(with_files(tuple(files)), id_=SECOND)
    assert store.load(second).files == tuple(files)
    assert store.load(first) == MANY
    assert 1 <= len(pages(store).keys() - before.keys()) <= 2
    assert second.packed_bytes < first.packed_bytes / 3


def test_nothing_costs_nothing(store: Store, first: Saved) -> None:
    before = pages(store)
    again = store.put_manifest(MANY, id_=SECOND)
    assert pages(store) == before
    assert again.packed_bytes < 2000


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "another's"])
def test_a_damaged_page_is_never_read_and_the_next_save_mends_it(
    store: Store, first: Saved, damage: str
) -> None:
    (one, content), (_, other), *_ = pages(store).items()
    match damage:
        case "flipped":
            one.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "cut":
            one.write_bytes(content[:-9])
        case "gone":
            one.unlink()
        case _:
            one.write_bytes(other)
    with pytest.raises(UsageProblem, match="a page of it is missing or damaged"):
        store.load(first)
    second = store.put_manifest(MANY, id_=SECOND)
    assert store.load(first) == store.load(second) == MANY


def test_pages_go_with_the_last_snapshot_that_has_them(store: Store, first: Saved) -> None:
    files = (*MANY.files[:1000], *map(small, range(50_000, 51_000)))
    second = store.put_manifest(with_files(files), id_=SECOND)
    prune(store, max_bytes=10**12)
    assert (store.load(first), store.load(second).files) == (MANY, files)
    every = pages(store).keys()
    prune(store, max_bytes=10**12, drop=frozenset({first.id}))
    assert store.load(second).files == files
    left = pages(store).keys()
    assert left < every
    prune(store, max_bytes=0)
    assert not pages(store)


def test_a_stop_at_any_operation_leaves_no_page_half(store: Store) -> None:
    store.put_manifest(MANY, id_=FIRST)
    prune(store, max_bytes=0)
    with interrupting(after=10**9) as count:
        store.put_manifest(MANY, id_=FIRST)
    everything = pages(store)
    for after in range(count.started):
        prune(store, max_bytes=0)
        with pytest.raises(Stopped), interrupting(after=after):
            store.put_manifest(MANY, id_=FIRST)
        assert all(everything[path] == content for path, content in pages(store).items())
        for saved in store.manifests():
            assert store.load(saved) == MANY
