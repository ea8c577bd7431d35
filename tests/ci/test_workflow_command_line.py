"""`cargo hone ci init`, `remove` and `summary` as somebody types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.repositories import CORPUS, environment, make

PROGRAM = Path(sys.executable).with_name("cargo-hone")


class Repository:
    def __init__(self, tmp_path: Path):
        self.root = make(tmp_path / "repository").root
        self.state = tmp_path / "state"

    def hone(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "hone", *words],
            cwd=self.root,
            env={**environment(), "HONE_STATE_DIR": str(self.state), **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def workflow(self, name: str = "plain") -> Path:
        file = self.root / ".github" / "workflows" / f"{name}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(next(path for path in CORPUS if path.stem == name).read_bytes())
        return file


@pytest.fixture
def tree(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_there_and_back_and_undone(tree: Repository) -> None:
    file = tree.workflow()
    before = file.read_bytes()

    shown = tree.hone("ci", "init", "-n")
    assert (shown.returncode, file.read_bytes()) == (1, before)
    assert "+      - name: Install cargo-hone" in shown.stdout
    assert "cache: target: " in shown.stderr
    assert "has not run on GitHub yet" in shown.stderr

    unasked = tree.hone("ci", "init")
    assert (unasked.returncode, file.read_bytes()) == (1, before)

    done = tree.hone("ci", "init", "--yes")
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() != before
    again = tree.hone("ci", "init", "-n")
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")

    assert tree.hone("ci", "remove", "--yes").returncode == 0
    assert file.read_bytes() == before
    assert tree.hone("undo", "--yes").returncode == 0
    assert file.read_bytes() != before


def test_a_clone_without_a_journal_can_remove(tree: Repository, tmp_path: Path) -> None:
    file = tree.workflow("odd-layout")
    before = file.read_bytes()
    assert tree.hone("ci", "init", "--yes", "--cache", "sccache").returncode == 0
    tree.state = tmp_path / "another"
    assert tree.hone("ci", "remove", "--yes").returncode == 0
    assert file.read_bytes() == before


def test_json(tree: Repository) -> None:
    tree.workflow("several-jobs")
    done = tree.hone("ci", "init", "-n", "--cache", "target", "--format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert next(iter(document.items())) == ("schema", "cargo-hone/ci-init/v1")
    assert document["cache"] == {"kind": "target", "reason": "you asked for it"}
    assert [(job["job"], job["mode"]) for job in document["jobs"]] == [
        ("test", "target"),
        ("docs", "target"),
    ]
    assert [change["path"] for change in document["changes"]] == [
        ".github/workflows/several-jobs.yml",
        ".github/workflows/hone-prune-caches.yml",
    ]
    assert "hone-restore" in document["diff"]


def test_a_named_workflow_that_is_not_yaml_is_a_usage_error(tree: Repository) -> None:
    file = tree.workflow()
    file.write_text("jobs: [\n")
    done = tree.hone("ci", "init", "-n", "--workflow", str(file))
    assert done.returncode == 2
    assert "plain.yml is not valid YAML" in done.stderr


def test_the_summary_goes_to_the_page_that_github_gives(tree: Repository, tmp_path: Path) -> None:
    target = tree.root / "target"
    target.mkdir()
    (target / "large").write_bytes(b"x" * 200_000)
    plain = tree.hone(
        "ci", "summary", HONE_SUMMARY_CACHE="target", HONE_SUMMARY_HIT="true", HONE_SUMMARY_KEY="k"
    )
    assert plain.returncode == 0, plain.stderr
    assert "| cache | target directory, hit: `k` |" in plain.stdout

    page = tmp_path / "page"
    page.write_text("what others wrote\n")
    done = tree.hone("ci", "summary", GITHUB_STEP_SUMMARY=str(page), HONE_DISK_CI_WARN="100K")
    assert page.read_text().startswith("what others wrote\n### Build cache\n")
    assert done.stdout.startswith("::warning title=cargo-hone::The target directory takes 20")

    document = json.loads(tree.hone("ci", "summary", "--format", "json").stdout)
    assert document["schema"] == "cargo-hone/ci-summary/v1"
    assert document["target_bytes"] >= 200_000
