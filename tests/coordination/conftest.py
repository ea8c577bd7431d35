"""A workspace with a state directory, programs called `npx` that do what a test wants, and real runs and drains."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cargo_hone.coordination import spool
from cargo_hone.coordination.memory import reading
from cargo_hone.proc import clean_environment

PREFIX = "phase7/build_infra"
RECORDING = """#!/bin/sh
{ for word; do printf '%s\\0' "$word"; done; printf '\\036'; } >> "$RECORD"
"""
DRIVER = Path(__file__).with_name("driver.py")


class Desk:
    """Where a run and its listeners meet."""

    def __init__(self, base: Path) -> None:
        self.root = base / "ws"
        self.state = base / "state"
        self.bin = base / "bin"
        self.record = base / "record"
        for directory in (self.root, self.bin):
            directory.mkdir()
        inherited = clean_environment(os.environ)
        self.env = {
            **inherited,
            "PATH": f"{self.bin}:{inherited['PATH']}",
            "RECORD": str(self.record),
        }
        self.npx()  # never the machine's own

    def program(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.write_text(script)
        path.chmod(0o755)
        return path

    def npx(self, then: str = "") -> None:
        """An `npx` that records its arguments, then does this."""
        self.program("npx", f"{RECORDING}{then}\n")

    @property
    def calls(self) -> list[list[str]]:
        """What the recording `npx` was called with."""
        if not self.record.exists():
            return []
        calls = self.record.read_text().split("\036")[:-1]
        return [call.split("\0")[:-1] for call in calls]

    def start(
        self, *events: Sequence[object], ending: str = "finished", **settings: object
    ) -> subprocess.Popen[str]:
        given = {
            "root": str(self.root),
            "state": str(self.state),
            "settings": {"claude-flow": True, "timeout": "5s", **settings},
            "events": [event(*words) for words in events],
            "ending": ending,
        }
        child = subprocess.Popen(
            [sys.executable, DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            text=True,
        )
        assert child.stdin is not None
        child.stdin.write(json.dumps(given))
        child.stdin.close()
        child.stdin = None
        return child

    def run(self, *events: Sequence[object], ending: str = "finished", **settings: object) -> str:
        """One run to its end; returns what it noted."""
        child = self.start(*events, ending=ending, **settings)
        _, errors = child.communicate(timeout=60)
        wanted = {"finished": 0, "failed": 1, "bug": 1, "interrupted": -2, "killed": -9}[ending]
        assert child.returncode == wanted, errors
        return errors

    def settle(self) -> None:
        """Wait until everything is told and the drain has gone."""
        until(lambda: not spool.pending(self.state) and not self.drains)

    @property
    def drains(self) -> list[int]:
        """The processes that drain here."""
        return [
            pid
            for pid, words in processes()
            if "cargo_hone.coordination.drain" in words and str(self.state) in words
        ]

    def memory(self, key: str) -> Any:
        with reading(self.state) as memory:
            assert memory is not None
            entry = memory.get(f"{PREFIX}/{key}")
            assert entry is not None
            return json.loads(entry.value)

    def within(self) -> list[int]:
        """All processes that work in the workspace: what listeners left."""
        return [pid for pid, _ in processes() if _cwd(pid) == str(self.root)]


def event(
    kind: str, step: str = "levers", message: str = "m", data: object = None
) -> tuple[object, ...]:
    return (kind, step, message, data or {})


def processes() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_text(errors="replace").split("\0")


def _cwd(pid: int) -> str:
    with contextlib.suppress(OSError):
        return str(Path(f"/proc/{pid}/cwd").readlink())
    return ""


def until(holds: Callable[[], object], *, limit_s: float = 60.0) -> None:
    give_up = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    for pid in (*made.drains, *made.within()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
