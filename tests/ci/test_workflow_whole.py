"""The whole pipeline: the workflows' place, the clean-up beside them, what git and the registry do not tell."""

import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.ci import repository
from cargo_hone.ci.whole import plan_pipeline, plan_pipeline_removal
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal
from cargo_hone.errors import UsageProblem
from cargo_hone.settings.model import Cache, Ci, Settings
from cargo_hone.workspace import facts as workspace_facts
from cargo_hone.workspace.facts import WorkspaceFacts
from tests.ci.repositories import CORPUS, environment, git, make

PRUNE = "hone-prune-caches.yml"
PROGRAM = Path(sys.executable).with_name("cargo-hone")


class Tree:
    def __init__(self, root: Path):
        self.root = root
        self.facts = make(root)
        self.workflows = root / ".github" / "workflows"
        self.workflows.mkdir(parents=True)

    def look(self, env: dict[str, str] | None = None) -> WorkspaceFacts:
        return workspace_facts.look(self.root / "Cargo.toml", env=env or environment())

    def add(self, name: str) -> Path:
        file = self.workflows / f"{name}.yml"
        file.write_bytes(next(path for path in CORPUS if path.stem == name).read_bytes())
        return file

    def init(self, settings: Settings | None = None, cache: str = "target") -> CiProposal:
        proposal = plan_pipeline(self.look(), settings or Settings(), CiOptions(cache=cache))
        for change in proposal.plan.changes:
            if change.after is None:
                change.path.unlink()
            else:
                change.path.write_bytes(change.after)
        return proposal

    @property
    def prunes(self) -> bool:
        return (self.workflows / PRUNE).exists()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "repository")


def test_the_clean_up_is_there_while_something_is_kept_on_github(tree: Tree) -> None:
    tree.add("plain")
    for cache, settings, prunes in (
        ("target", Settings(), True),
        ("target", Settings(ci=Ci(prune=False)), False),
        ("sccache", Settings(), True),
        ("sccache", Settings(cache=Cache(remote="s3://bucket")), False),
        ("target", Settings(), True),
        ("none", Settings(), False),
    ):
        tree.init(settings, cache)
        assert tree.prunes is prunes, (cache, settings)


def test_a_part_of_the_workflows_does_not_decide_on_the_clean_up(tree: Tree) -> None:
    tree.add("several-jobs")
    tree.init()
    other = tree.add("plain")
    options = CiOptions(cache="none", workflow=other)
    changed = plan_pipeline(tree.look(), Settings(), options).plan.changes
    assert [change.path for change in changed] == [other]
    options = CiOptions(cache="none", jobs=("docs",))
    changed = plan_pipeline(tree.look(), Settings(), options).plan.changes
    assert [change.path.name for change in changed] == ["several-jobs.yml"]


def test_nothing_is_written_beside_a_workflow_that_cannot_be_read(tree: Tree) -> None:
    (tree.workflows / "ci.yml").write_text("jobs: [\n")
    proposal = tree.init()
    assert proposal.plan.changes == ()
    assert any("nothing is written beside" in note for note in proposal.notes)


def test_there_is_always_a_free_name(tree: Tree) -> None:
    for name in ("ci", "cargo", "cargo-hone", "cargo-hone-2"):
        (tree.workflows / f"{name}.yml").write_text("on: push\njobs: {}\n")
    new = tree.init(cache="none").plan.changes
    assert [change.path.name for change in new] == ["cargo-hone-3.yml"]


@pytest.mark.parametrize("where", ["nix.yml", ".github/ci.yml", ".github/workflows/ci.yaml.txt"])
def test_a_workflow_lies_where_github_looks(tree: Tree, where: str) -> None:
    with pytest.raises(UsageProblem, match="GitHub runs no workflow at") as refused:
        plan_pipeline(tree.look(), Settings(), CiOptions(workflow=tree.root / where))
    assert str(tree.workflows) in str(refused.value.next_step)


def test_removal_needs_no_dependency_to_be_found(tree: Tree, tmp_path: Path) -> None:
    file = tree.add("plain")
    before = file.read_bytes()
    tree.init()
    assert file.read_bytes() != before
    manifest = tree.root / "Cargo.toml"
    manifest.write_text(
        manifest.read_text() + '[dependencies]\nnot-to-be-found = { path = "gone" }\n'
    )
    (tree.root / "Cargo.lock").unlink()
    paths = {change.path.name for change in plan_pipeline_removal(tree.root).plan.changes}
    assert paths == {"plain.yml", PRUNE}
    done = subprocess.run(
        [PROGRAM, "hone", "ci", "remove", "--yes"],
        cwd=tree.root,
        env={**environment(), "HONE_STATE_DIR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert file.read_bytes() == before


def test_what_git_refuses_to_say_is_said_to_be_a_guess(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "git").write_text(
        "#!/bin/sh\necho 'fatal: detected dubious ownership' >&2\nexit 128\n"
    )
    (tmp_path / "git").chmod(0o755)
    env = environment()
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    [note] = repository.look(tree.look(env)).guesses
    assert "dubious ownership" in note
    assert "Cargo.lock is taken not to be committed" in note
    assert repository.look(tree.look()).guesses == ()


def test_the_current_branch_is_only_a_guess_at_the_default_one(tree: Tree) -> None:
    git(tree.root, "checkout", "-q", "-b", "topic")
    known = repository.look(tree.look())
    assert known.default_branch == "topic"
    assert known.guesses == ("the default branch is taken to be `topic`: git does not tell",)


def test_where_the_default_package_comes_from_is_said(tree: Tree) -> None:
    tree.add("plain")
    own = Settings(ci=Ci(package="cargo-hone @ https://mirror.example/x.whl#sha256=0"))
    for settings, sweeper, said in (
        (Settings(), None, True),
        (own, None, False),
        (Settings(), "cargo-sweep", False),
    ):
        options = CiOptions(cache="target", sweeper=sweeper)
        notes = plan_pipeline(tree.look(), settings, options).notes
        assert any("from PyPI by that name" in note for note in notes) is said


def test_callers_must_pass_the_secrets(tree: Tree) -> None:
    tree.add("reusable")
    settings = Settings(cache=Cache(remote="s3://bucket"))
    notes = tree.init(settings, "sccache").notes
    assert any("workflows that call reusable.yml must pass" in note for note in notes)
