"""`cargo hone sweep` run as a program, and what it wrote down."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cargo_hone.history import place
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.sweeps import OwnSweep, last_sweep
from tests.target.tiny import environment

PLACES = ("CODESPACES", "GITHUB_ACTIONS", "CI", "HONE_STATE_DIR")


def words(state: Path, *more: object) -> list[str]:
    command = [sys.executable, "-m", "cargo_hone", "--state-dir", str(state), "--offline", "sweep"]
    return [*command, *map(str, more)]


def env_with(**env: str) -> dict[str, str]:
    return {k: v for k, v in environment().items() if k not in PLACES} | env


def hone(tree: Path, state: Path, *more: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words(state, *more),
        cwd=tree,
        env=env_with(**env),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def data(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout.startswith('{\n  "schema": "cargo-hone/sweep/v1"'), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def last(state: Path, root: Path, target: Path) -> OwnSweep | None:
    with open_existing_history(place.state_dir(root, state)) as database:
        return last_sweep(database, target.resolve()) if database else None
