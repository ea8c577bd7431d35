"""A tiny workspace with a history, and the program run in this process."""

import os
from pathlib import Path

import pytest

from cargo_hone.cli.ending import guarded
from cargo_hone.cli.program import run
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.history.database import open_history
from cargo_hone.history.place import DATABASE_NAME, state_dir
from cargo_hone.history.portable import PortableRun
from cargo_hone.proc import clean_environment
from tests.history.measured import commit, measured, put

ENV = {
    **clean_environment(os.environ),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Place:
    """A tiny workspace in a repository, with a state directory of its own."""

    def __init__(
        self, base: Path, patch: pytest.MonkeyPatch, out: pytest.CaptureFixture[str]
    ) -> None:
        self.root = generate(base / "ws", TinySpec(crates=2, commits=1), env=ENV).root
        self.states = base / "state"
        self.out = out
        patch.chdir(self.root)
        patch.setenv("HONE_STATE_DIR", str(self.states))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.delenv("GITHUB_REF", raising=False)

    @property
    def database(self) -> Path:
        return state_dir(self.root, self.states) / DATABASE_NAME

    def put(self, *runs: PortableRun) -> None:
        with open_history(self.database.parent) as database:
            put(database, *runs)

    def hone(self, *words: str) -> tuple[int, str, str]:
        code = guarded(lambda: run(list(words)))
        return code, *self.out.readouterr()


TIMES = {
    ("edit-root", "baseline"): [10.0, 10.2, 9.9],
    ("edit-root", "slim"): [8.0, 8.1, 7.9],
    ("clean-cold", "baseline"): [60.0],
}


def runs(count: int, **given: str) -> list[PortableRun]:
    return [
        measured(TIMES, at=commit(day), day=day, **given)  # type: ignore[arg-type]
        for day in range(1, count + 1)
    ]
