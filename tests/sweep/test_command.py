"""`cargo hone sweep` as people call it: budgets, paths, exit codes, the record."""

import shutil
from pathlib import Path

import pytest

from cargo_hone.history import place
from cargo_hone.history.sweeps import Trigger
from tests.sweep.command import data, hone, last
from tests.target.tiny import Tiny


def test_a_budget_is_shown_asked_for_and_kept(tiny: Tiny, state: Path) -> None:
    before = tiny.files()
    would = hone(tiny.root, state, "--max-size", "3M", "-n")
    assert would.returncode == 1, would.stderr
    assert "sessions" in would.stdout
    assert "rebuild" in would.stdout
    assert "units to compile again" in would.stdout
    asked = hone(tiny.root, state, "--max-size", "3M")
    assert asked.returncode == 1
    assert "--yes" in asked.stderr
    assert tiny.files() == before
    assert not state.exists()

    done = hone(tiny.root, state, "--max-size", "3M", "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = data(done)
    assert found["after_bytes"] <= 3_000_000 < found["before_bytes"]
    assert found["budget"]["reached"] is True
    assert found["budget"]["max_bytes"] == 3_000_000
    assert found["price"]["units"] == found["deleted_units"] > 0
    assert found["price"]["rebuild_s"] > 0
    assert {one["step"] for one in found["removals"]} == {"incremental sessions", "live"}

    kept = last(state, tiny.root, tiny.target)
    assert kept is not None
    assert kept.trigger is Trigger.ASKED
    assert (kept.before_bytes, kept.after_bytes) == (found["before_bytes"], found["after_bytes"])
    assert kept.max_bytes == 3_000_000
    assert kept.rebuild_s == pytest.approx(found["price"]["rebuild_s"], abs=0.001)
    assert [part.step for part in kept.parts] == ["incremental sessions", "live"]
    assert sum(part.freed_bytes for part in kept.parts) == kept.freed_bytes

    again = hone(tiny.root, state, "--max-size", "3M", "-n")
    assert again.returncode == 0
    assert last(state, tiny.root, tiny.target) == kept


def test_what_cannot_be_reached_is_said(tiny: Tiny, state: Path) -> None:
    done = hone(tiny.root, state, "--max-size", "1", "--yes")
    assert done.returncode == 0, done.stderr
    assert "the budget cannot be reached" in done.stdout
    free = hone(tiny.root, state, "--min-free", "900T", "--yes", "--format", "json")
    assert free.returncode == 5
    assert data(free)["budget"]["reached"] is False
    assert data(free)["budget"]["missing_free_bytes"] > 10**14
    kept = last(state, tiny.root, tiny.target)
    assert kept is not None
    assert kept.missing_bytes > 10**14


def test_a_state_directory_that_cannot_be_written_is_a_note(tiny: Tiny, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    done = hone(tiny.root, blocked, "--max-size", "3M", "--yes")
    assert done.returncode == 0, done.stderr
    assert "was not recorded" in done.stderr
    assert "left" in done.stdout


def test_a_damaged_history_is_a_note(tiny: Tiny, state: Path) -> None:
    directory = place.state_dir(tiny.root, state)
    directory.mkdir(parents=True)
    database = directory / place.DATABASE_NAME
    database.write_bytes(b"no database" * 100)
    done = hone(tiny.root, state, "--max-size", "3M", "--yes")
    assert done.returncode == 0, done.stderr
    assert "earlier sweeps are left out" in done.stderr
    assert "was not recorded" in done.stderr
    assert database.read_bytes() == b"no database" * 100


def test_paths_are_workspaces_or_target_directories(
    tiny: Tiny, state: Path, tmp_path: Path
) -> None:
    other = tiny.copy(tmp_path / "other")
    alone = tmp_path / "alone"
    shutil.copytree(tiny.target, alone, symlinks=True)
    # Named twice, once by its workspace, it is one; a target directory without a workspace has no dead.
    done = hone(
        tmp_path, state, tiny.target, tiny.root, other.root, alone, "-n", "--format", "json"
    )
    assert done.returncode in {0, 1}, done.stderr
    found = data(done)["targets"]
    assert [one["target"] for one in found] == [str(p) for p in (tiny.target, other.target, alone)]
    assert all(one["skipped"] is None for one in found)

    missing = hone(tmp_path, state, tmp_path / "nowhere")
    assert missing.returncode == 2
    assert "no directory" in missing.stderr
    swept = hone(tmp_path, state, alone, "--max-size", "1M", "--yes")
    assert swept.returncode == 0, swept.stderr
    assert last(state, alone, alone) is not None
    assert tiny.cargo("build").compiled == []


def test_one_that_is_busy_does_not_keep_the_others_from_it(
    tiny: Tiny, state: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert hone(tmp_path, state, tmp_path / "file").returncode == 2
    other = tiny.copy(tmp_path / "other")
    (other.target / ".hone-trash").symlink_to(tmp_path)
    done = hone(tmp_path, state, other.root, tiny.root, "--max-size", "3M", "--yes")
    assert done.returncode == 2
    assert ".hone-trash" in done.stderr
    assert tiny.state().inventory.total_bytes <= 3_000_000


@pytest.mark.parametrize(
    "options",
    [
        ("--auto", "--max-size", "3M"),
        ("--watch", "1m"),
        ("--auto", "--watch", "1m", "-n"),
        ("--auto", "--watch", "0s"),
        ("--max-size", "much"),
        ("--older-than", "long"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tiny: Tiny, state: Path, options: tuple[str, ...]
) -> None:
    done = hone(tiny.root, state, *options)
    assert done.returncode == 2
    assert done.stdout == ""


def test_two_sweeps_of_one_tree_do_the_same_in_the_same_order(tiny: Tiny, state: Path) -> None:
    """Whatever the process hashes with: who compares two plans, or repeats a stopped one, sees what has changed."""
    said = {
        hone(
            tiny.root, state, "--max-size", "1", "-n", "--format", "json", PYTHONHASHSEED=seed
        ).stdout.partition('"removals"')[2]
        for seed in ("1", "2", "3", "4", "5", "6")
    }
    assert len(said) == 1
    assert len(said.pop()) > 100
