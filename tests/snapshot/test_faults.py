"""A stop before any operation on any file: the next build is right, and the next run of the same goes through."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cargo_hone.errors import HoneError, Unavailable
from cargo_hone.files.operation import Stopped, interrupting
from cargo_hone.snapshot.choose import Choice, choose
from cargo_hone.snapshot.placing import Placing
from cargo_hone.snapshot.prune import prune
from cargo_hone.snapshot.restore import restore
from cargo_hone.snapshot.save import save
from cargo_hone.snapshot.store import Store, open_store
from cargo_hone.snapshot.verify import verify
from cargo_hone.target.premises import read_premises
from tests.snapshot.conftest import Checkout

FEW = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """A checkout at the first commit, whose target directory has what is newer; a store with the first one's snapshot.

    Everything is put back to its path by `again`.
    """

    checkout: Checkout
    store: Store
    home: Path
    kept: Path

    def again(self) -> None:
        shutil.rmtree(self.home)
        subprocess.run(["cp", "-a", self.kept, self.home], check=True)


@pytest.fixture
def scene(tmp_path: Path, checkout: Checkout) -> Scene:
    home = tmp_path / "home"
    home.mkdir()
    shutil.move(checkout.root, home / "checkout")
    moved = Checkout(home / "checkout", checkout.env)
    store = open_store(home / "store")
    moved.cargo("build", "--workspace")
    moved.save(store)
    moved.git("switch", "-qc", "other")
    moved.write("root/src/lib.rs", "pub fn number() -> u32 {\n    51\n}\n")
    moved.write("leaf/data.txt", "second\n")
    moved.git("commit", "-qam", "second")
    moved.cargo("build", "--workspace")
    assert moved.output() == "52 second"
    moved.git("switch", "-q", "main")
    subprocess.run(["cp", "-a", home, tmp_path / "kept"], check=True)
    return Scene(checkout=moved, store=store, home=home, kept=tmp_path / "kept")


def stops(
    scene: Scene, run: Callable[[], object], *, few: int, once: bool = False
) -> Iterator[int]:
    """Run with a stop at each operation in turn (at `few` of them; 0: all), each time from the beginning."""
    with interrupting(after=10**9) as count:
        run()
    assert count.started > few
    step = max(1, count.started // few) if few else 1
    for after in range(0, count.started, step):
        scene.again()
        with pytest.raises(Stopped), interrupting(after=after, once=once):
            run()
        yield after


def stopped_restores(scene: Scene, *, few: int, links: bool, once: bool) -> None:
    place = scene.checkout.place()
    first = chosen(scene, "")

    def run() -> None:
        restore(place, scene.store, first.saved, first.manifest, links=links)

    for after in stops(scene, run, few=few, once=once):
        scene.checkout.cargo("build", "--workspace")
        assert scene.checkout.output() == "42 first", after
        if after % 3 == 0:
            scene.again()
            with pytest.raises(Stopped), interrupting(after=after):
                run()
            run()
            assert scene.checkout.compiled("build", "--workspace") == set(), after
            assert scene.checkout.output() == "42 first", after
        assert verify(scene.store).faults == ()


def chosen(scene: Scene, wanted: str) -> Choice:
    found = choose(scene.checkout.place(), scene.store, wanted=wanted)
    assert found is not None
    return found


def stopped_saves(scene: Scene, *, few: int, once: bool) -> None:
    place = scene.checkout.place()

    def run() -> None:
        save(place, scene.store, premises=read_premises(place.metadata))

    for after in stops(scene, run, few=few, once=once):
        assert verify(scene.store).faults == (), after
        assert len(scene.store.manifests()) <= 2
        run()
        assert verify(scene.store).faults == (), after
        prune(scene.store, max_bytes=10**12)
        assert list((scene.store.root / "partial").iterdir()) == []


def stopped_prunes(scene: Scene, *, few: int) -> None:
    place = scene.checkout.place()
    save(place, scene.store, premises=read_premises(place.metadata))
    old = min(scene.store.manifests(), key=lambda one: one.used_ns)
    subprocess.run(["cp", "-a", scene.home, scene.kept.with_name("pruned")], check=True)
    two = Scene(scene.checkout, scene.store, scene.home, scene.kept.with_name("pruned"))

    def run() -> None:
        prune(scene.store, max_bytes=10**12, drop=frozenset({old.id}))

    for after in stops(two, run, few=few):
        assert verify(scene.store).faults == (), after
        run()
        assert len(scene.store.manifests()) == 1
        assert verify(scene.store).faults == (), after


def test_a_restore_may_stop_anywhere(scene: Scene) -> None:
    stopped_restores(scene, few=FEW, links=True, once=False)


def test_a_save_may_stop_anywhere(scene: Scene) -> None:
    stopped_saves(scene, few=FEW, once=False)


def test_a_prune_may_stop_anywhere(scene: Scene) -> None:
    stopped_prunes(scene, few=FEW)


@pytest.mark.e2e
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("once", [True, False], ids=["interrupted", "killed"])
@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_every_stop_of_a_restore(scene: Scene, links: bool, once: bool) -> None:
    stopped_restores(scene, few=0, links=links, once=once)


@pytest.mark.e2e
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("once", [True, False], ids=["interrupted", "killed"])
def test_every_stop_of_a_save(scene: Scene, once: bool) -> None:
    stopped_saves(scene, few=0, once=once)


@pytest.mark.e2e
@pytest.mark.timeout(3600)
def test_every_stop_of_a_prune(scene: Scene) -> None:
    stopped_prunes(scene, few=0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path, *, leave_bytes: int) -> Path:
    status = os.statvfs(place)
    path = place / "filler"
    path.write_bytes(b"x" * (status.f_bavail * status.f_frsize - leave_bytes))
    return path


def test_a_full_disk_below_the_store(scene: Scene, small_disk: Path) -> None:
    store = open_store(small_disk / "store")
    place = scene.checkout.place()
    filler = fill(small_disk, leave_bytes=100_000)
    with pytest.raises(Unavailable, match="No space left"):
        save(place, store, premises=read_premises(place.metadata))
    assert store.manifests() == ()
    assert list((store.root / "partial").iterdir()) == []
    assert verify(store).faults == ()
    filler.unlink()


def test_a_full_disk_below_the_target_directory(scene: Scene, small_disk: Path) -> None:
    """Everything is written, nothing can be linked, and there is room for a part only."""
    first = chosen(scene, "")
    target = small_disk / "target"
    env = scene.checkout.env | {"CARGO_TARGET_DIR": str(target)}
    there = Checkout(scene.checkout.root, env)
    filler = fill(small_disk, leave_bytes=300_000)
    place = there.place()
    with pytest.raises(Unavailable, match="No space left"):
        restore(place, scene.store, first.saved, first.manifest)
    hashes = [p for p in target.rglob("*") if p.with_name(f"{p.name}.json").exists()]
    assert hashes == []
    filler.unlink()
    there.cargo("build", "--workspace")
    assert subprocess.check_output([target / "debug" / "leaf"]) == b"42 first\n"


def test_a_pruned_snapshot_is_not_half_restored(scene: Scene) -> None:
    first = chosen(scene, "")
    prune(scene.store, max_bytes=0)
    before = sorted(scene.checkout.root.rglob("*"))
    with pytest.raises(HoneError, match="not there any more"):
        restore(scene.checkout.place(), scene.store, first.saved, first.manifest)
    after = [p for p in scene.checkout.root.rglob("*") if p.name != ".cargo-lock"]
    assert [p for p in before if p.name != ".cargo-lock"] == sorted(after)


def test_a_source_that_is_written_during_a_restore_is_compiled(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = chosen(scene, "")
    place_all = Placing.place_all

    def meanwhile(placing: Placing) -> None:
        place_all(placing)
        scene.checkout.write("root/src/lib.rs", "pub fn number() -> u32 {\n    71\n}\n")

    monkeypatch.setattr(Placing, "place_all", meanwhile)
    restore(scene.checkout.place(), scene.store, first.saved, first.manifest)
    scene.checkout.cargo("build", "--workspace")
    assert scene.checkout.output() == "72 first"
