"""A repository with a tiny workspace, for plans of containers, and the command line in it."""

import os
from pathlib import Path

import pytest

from cargo_hone.ci.devcontainer import plan_devcontainer, plan_removal
from cargo_hone.ci.proposal import Proposal
from cargo_hone.cli.devcontainer import command
from cargo_hone.cli.ending import guarded
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.model import Plan
from cargo_hone.settings.model import Settings
from cargo_hone.workspace import pipeline
from cargo_hone.workspace.facts import WorkspaceFacts, look

SIMPLE = b'{\n  "image": "rust:1" // ours\n}\n'


class Repository:
    """A tiny workspace, at the repository's root or below it."""

    def __init__(self, root: Path, workspace: str = ".") -> None:
        self.root = root
        self.workspace = root / workspace
        generate(self.workspace, TinySpec(crates=2))
        (root / ".git").mkdir()

    def facts(self) -> WorkspaceFacts:
        return look(self.workspace / "Cargo.toml", env=os.environ)

    def holds(self, name: str, content: bytes = SIMPLE) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def planned(self) -> dict[str, bytes | None]:
        return self.named(plan_devcontainer(self.facts(), Settings()).plan)

    def removal(self) -> Proposal:
        return plan_removal(self.workspace, pipeline.find(self.workspace))

    def named(self, plan: Plan) -> dict[str, bytes | None]:
        assert all(change.step == "devcontainer" for change in plan.changes)
        return {str(change.path.relative_to(self.root)): change.after for change in plan.changes}


def write(plan: Plan) -> None:
    for change in plan.changes:
        if change.after is None:
            change.path.unlink()
        else:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            change.path.write_bytes(change.after)


class Shell:
    """The command line, in the repository."""

    def __init__(
        self, repository: Repository, patch: pytest.MonkeyPatch, out: pytest.CaptureFixture[str]
    ) -> None:
        self.root = repository.root
        self.out = out
        patch.chdir(repository.root)
        patch.setenv("HONE_STATE_DIR", str(repository.root.parent / "state"))

    def run(self, *words: str) -> tuple[int, str, str]:
        code = guarded(lambda: command.main(list(words), standalone_mode=False))
        return code, *self.out.readouterr()
