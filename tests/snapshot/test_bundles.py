"""Small files that travel together: the same on both sides, few others with a changed one, and each one looked at."""

import os
from pathlib import Path

import msgspec
import pytest
import zstandard
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from cargo_hone.snapshot import bundles
from cargo_hone.snapshot.bundles import SMALL_BYTES, Bundle, Lying, split
from cargo_hone.snapshot.contents import wanted_object
from cargo_hone.snapshot.exchange import fetch_manifest, pull, push
from cargo_hone.snapshot.manifest import File, Manifest, Unit
from cargo_hone.snapshot.parts import PART_BYTES, Spoilt
from cargo_hone.snapshot.remote import Remote, parse
from cargo_hone.snapshot.store import Store, open_store
from tests.snapshot.shipments import PROJECT, manifest, noise, shipped

SESSION = "debug/incremental/a-1x/s-1-2-3"


def record(name: str, size_bytes: int, *, unit: int = -1, seed: int = 0) -> File:
    digest = seed.to_bytes(16, "little") + hash(name).to_bytes(16, "little", signed=True)
    return File(name.encode(), 0o644, 0, size_bytes, digest, unit)


def named(some: list[Bundle]) -> set[str]:
    return {one.name for one in some}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("deps", "debug/incremental/a/s-1", "debug/incremental/b/s-2")),
            st.integers(4097, 3 * SMALL_BYTES),
        ),
        max_size=300,
    )
)
@settings(max_examples=50, deadline=None)
def test_each_file_travels_once_and_no_bundle_is_larger_than_a_part(
    shapes: list[tuple[str, int]],
) -> None:
    files = [record(f"{where}/{n}", size) for n, (where, size) in enumerate(shapes)]
    some, alone = split(manifest(tuple(files)), files)
    travelling = [file for bundle in some for file in bundle.files] + alone
    assert sorted(file.path for file in travelling) == sorted(file.path for file in files)
    assert all(bundle.size_bytes <= PART_BYTES for bundle in some)
    assert all(file.size_bytes > SMALL_BYTES for file in alone)
    assert all(len({file.path.rpartition(b"/")[0] for file in one.files}) == 1 for one in some)


def test_a_changed_file_takes_few_others_along() -> None:
    files = [record(f"deps/{n}.o", 5000) for n in range(3000)]
    before, _ = split(manifest(tuple(files)), files)
    changed = [*files[:1500], record("deps/1500.o", 5000, seed=1), *files[1501:]]
    after, _ = split(manifest(tuple(changed)), changed)
    assert len(named(after) - named(before)) == 1
    more = [*files[:1500], record("deps/new.o", 5000), *files[1500:]]
    after, _ = split(manifest(tuple(more)), more)
    assert len(named(after) - named(before)) <= 2
    assert len(before) > 20


def test_what_is_local_travels_apart_from_what_never_changes() -> None:
    units = tuple(
        Unit(name, name, f"debug/.fingerprint/{name}".encode(), name == "mine", False)
        for name in ("mine", "registry")
    )
    files = [record(f"deps/{n}", 5000, unit=n % 2) for n in range(40)]
    made: Manifest = msgspec.structs.replace(manifest(tuple(files)), units=units)
    some, _ = split(made, files)
    assert all(len({file.unit for file in bundle.files}) == 1 for bundle in some)


def test_no_file_has_the_name_of_a_bundle() -> None:
    """Both lie in the same place: who makes a file of hashes must not get in the way of those files."""
    digests = [bytes([number]) * 32 for number in range(3)]
    assert bundles.digest_of(digests) != blake3(b"".join(digests)).digest()


@pytest.fixture
def there(tmp_path: Path) -> Store:
    return open_store(tmp_path / "there")


FILES = {f"{SESSION}/{n}.o": noise(5000, n) for n in range(5)} | {"deps/a.rlib": noise(9000, 9)}


def shipped_bundles(store: Store, place: Path) -> tuple[list[Bundle], Lying]:
    made = store.load(shipped(store, place, FILES))
    return split(made, made.files)[0], Lying(store, made.files)


def test_what_comes_is_what_went(there: Store, tmp_path: Path) -> None:
    found: dict[bytes, bytes] = {}
    some, lying = shipped_bundles(there, tmp_path / "files")
    for bundle in some:
        for file, content in bundles.members(bundle, bundles.content(there, bundle, lying)):
            found[file.path] = content
    assert found == {name.encode(): content for name, content in FILES.items()}


def test_one_changed_byte_of_one_file_is_found(there: Store, tmp_path: Path) -> None:
    (bundle, *_), lying = shipped_bundles(there, tmp_path / "files")
    content = bytearray(bundles.content(there, bundle, lying))
    content[-1] ^= 1
    with pytest.raises(Spoilt, match="not what its name says"):
        list(bundles.members(bundle, bytes(content)))


@pytest.mark.parametrize("spoil", ["cut", "changed", "longer", "missing"])
def test_what_is_damaged_here_does_not_go(spoil: str, there: Store, tmp_path: Path) -> None:
    (bundle, *_), lying = shipped_bundles(there, tmp_path / "files")
    pack = Path(there.pack_path(bundle.files[1].digest))
    packed = pack.read_bytes()
    pack.unlink()
    if spoil == "cut":
        pack.write_bytes(packed[:-60])
    elif spoil == "changed":
        pack.write_bytes(zstandard.compress(noise(5000, 77)))
    elif spoil == "longer":
        pack.write_bytes(zstandard.compress(noise(5001, 1)))
    with pytest.raises(Spoilt):
        bundles.content(there, bundle, lying)


def test_what_is_here_of_a_bundle_stays_as_it_is(there: Store, tmp_path: Path) -> None:
    saved = shipped(there, tmp_path / "files", FILES)
    remote = Remote(parse(str(tmp_path / "shared"), os.environ))
    push(there, saved, remote)
    here = open_store(tmp_path / "here")
    wanted = fetch_manifest(remote, PROJECT, saved.id)
    assert wanted is not None
    pull(here, remote, wanted, id_=saved.id)
    packs = [Path(here.pack_path(f.digest)) for f in wanted.files if not f.linkable]
    linked = next(file for file in wanted.files if file.linkable)
    inodes = [path.stat().st_ino for path in packs[1:]]
    packs[0].unlink()
    _, done = pull(here, remote, wanted, id_=saved.id)
    assert (done.blobs, done.there) == (2, 1)
    assert packs[0].exists()
    assert [path.stat().st_ino for path in packs[1:]] == inodes
    assert Path(here.object_path(wanted_object(linked).key)).read_bytes() == FILES["deps/a.rlib"]
