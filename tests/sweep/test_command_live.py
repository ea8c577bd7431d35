"""`cargo hone sweep --live`, `--verify` and `-r` as people call them."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

from cargo_hone.files.trash import DIRECTORY_NAME
from tests.sweep.command import data, env_with, hone, last, words
from tests.target.tiny import CHECK, TEST, Tiny

LIVE = ("--live", "build --workspace")


def test_the_live_command_stays_and_is_proven(tiny: Tiny, state: Path) -> None:
    asked = hone(tiny.root, state, *LIVE)
    assert asked.returncode == 1, asked.stderr
    assert "building what is live: cargo build --workspace" in asked.stderr
    assert "no live command uses it" in asked.stdout
    done = hone(tiny.root, state, *LIVE, "--verify", "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = data(done)
    assert found["deleted_units"] > 0
    assert found["verify"][0]["command"] == "build --workspace"
    assert found["verify"][0]["missed"] == found["verify"][0]["others"] == []
    assert found["verify"][0]["fresh"] > 0
    kept = last(state, tiny.root, tiny.target)
    assert kept is not None
    assert kept.rebuilt_units == 0
    assert tiny.cargo("build", "--workspace").compiled == []


def test_where_a_live_command_does_not_build_the_rest_stays(tiny: Tiny, state: Path) -> None:
    done = hone(tiny.root, state, *LIVE, "--live", "build -p nobody", "--yes")
    assert done.returncode == 3
    assert "nobody" in done.stderr
    assert "only what is provably dead goes" in done.stderr
    for command in (CHECK, TEST):
        assert tiny.cargo(*command).compiled == []


def test_the_price_is_compared_with_what_was_seen(tiny: Tiny, state: Path) -> None:
    options = (*LIVE, "--verify", "--max-size", "1", "--yes", "--format", "json")
    done = hone(tiny.root, state, *options)
    assert done.returncode == 0, done.stderr
    assert data(done)["price"]["units"] > 0
    assert data(done)["verify"][0]["priced"] != []
    kept = last(state, tiny.root, tiny.target)
    assert kept is not None
    assert kept.seen is not None
    assert kept.seen.units == len(kept.given_up) > 0
    assert kept.seen.foretold_s == pytest.approx(kept.compile_s)
    assert 0 < kept.seen.rebuild_s <= kept.seen.compile_s + 0.001


def test_without_live_the_commands_of_the_repository_are_verified(tiny: Tiny, state: Path) -> None:
    nothing = hone(tiny.root, state, "--verify", "--yes")
    assert nothing.returncode == 0
    assert "nothing to verify with" in nothing.stderr
    workflow = "jobs: {a: {steps: [{run: cargo build --workspace}]}}"
    tiny.write(".github/workflows/ci.yml", workflow)
    (tiny.root / ".git").mkdir()
    shown = hone(tiny.root, state, "-n")
    assert "cargo build --workspace  (ci.yml)" in shown.stdout
    done = hone(tiny.root, state, "--verify", "--yes")
    assert done.returncode == 0, done.stderr
    assert "proof     cargo build --workspace: 0 units compiled" in done.stdout


def test_live_is_about_one_workspace(tiny: Tiny, state: Path, tmp_path: Path) -> None:
    other = tiny.copy(tmp_path / "other")
    done = hone(tiny.root, state, tiny.root, other.root, *LIVE)
    assert done.returncode == 2
    assert "one workspace" in done.stderr
    assert hone(tiny.root, state, "app", "mac", *LIVE).returncode == 1


def test_where_the_space_is_is_shown(tiny: Tiny, state: Path) -> None:
    shown = hone(tiny.root, state, "-n")
    assert "native: build scripts" in shown.stdout
    rows = data(hone(tiny.root, state, "-n", "--format", "json"))
    assert sum(row["bytes"] for row in rows["space"]) == rows["before_bytes"]


def test_the_trash_of_a_killed_sweep_goes(tiny: Tiny, state: Path) -> None:
    trash = tiny.target / DIRECTORY_NAME
    trash.mkdir()
    (trash / "left").write_bytes(bytes(100_000))
    would = hone(tiny.root, state, "-n")
    assert would.returncode == 1, would.stderr
    assert "trash" in would.stdout
    done = hone(tiny.root, state, "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert not trash.exists()
    found = data(done)
    assert found["before_bytes"] - found["after_bytes"] >= found["trash_bytes"] >= 100_000


def test_all_below_a_directory_share_a_budget(tiny: Tiny, state: Path, tmp_path: Path) -> None:
    other = tiny.copy(tmp_path / "other")
    whole = data(hone(tmp_path, state, "-r", "-n", "--format", "json"))
    assert [one["target"] for one in whole["targets"]] == [str(other.target), str(tiny.target)]
    assert [one["workspace"] for one in whole["targets"]] == [str(other.root), str(tiny.root)]
    assert whole["refused"] == whole["unreadable"] == []
    limit = whole["before_bytes"] // 2
    done = hone(tmp_path, state, "-r", tmp_path, "--max-size", limit, "--yes")
    assert done.returncode == 0, done.stderr
    assert "together: " in done.stdout
    after = data(hone(tmp_path, state, "-r", "-n", "--format", "json"))["before_bytes"]
    assert after <= limit
    assert last(state, other.root, other.target) is not None
    shutil.rmtree(other.target)
    shutil.rmtree(tiny.target)
    empty = hone(tmp_path, state, "-r")
    assert empty.returncode == 0
    assert "no target directory" in empty.stdout


def test_a_build_is_waited_for_with_a_message(tiny: Tiny, state: Path) -> None:
    with (tiny.debug / ".cargo-lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = subprocess.Popen(
            words(state, "--yes"),
            cwd=tiny.root,
            env=env_with(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stderr is not None
        try:
            assert "waiting for a build" in child.stderr.readline()
            fcntl.flock(lock, fcntl.LOCK_UN)
            child.communicate(timeout=60)
        finally:
            child.kill()
            child.wait()
    assert child.returncode == 0


@pytest.mark.parametrize(
    "options",
    [
        ("-r", *LIVE),
        ("-r", "--verify"),
        ("-r", "--auto"),
        (*LIVE, "-n"),
        ("--verify", "-n"),
        (*LIVE, "--auto"),
        ("--live", "fmt"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tiny: Tiny, state: Path, options: tuple[str, ...]
) -> None:
    done = hone(tiny.root, state, *options)
    assert done.returncode == 2, done.stderr
    assert "next: " in done.stderr
