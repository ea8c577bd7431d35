"""The main job on a tiny workspace, through the command line, with the real cargo, git and sccache."""

import json
import signal
import subprocess
import time
from pathlib import Path
from statistics import median

import pytest

from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.model import FileChange, Plan
from tests.optimize.conftest import Place


def test_from_the_first_look_to_undo(place: Place) -> None:
    place.make(xtask=True)
    before = place.files()
    done = place.hone("optimize", "--quick", "--yes")
    assert done.returncode == 0, done.stderr
    for word in ("baseline", "clean, cold", "edit root", "swept, your target", "Goals", "Next"):
        assert word in done.stdout

    raw = json.loads((place.root / "docs/build-optimization.json").read_text())
    page = (place.root / "docs/BUILD-OPTIMIZATION.md").read_text()
    assert raw["schema"] == "cargo-hone/build-optimization/v1"
    assert all(f"| {goal['name']} | {goal['state']} |" in page for goal in raw["goals"])
    for row in raw["table"]["rows"]:
        for cell in row["cells"]:
            times = [
                sample["wall_s"]
                for sample in raw["samples"]
                if (sample["scenario"], sample["variant"]) == (row["scenario"], cell["variant"])
            ]
            weighed = (row["scenario"], cell["variant"]) == ("clean-cold", "sccache only")
            assert cell["n"] == len(times) >= (1 if weighed else 3)
            assert cell["median_s"] == pytest.approx(median(times), abs=0.05)
    assert "<html" in (place.root / "target/hone/report.html").read_text()
    assert not [path for path in place.base.iterdir() if path.name.startswith(".hone")]

    assert place.files() != before
    undone = place.hone("undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert place.files() == before
    assert place.git("status", "--porcelain") == ""
    assert not (place.base / "sccache.toml").exists()
    again = place.hone("undo", "--yes")
    assert again.returncode == 2
    assert "nothing to undo" in again.stderr


def test_without_a_terminal_and_without_yes_it_only_shows_the_plan(place: Place) -> None:
    place.make()
    before = place.files()
    shown = place.hone("optimize")
    assert shown.returncode == 1
    assert "rustc-wrapper" in shown.stderr
    assert place.files() == before
    assert not (place.root / "target").exists()


def test_a_dry_run_prints_the_plan_as_data_and_builds_nothing(place: Place) -> None:
    place.make()
    before = place.files()
    shown = place.hone("optimize", "--dry-run")
    assert shown.returncode == 1
    assert '+rustc-wrapper = ".cargo/hone/sccache"' in shown.stdout
    assert place.files() == before
    assert not (place.root / "target").exists()


def test_interrupted_it_leaves_the_tree_and_keeps_the_samples(place: Place) -> None:
    place.make()
    before = place.files()
    running = place.start("optimize", "--quick", "--yes")
    wait_for_samples(place, 3)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert place.files() == before
    assert place.git("status", "--porcelain") == ""
    assert not [path for path in place.base.iterdir() if path.name.startswith(".hone-scratch")]
    report = place.hone("report", "--format", "json")
    assert report.returncode == 0, report.stderr
    kept = json.loads(report.stdout)
    assert len(kept["samples"]) >= 3
    assert kept["run"]["outcome"] == "interrupted"


def test_killed_the_next_start_clears_the_scratch_copy(place: Place) -> None:
    place.make()
    running = place.start("optimize", "--quick", "--yes")
    wait_for_samples(place, 2)
    running.kill()
    running.communicate()
    time.sleep(1)
    assert [path for path in place.base.iterdir() if path.name.startswith(".hone-scratch")]
    assert place.hone("optimize", "--quick", "--yes").returncode == 0
    assert not [path for path in place.base.iterdir() if path.name.startswith(".hone")]


def wait_for_samples(place: Place, count: int) -> None:
    from cargo_hone.history.database import open_existing_history  # noqa: PLC0415

    for _ in range(600):
        time.sleep(0.1)
        with open_existing_history(place.history) as database:
            if database and database.read("SELECT count(*) FROM sample")[0][0] >= count:
                return
    pytest.fail("no samples after a minute")


def test_a_change_that_a_killed_run_did_not_prove_is_taken_back(place: Place) -> None:
    place.make()
    before = place.files()
    plan = Plan(
        title="unproven",
        changes=(
            FileChange(
                path=place.root / "new.txt", before=None, after=b"new", why="a test", step="levers"
            ),
        ),
    )
    change = apply(plan, journal=Journal(place.history), root=place.root)
    (place.history / "unproven").write_text(f"{change.id}\n")
    assert place.files() != before
    assert place.hone("optimize").returncode == 1
    assert place.files() == before
    assert not (place.history / "unproven").exists()


class TestBadInput:
    """Each a clear error with its exit code, and nothing changed."""

    def test_no_manifest(self, place: Place) -> None:
        place.root.mkdir()
        refused = place.hone("optimize", "--yes")
        assert refused.returncode == 2
        assert "no Cargo.toml" in refused.stderr
        assert "next:" in refused.stderr

    def test_a_manifest_that_does_not_parse(self, place: Place) -> None:
        place.make()
        (place.root / "Cargo.toml").write_text("[workspace\n")
        refused = place.hone("optimize", "--yes")
        assert refused.returncode == 2
        assert "Cargo.toml" in refused.stderr

    def test_no_cargo_on_path(self, place: Place) -> None:
        place.make()
        refused = place.hone("optimize", "--yes", PATH="/nonexistent")
        assert refused.returncode == 5
        assert "cargo" in refused.stderr

    def test_a_workspace_that_does_not_build(self, place: Place) -> None:
        place.make(broken_crate=True)
        before = place.files()
        refused = place.hone("optimize", "--quick", "--yes")
        assert refused.returncode == 3
        assert "error[E" in refused.stderr
        assert place.files() == before

    def test_a_stale_lock_file_with_locked(self, place: Place) -> None:
        place.make()
        manifest = place.root / "crates" / "lib0" / "Cargo.toml"
        manifest.write_text(manifest.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
        before = place.files()
        refused = place.hone("optimize", "--quick", "--yes", "--locked")
        assert refused.returncode == 2, refused.stderr
        assert "lock file" in refused.stderr
        assert place.files() == before

    def test_too_little_disk_for_the_scratch_copy(self, place: Place) -> None:
        place.make()
        small = place.base / "small"
        small.mkdir()
        with mounted(["-t", "tmpfs", "-o", "size=1m", "none", str(small)], small):
            refused = place.hone("optimize", "--quick", "--yes", "--scratch-dir", str(small))
        assert refused.returncode == 5
        assert "free" in refused.stderr
        assert not (place.root / "target").exists()

    def test_a_read_only_tree(self, place: Place) -> None:
        place.make()
        root = str(place.root)
        with mounted(["--bind", root, root], place.root):
            subprocess.run(["mount", "-o", "remount,ro,bind", root], check=True)
            refused = place.hone("optimize", "--quick", "--yes")
        assert refused.returncode == 5, refused.stderr
        assert "cannot be written" in refused.stderr

    def test_a_place_for_the_scratch_copy_that_is_not_there(self, place: Place) -> None:
        place.make()
        refused = place.hone("optimize", "--yes", "--scratch-dir", str(place.base / "nowhere"))
        assert refused.returncode == 2
        assert "does not exist" in refused.stderr

    def test_a_demonstration_in_somebody_elses_directory(self, place: Place) -> None:
        place.make()
        before = place.files()
        refused = place.hone("optimize", "--demo", "--demo-dir", str(place.root))
        assert refused.returncode == 2
        assert place.files() == before

    @pytest.mark.parametrize(
        "option", [["--cache-size", "lots"], ["--budget", "soon"], ["--nonsense"]]
    )
    def test_a_wrong_option(self, place: Place, option: list[str]) -> None:
        place.make()
        assert place.hone("optimize", "--yes", *option).returncode == 2


class mounted:  # noqa: N801 - reads as the verb it is
    """A mount for the length of a block; skips the test where mounting is not permitted."""

    def __init__(self, arguments: list[str], place: Path) -> None:
        self.arguments, self.place = arguments, place

    def __enter__(self) -> None:
        done = subprocess.run(["mount", *self.arguments], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"mounting is not permitted here: {done.stderr.decode().strip()}")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", str(self.place)], check=True)
