"""A small repository for tests of workflows, looked at once, and the corpus of workflows."""

import dataclasses
import os
import subprocess
from pathlib import Path

from cargo_hone.ci import repository
from cargo_hone.ci.repository import Repository
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal, plan_ci, plan_ci_removal
from cargo_hone.proc import clean_environment
from cargo_hone.settings.model import Settings
from cargo_hone.workspace import facts as workspace_facts
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import PipelineFiles

CORPUS = sorted((Path(__file__).parent / "workflows").glob("*.yml"))


def environment() -> dict[str, str]:
    env = clean_environment(os.environ)
    for name in ("CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_INCREMENTAL", "RUSTC_WRAPPER"):
        env.pop(name, None)
    return {name: value for name, value in env.items() if not name.startswith("HONE_")}


def make(root: Path, *, workspace: str = "", committed: bool = True) -> WorkspaceFacts:
    """A repository whose only package has no dependencies, and what is known of it."""
    home = root / workspace
    (home / "src").mkdir(parents=True)
    (home / "Cargo.toml").write_text(
        '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
    )
    (home / "src" / "lib.rs").write_text("pub fn one() -> u32 {\n    1\n}\n")
    (home / ".gitignore").write_text("/target\n" if committed else "/target\nCargo.lock\n")
    env = environment()
    git(root, "init", "-q", "-b", "main")
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=home, env=env, check=True)
    git(root, "add", ".")
    return workspace_facts.look(home / "Cargo.toml", env=env)


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


class Pipeline:
    """Workflows in a repository, and the commands on them."""

    def __init__(self, facts: WorkspaceFacts, place: Repository, directory: Path):
        self.facts = dataclasses.replace(
            facts, pipeline=PipelineFiles(workflows=(), devcontainers=())
        )
        self.directory = directory
        self.place = place

    @classmethod
    def of(cls, facts: WorkspaceFacts, directory: Path) -> "Pipeline":
        return cls(facts, repository.look(facts), directory)

    def write(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        known = {*self.facts.pipeline.workflows, path}
        self.facts = dataclasses.replace(
            self.facts,
            pipeline=PipelineFiles(workflows=tuple(sorted(known)), devcontainers=()),
        )
        return path

    def plan(
        self, options: CiOptions | None = None, settings: Settings | None = None
    ) -> CiProposal:
        asked = options or CiOptions(cache="target")
        return plan_ci(self.facts, settings or Settings(), asked, place=self.place)

    def init(
        self, options: CiOptions | None = None, settings: Settings | None = None
    ) -> CiProposal:
        proposal = self.plan(options, settings)
        self.carry_out(proposal)
        return proposal

    def remove(self) -> CiProposal:
        proposal = plan_ci_removal(self.facts.pipeline)
        self.carry_out(proposal)
        return proposal

    def carry_out(self, proposal: CiProposal) -> None:
        for change in proposal.plan.changes:
            if change.after is None:
                change.path.unlink()
            else:
                self.write(change.path.name, change.after)
