"""`cargo hone sweep --auto` as pipelines and codespaces call it, once and again and again."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cargo_hone.history.sweeps import Trigger
from tests.sweep.command import data, env_with, hone, last, words
from tests.target.tiny import Tiny


def test_auto_does_nothing_below_the_mark(tiny: Tiny, state: Path) -> None:
    before = tiny.files()
    done = hone(tiny.root, state, "--auto")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert "less than 10.0 GB (disk.warn)" in done.stdout
    assert done.stderr == ""
    warned = hone(tiny.root, state, "--auto", HONE_DISK_WARN="1M")
    assert warned.returncode == 0
    assert warned.stderr.startswith("warning: ")
    assert "more than 1.0 MB (disk.warn)" in warned.stderr
    assert tiny.files() == before
    assert not state.exists()


def test_auto_sweeps_down_to_the_warning_mark(tiny: Tiny, state: Path) -> None:
    marks = {"HONE_DISK_CODESPACE_WARN": "3M", "HONE_DISK_CODESPACE_SWEEP": "4M"}
    before = tiny.files()
    would = hone(tiny.root, state, "--auto", "-n", CODESPACES="true", **marks)
    assert would.returncode == 1, would.stderr
    assert tiny.files() == before
    done = hone(tiny.root, state, "--auto", "--yes", "--format", "json", CODESPACES="true", **marks)
    assert done.returncode == 0, done.stderr
    found = data(done)
    assert found["after_bytes"] <= 3_000_000
    assert found["auto"]["place"] == "disk.codespace"
    assert found["auto"]["warning"] is None
    kept = last(state, tiny.root, tiny.target)
    assert kept is not None
    assert kept.trigger is Trigger.AUTO
    assert kept.max_bytes == 3_000_000
    again = hone(tiny.root, state, "--auto", "-n", CODESPACES="true", **marks)
    assert again.returncode == 0


def test_in_a_pipeline_the_dead_always_go(tiny: Tiny, state: Path) -> None:
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    tiny.cargo("build", "--workspace")
    on_a_machine = hone(tiny.root, state, "--auto", "--format", "json")
    assert data(on_a_machine)["removals"] == []
    done = hone(
        tiny.root,
        state,
        "--auto",
        "--format",
        "json",
        CI="true",
        GITHUB_ACTIONS="true",
        HONE_DISK_CI_WARN="1M",
    )
    assert done.returncode == 0, done.stderr
    assert {one["step"] for one in data(done)["removals"]} == {"dead"}
    assert done.stderr.startswith("::warning title=cargo hone sweep::")
    assert "disk.ci.warn" in done.stderr


def test_where_the_mark_is_out_of_reach_live_units_stay(tiny: Tiny, state: Path) -> None:
    (tiny.target / "elsewhere").mkdir()
    (tiny.target / "elsewhere" / "data").write_bytes(bytes(5_000_000))
    done = hone(tiny.root, state, "--auto", HONE_DISK_WARN="2M", HONE_DISK_SWEEP="3M")
    assert done.returncode == 0, done.stderr
    assert "cannot be reached" in done.stderr
    assert tiny.cargo("build").compiled == []


def test_where_nothing_was_built_there_is_nothing_to_do(tiny: Tiny, state: Path) -> None:
    shutil.rmtree(tiny.target)
    for path in ((), (tiny.target,), (tiny.root / "app",)):
        done = hone(tiny.root, state, "--auto", *path, CI="true", HONE_DISK_CI_FAIL="0%")
        assert done.returncode == 0, done.stderr
        assert "nothing was restored or built here" in done.stdout
    tiny.target.mkdir()
    found = data(hone(tiny.root, state, "--auto", "--format", "json"))
    assert found["skipped"] == "nothing was restored or built here"


def test_a_disk_that_stays_too_full_is_an_error(tiny: Tiny, state: Path) -> None:
    done = hone(tiny.root, state, "--auto", HONE_DISK_FAIL="0%")
    assert done.returncode == 5
    assert "(disk.fail)" in done.stderr
    assert "next: " in done.stderr
    assert hone(tiny.root, state, "--auto", "-n", HONE_DISK_FAIL="0%").returncode == 0


def start_watch(tree: Path, state: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        words(state, "--auto", "--watch", "1s"),
        cwd=tree,
        env=env_with(HONE_DISK_WARN="3M", HONE_DISK_SWEEP="4M"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stderr is not None
    assert "watching" in child.stderr.readline()
    return child


def test_a_watch_sweeps_and_ends_when_it_is_told_to(tiny: Tiny, state: Path) -> None:
    child = start_watch(tiny.root, state)
    try:
        deadline_s = time.monotonic() + 60
        while last(state, tiny.root, tiny.target) is None:
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        second = hone(tiny.root, state, "--auto", "--watch", "1s")
        assert second.returncode == 0
        assert "is watched already" in second.stderr
        os.kill(child.pid, signal.SIGTERM)
        _, err = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0
    assert "asked to end" in err
    kept = last(state, tiny.root, tiny.target)
    assert kept is not None
    assert kept.trigger is Trigger.WATCH
    assert kept.after_bytes <= 3_000_000


def test_a_watch_ends_with_the_workspace(tiny: Tiny, state: Path) -> None:
    child = start_watch(tiny.root, state)
    try:
        tiny.root.rename(tiny.root.with_name("moved"))
        _, err = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0
    assert "is gone" in err


def test_what_others_may_build_into_is_never_swept_down_by_itself(
    tiny: Tiny, state: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shutil.copytree(tiny.target, shared, symlinks=True)
    before = {path for path in shared.rglob("*") if ".fingerprint" in path.parts}
    marks = {"HONE_DISK_WARN": "1M", "HONE_DISK_SWEEP": "1M"}
    done = hone(tiny.root, state, "--auto", CARGO_TARGET_DIR=str(shared), **marks)
    assert done.returncode == 0, done.stderr
    assert "other workspaces may build into it" in done.stderr
    nobodys = hone(tiny.root, state, "--auto", str(shared), **marks)
    assert "no workspace is known to build there" in nobodys.stderr
    assert {path for path in shared.rglob("*") if ".fingerprint" in path.parts} == before
