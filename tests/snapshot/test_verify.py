"""`verify` reads everything: no bit of the store changes without being found."""

import os
import random
from pathlib import Path

import pytest

from cargo_hone.snapshot.contents import pack_is_sound
from cargo_hone.snapshot.store import Store, open_store
from cargo_hone.snapshot.verify import verify
from tests.snapshot.shipments import PROJECT, noise, shipped

FILES = {
    "debug/a.rlib": noise(50_000, 1),
    "debug/b.rlib": noise(5_000, 2),
    "debug/c.so": noise(70_000, 3),
    "debug/text": b"some text that packs well " * 1000,
    "debug/small": b"small",
    # Longer than what is unpacked at once, and than what is packed at once.
    "debug/long": b"some text that packs well " * 200_000,
    "debug/middle": noise(2**20 + 1, 4),
}


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    store = open_store(tmp_path / "store")
    (tmp_path / "debug").mkdir()
    shipped(store, tmp_path / "debug", FILES)
    return store


def contents(store: Store) -> list[Path]:
    kinds = ("packs/*/*", "objects/*/*", "pages/*", f"manifests/{PROJECT}/*")
    return sorted(path for kind in kinds for path in store.root.glob(kind))


def test_a_whole_store_has_no_faults(filled: Store) -> None:
    found = verify(filled)
    assert found.faults == ()
    assert (found.snapshots, found.contents) == (1, 6)
    assert found.read_bytes == sum(map(len, FILES.values())) - len(b"small")


@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_bit_is_found(filled: Store, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    path = chance.choice(contents(filled))
    status = path.lstat()
    content = bytearray(path.read_bytes())
    # Heads and tails are where a form hides what nobody reads.
    end = min(len(content), chance.choice((16, len(content))))
    content[chance.choice((chance.randrange(end), -1 - chance.randrange(end)))] ^= (
        1 << chance.randrange(8)
    )
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    faults = verify(filled).faults
    assert [fault.path for fault in faults][:1] == [str(path)]
    repaired = verify(filled, repair=True)
    assert repaired.faults != ()
    assert not path.exists()
    assert [one.name for one in (filled.root / "aside").iterdir()] == [path.name]


def test_each_flipped_bit_of_a_pack_is_found(filled: Store) -> None:
    """Also where zstd does not care: of the length in its header, of the block that only says that it is the last."""
    manifest = filled.load(filled.manifests()[0])
    file = next(file for file in manifest.files if file.path == b"debug/long")
    path = Path(filled.pack_path(file.digest))
    packed = path.read_bytes()
    for bit in range(len(packed) * 8):
        flipped = bytearray(packed)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        assert not pack_is_sound(filled, file)
    path.write_bytes(packed)
    assert pack_is_sound(filled, file)


@pytest.mark.parametrize("what", ["missing", "time", "mode"])
def test_what_is_missing_or_was_touched_is_found(filled: Store, what: str) -> None:
    path = next(filled.root.glob("objects/*/*"))
    if what == "missing":
        path.unlink()
    elif what == "time":
        os.utime(path)
    else:
        path.chmod(0o600)
    (fault, *_) = verify(filled).faults
    assert fault.snapshots == (filled.manifests()[0].id,)
