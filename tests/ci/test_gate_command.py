"""`cargo hone ci gate` for real: a base and a head that build, one of them slower."""

import json
import os
from pathlib import Path

import pytest

from cargo_hone.cli.ci import command as ci
from cargo_hone.cli.ending import guarded
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.history.place import state_dir
from cargo_hone.proc import clean_environment
from tests.history.git import git
from tests.history.measured import measured, put

SLOW = """
fn main() {
    std::thread::sleep(std::time::Duration::from_millis(MILLISECONDS));
}
"""
ENV = {**clean_environment(os.environ), "GIT_CONFIG_GLOBAL": os.devnull}


class Place:
    """A tiny workspace: main, and a branch on it whose root crate has a build script that sleeps."""

    def __init__(
        self, base: Path, patch: pytest.MonkeyPatch, out: pytest.CaptureFixture[str]
    ) -> None:
        self.base = base
        self.home = base / "home"
        self.home.mkdir()
        self.root = generate(self.home / "ws", TinySpec(crates=2, commits=1), env=ENV).root
        self.out = out
        patch.chdir(self.root)
        patch.setenv("HONE_STATE_DIR", str(base / "state"))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        for name in ("CI", "GITHUB_BASE_REF", "GITHUB_STEP_SUMMARY", "RUSTC_WRAPPER"):
            patch.delenv(name, raising=False)
        self.patch = patch

    def branch(self, milliseconds: int) -> str:
        git(self.root, "checkout", "--quiet", "-b", "feature")
        script = self.root / "crates" / "lib0" / "build.rs"
        script.write_text(SLOW.replace("MILLISECONDS", str(milliseconds)))
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "-m", "slower")
        return git(self.root, "rev-parse", "HEAD")

    def gate(self, *words: str) -> tuple[int, str, str]:
        code = guarded(lambda: ci.main(["gate", *words], standalone_mode=False))
        return code, *self.out.readouterr()

    @property
    def states(self) -> Path:
        return state_dir(self.root, self.base / "state")

    def settings(self, text: str) -> None:
        (self.root / ".config").mkdir(exist_ok=True)
        (self.root / ".config" / "hone.toml").write_text(text)


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    return Place(tmp_path, monkeypatch, capsys)


def test_a_gate_that_cannot_judge_says_so_and_does_not_fail(place: Place) -> None:
    code, out, _ = place.gate()
    assert code == 0
    assert "cargo hone measure" in out
    assert "--proof" in out
    assert "gate not failed" in out
    assert not place.states.exists()


def test_what_history_shows_fails_where_it_decides(place: Place) -> None:
    base = git(place.root, "rev-parse", "HEAD")
    for number in range(10):
        git(place.root, "commit", "--quiet", "--allow-empty", "-m", str(number))
    commits = git(place.root, "rev-list", "--reverse", f"{base}..HEAD").split()
    times = {"edit-root": 5.0, "clean-cold": 60.0}

    def row(factor: float) -> dict[tuple[str, str], list[float]]:
        return {(name, "baseline"): [value * factor] * 3 for name, value in times.items()}

    with open_history(place.states) as database:
        for day, at in enumerate(commits[:-1], start=1):
            put(database, measured(row(1.0 + day / 1000), at=at, day=day, target_bytes=10**9))
        put(database, measured(row(1.4), at=commits[-1], day=20, target_bytes=10**9))
    place.settings('[gate]\nproof = "never"\n')
    summary = place.base / "summary.md"
    summary.write_text("before\n")
    place.patch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    code, out, _ = place.gate("--format", "github", "--comment", "out/comment.md")
    assert code == 1
    errors = [line for line in out.splitlines() if line.startswith("::error ")]
    assert len(errors) == 2
    assert f"since {commits[-1][:12]}" in errors[0]
    assert "+39%" in errors[0]
    page = (place.root / "out/comment.md").read_text()
    assert summary.read_text() == f"before\n{page}"
    assert "Build gate: failed" in page
    # The same without a proof that was wanted: it is not enough to fail on.
    place.settings("")
    code, out, _ = place.gate("--format", "json")
    assert (code, json.loads(out)["verdict"]) == (0, "inconclusive")
    code, out, _ = place.gate("--no-proof", "--format", "json")
    assert (code, json.loads(out)["verdict"]) == (1, "fail")


