"""Where the file system shares blocks, nothing is linked: checkouts and store have files of their own, for no room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.files import operation
from cargo_hone.snapshot.store import Store, open_store
from cargo_hone.snapshot.verify import verify
from tests.snapshot.conftest import Checkout

MAKERS = {"btrfs": ("mkfs.btrfs", "-q"), "xfs": ("mkfs.xfs", "-q", "-m", "reflink=1")}


@pytest.fixture(params=MAKERS)
def sharing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of that kind in a file."""
    maker, *options = MAKERS[request.param]
    program = shutil.which(maker)
    if program is None:
        pytest.skip(f"{maker} is not installed")
    image, place = tmp_path / "image", tmp_path / "place"
    with image.open("wb") as file:
        file.truncate(400_000_000)
    place.mkdir()
    subprocess.run([program, *options, str(image)], check=True, capture_output=True)
    words = ["mount", "-o", "loop", str(image), str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def used_bytes(place: Path) -> int:
    os.sync()
    status = os.statvfs(place)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def names_of_objects(store: Store) -> set[int]:
    """How many names the store's plain objects have."""
    return {path.stat().st_nlink for path in (store.root / "objects").rglob("*") if path.is_file()}


def test_blocks_are_shared_and_names_are_not(checkout: Checkout, sharing: Path) -> None:
    big = "".join(f"pub static S{n}: [u8; 60_000] = [{n}; 60_000];\n" for n in range(80))
    checkout.write("root/src/lib.rs", "pub fn number() -> u32 {\n    41\n}\n" + big)
    checkout.git("add", "-A")
    checkout.git("commit", "-qm", "big")
    here = checkout.clone(sharing / "ws")
    here.cargo("build")
    library = next((here.root / "target/debug/deps").glob("libroot-*.rlib"))
    size_bytes = library.stat().st_size
    assert size_bytes > 4_000_000
    store = open_store(sharing / "store")
    before = used_bytes(sharing)
    here.save(store)
    assert used_bytes(sharing) - before < size_bytes / 2
    # Whoever writes into a file of the target directory does not write into the store.
    assert names_of_objects(store) == {1}
    with library.open("r+b") as file:
        file.write(b"spoilt")
    assert verify(store).faults == ()
    shutil.rmtree(here.root / "target")
    before = used_bytes(sharing)
    done = here.restore(store)
    # Programs are no objects: those are written.
    assert used_bytes(sharing) - before < done.placed.written_bytes - size_bytes / 2
    assert done.placed.linked == 0
    assert done.placed.written > 0
    assert names_of_objects(store) == {1}
    assert here.compiled("build") == set()
    assert here.output() == "42 first"


def test_a_file_system_that_cannot_says_so(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    elsewhere = Path("/dev/shm") / f"hone-{os.getpid()}"  # noqa: S108 - another file system is what is wanted
    descriptor = operation.create(elsewhere, 0o600)
    try:
        with source.open("rb") as file:
            assert operation.clone(file.fileno(), descriptor, elsewhere) is False
        assert elsewhere.read_bytes() == b""
    finally:
        os.close(descriptor)
        elsewhere.unlink()
