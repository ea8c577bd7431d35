"""What a sweep must never do, whatever lies in the directory and whoever uses it."""

import fcntl
import os
import subprocess
import threading
from pathlib import Path

import pytest

from cargo_hone.errors import Busy
from cargo_hone.sweep.sweep import sweep
from tests.target.tiny import BUILD, CHECK, TEST, Tiny


def age(tiny: Tiny) -> None:
    """Make a whole generation dead."""
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    for command in (BUILD, CHECK, TEST):
        tiny.cargo(*command)


def test_a_dry_run_plans_and_changes_nothing(tiny: Tiny) -> None:
    age(tiny)
    files = tiny.files()
    planned = tiny.sweep(dry_run=True)
    assert tiny.files() == files
    assert planned.record.deleted_units > 0
    done = tiny.sweep()
    assert done.record.after_bytes == planned.record.after_bytes
    assert done.plan == planned.plan


def test_a_build_that_runs_is_left_alone(tiny: Tiny) -> None:
    age(tiny)
    files = tiny.files()
    with (tiny.debug / ".cargo-lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with pytest.raises(Busy) as caught:
            tiny.sweep()
    assert "wait" in caught.value.next_step
    assert tiny.files() == files


def test_a_build_that_ends_in_time_is_waited_for(tiny: Tiny) -> None:
    age(tiny)
    with (tiny.debug / ".cargo-lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        timer = threading.Timer(0.3, lambda: fcntl.flock(lock, fcntl.LOCK_UN))
        timer.start()
        assert tiny.sweep(wait_s=30).record.deleted_units > 0
        timer.join()


def test_a_running_program_stays_until_it_ends(tiny: Tiny) -> None:
    program = tiny.debug / "app"
    inode = program.stat().st_ino
    mine = [path for path in (tiny.debug / "deps").iterdir() if path.stat().st_ino == inode]
    assert len(mine) == 1
    child = subprocess.Popen([program, "sleep"], stdout=subprocess.DEVNULL)
    try:
        age(tiny)
        swept = tiny.sweep()
        assert mine[0].exists()
        assert [stay.units for stay in swept.plan.stays if "running" in stay.reason] == [1]
    finally:
        child.kill()
        child.wait()
    tiny.sweep()
    assert not mine[0].exists()


def test_links_are_not_followed(tiny: Tiny, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep" / "precious").write_text("keep me")
    deps, build = tiny.debug / "deps", tiny.debug / "build"
    (deps / "libgone-0123456789abcdef.rlib").symlink_to(outside / "deep" / "precious")
    (deps / "gone-0123456789abcdee").symlink_to(outside)
    (build / "gone-0123456789abcdef").symlink_to(outside)
    (build / "gone-0123456789abcded").mkdir()
    (build / "gone-0123456789abcded" / "out").symlink_to(outside)
    swept = tiny.sweep()
    assert len(swept.plan.removals) == 3
    assert not (build / "gone-0123456789abcded").exists()
    assert (outside / "deep" / "precious").read_text() == "keep me"


def test_what_is_not_cargos_stays(tiny: Tiny) -> None:
    age(tiny)
    strange = [
        tiny.debug / "deps/notes.txt",
        tiny.debug / "deps/libnative.so",
        tiny.debug / "deps/foo-0123.rlib",
        tiny.debug / "build/notes",
        tiny.debug / "incremental/notes",
        tiny.debug / "incremental/app-zzz/s-strange",
        tiny.debug / ".fingerprint/notes",
        tiny.target / "mine/0123456789abcdef",
        tiny.target / "llvm-cov-target/.rustc_info.json",
        tiny.target / "llvm-cov-target/debug/.cargo-lock",
        tiny.target / "llvm-cov-target/debug/.fingerprint/notes",
        tiny.target / "llvm-cov-target/debug/deps/libx-0123456789abcdef.rlib",
    ]
    for path in strange:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    assert tiny.sweep().record.deleted_units > 0
    assert [path for path in strange if not path.exists()] == []


def test_a_fingerprint_that_cannot_be_read_stops_conclusions(tiny: Tiny) -> None:
    age(tiny)
    broken = next((tiny.debug / ".fingerprint").glob("app-*/bin-app.json"))
    text = broken.read_text()
    broken.write_text(text[:40])
    swept = tiny.sweep()
    assert swept.record.deleted_units == 0
    assert "bin-app.json" in swept.plan.doubts[0]
    broken.write_text(text)
    assert tiny.sweep().record.deleted_units > 0


def broken_edge(app: Path) -> None:
    """Let a fingerprint name a dependency that has another one now."""
    app.write_text(app.read_text().replace('"native",false,', '"native",false,1'))


def test_an_edge_that_leads_nowhere_keeps_what_it_could_mean(tiny: Tiny) -> None:
    old = tiny.hashes("native-")
    first = set((tiny.debug / ".fingerprint").glob("app-*/lib-app.json"))
    age(tiny)
    newest = set((tiny.debug / ".fingerprint").glob("app-*/lib-app.json")) - first
    for app in newest:
        broken_edge(app)
    tiny.sweep()
    assert newest
    assert old <= tiny.hashes()


def test_what_was_built_against_something_compiled_anew_goes_once_it_was_built_again(
    tiny: Tiny,
) -> None:
    app = next(iter((tiny.debug / ".fingerprint").glob("app-*/lib-app.json")))
    broken_edge(app)
    age(tiny)
    planned = tiny.sweep(dry_run=True)
    assert "its native was compiled anew, and so was it" in {
        removal.reason for removal in planned.plan.removals
    }
    tiny.sweep()
    assert not app.exists()


def test_a_directory_without_cargos_marks_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    target = tiny.root / "not-cargos"
    (target / "debug/deps").mkdir(parents=True)
    (target / "debug/deps/libx-0123456789abcdef.rlib").write_text("x")
    # The cargo home's registry has this file as well.
    (target / "CACHEDIR.TAG").write_bytes((tiny.target / "CACHEDIR.TAG").read_bytes())
    swept = sweep(target, premises=tiny.premises())
    assert "nothing in it that cargo built" in swept.record.skipped
    (target / "CACHEDIR.TAG").unlink()
    (target / "debug/.fingerprint").mkdir()
    swept = sweep(target, premises=tiny.premises())
    assert "neither cargo's CACHEDIR.TAG" in swept.record.skipped
    assert (target / "debug/deps/libx-0123456789abcdef.rlib").exists()


def test_a_linked_target_is_refused_and_of_one_outside_the_workspace_no_unit_is_dead(
    tiny: Tiny, tmp_path: Path
) -> None:
    premises = tiny.premises()
    age(tiny)
    real = tmp_path / "elsewhere"
    tiny.target.rename(real)
    tiny.target.symlink_to(real)
    files = sorted(real.rglob("*"))
    assert str(real) in sweep(tiny.target, premises=premises).record.skipped
    swept = sweep(real, premises=premises)
    assert any("outside" in doubt for doubt in swept.plan.doubts)
    assert swept.record.deleted_units == 0
    assert sorted(real.rglob("*")) == files


def test_without_a_lock_file_nothing_is_deleted(tiny: Tiny) -> None:
    age(tiny)
    for lock in tiny.debug.glob(".cargo*-lock"):  # cargo 1.96 has more than one
        lock.unlink()
    assert "no lock file" in tiny.sweep().record.skipped


def test_packages_are_not_missed_where_the_standard_library_is_built(tiny: Tiny) -> None:
    directory = tiny.debug / ".fingerprint"
    gone = next(directory.glob("going-*/lib-going.json")).parent
    gone.rename(directory / gone.name.replace("going", "stranger"))
    assert tiny.sweep(dry_run=True).record.deleted_units > 0
    std = next(directory.glob("native-*/lib-native.json")).parent
    std.rename(directory / std.name.replace("native", "std"))
    assert tiny.sweep(dry_run=True).record.deleted_units == 0


def test_an_interrupted_trash_is_emptied(tiny: Tiny) -> None:
    left = tiny.target / ".hone-trash" / "0011223344556677" / "deep"
    left.mkdir(parents=True)
    (left / "file").write_bytes(os.urandom(100))
    tiny.sweep(dry_run=True)
    assert left.exists()
    tiny.sweep()
    assert not (tiny.target / ".hone-trash").exists()