def test_a_proof_that_cannot_be_made_says_why_and_does_not_fail(place: Place) -> None:
    place.branch(1)
    code, out, _ = place.gate("--proof", "--proof-budget", "1s")
    assert code == 0
    assert "pairs of builds would take" in " ".join(out.split())
    clone = place.base / "clone"
    source = f"file://{place.root}"
    git(place.base, "clone", "--quiet", "--depth=1", "--branch=feature", source, str(clone))
    place.patch.chdir(clone)
    place.patch.setenv("GITHUB_BASE_REF", "main")
    code, out, _ = place.gate("--proof")
    assert code == 0
    assert "fetch-depth: 0" in out
    place.patch.setenv("CI", "true")
    assert "fetch-depth: 0" in place.gate()[1]


def test_a_slower_head_is_shown_to_be_slower_side_by_side(place: Place) -> None:
    head = place.branch(700)
    main = git(place.root, "rev-parse", "main")
    place.settings('[gate]\nclean = "off"\ntarget = "off"\n')
    before = git(place.root, "status", "--porcelain", "--branch")
    code, out, err = place.gate("--proof", "--format", "json")
    assert code == 1, err
    document = json.loads(out)
    (edit, _) = document["budgets"]
    assert (edit["budget"], edit["verdict"], edit["shown_by"]) == (
        "incremental",
        "fail",
        "side by side",
    )
    assert edit["ratio"] > 1.5
    assert (edit["since"]["commit"], edit["since"]["after"]) == (head, main)
    with open_history(place.states) as database:
        (run,) = measured_runs(database)
        points = course(database, [run])
    assert (run.variants, run.label, run.had_budget) == (("base", "head"), "ci gate", True)
    # As soon as it is decided no more is built: at one of the first two looks.
    assert {len(point.times_s) for point in points} in ({4}, {7})
    assert git(place.root, "status", "--porcelain", "--branch") == before
    assert [path.name for path in place.home.iterdir() if path.name != ".hone-trash"] == ["ws"]
    assert not (place.root / "target").exists()


@pytest.mark.e2e
def test_the_same_code_is_not_failed_side_by_side(place: Place) -> None:
    git(place.root, "checkout", "--quiet", "-b", "feature")
    git(place.root, "commit", "--quiet", "--allow-empty", "-m", "nothing")
    place.settings('[gate]\nincremental = "50%"\nclean = "50%"\n')
    code, out, err = place.gate("--proof", "--proof-budget", "10m", "--format", "json")
    assert code == 0, out + err
    kinds = {one["budget"]: one["verdict"] for one in json.loads(out)["budgets"]}
    assert kinds["target"] == "pass"
    assert "fail" not in kinds.values()


def test_bad_settings_and_bad_options_are_usage_errors(place: Place) -> None:
    place.settings('[gate]\nclean = "much"\n')
    code, _, err = place.gate()
    assert (code, "gate.clean" in err) == (2, True)
    place.settings('[gate]\nclaen = "10%"\n')
    assert place.gate()[0] == 2
    place.settings('[gate]\nclean = "150%"\n')
    with open_history(place.states) as database:
        at = git(place.root, "rev-parse", "HEAD")
        put(database, measured({("clean-cold", "baseline"): [1.0]}, at=at))
    code, _, err = place.gate()
    assert (code, "`150%` is not a percentage" in err) == (2, True)
    place.settings("")
    code, _, err = place.gate("--base", "mian")
    assert (code, "`mian`" in err) == (2, True)
    assert place.gate("--proof-budget", "soon")[0] == 2


def test_a_limit_may_come_from_the_environment(place: Place) -> None:
    place.patch.setenv("HONE_GATE_FREE_DISK", "900000T")
    code, out, _ = place.gate()
    assert code == 1
    assert "less than the" in out
