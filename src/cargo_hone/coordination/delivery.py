"""Making the calls of a sink: with a time limit each, and an end to patience; what fails becomes a blocker."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cargo_hone.coordination.interface import Call, Line, Program, Sink
from cargo_hone.coordination.records import Record
from cargo_hone.errors import HoneError, ToolMissing
from cargo_hone.files import atomic, operation
from cargo_hone.proc import Finished, run

_ERRORS_IN_A_ROW = 3
"""A sink that failed so often has had its chances: the rest of the run is not for it."""
_SHOWN = 300


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One sink, and how it has done so far. `blocked` hears of each error: (step, message)."""

    sink: Sink
    cwd: Path
    env: Mapping[str, str]
    timeout_s: float
    blocked: Callable[[str, str], None]
    given_up: bool = False
    _first: bool = True
    _errors: int = 0

    def tell(self, record: Record, *, index: int, step: str, left_s: Callable[[], float]) -> None:
        """Make the calls for one record, none later than `left_s` allows. Raises only what stops the process."""
        if self.given_up:
            return
        for call in self.sink.calls(record, index=index):
            limit_s = self.timeout_s * (self.sink.first_patience if self._first else 1)
            self._made(call, step, max(0.0, min(limit_s, left_s())))
            self._first = False
            if self.given_up:
                return

    def _made(self, call: Call, step: str, limit_s: float) -> None:
        try:
            problem = self._performed(call, limit_s)
        except ToolMissing as error:
            self.given_up = True
            self._say(step, f"{error.message}: nothing more is tried in this run")
            return
        except HoneError as error:
            problem = error.message
        except (OSError, ValueError) as error:
            # What no program can be started with: a list of arguments that is too long, a file that is no program.
            problem = str(error)
        if problem is None:
            self._errors = 0
            return
        self._errors += 1
        self._say(step, problem)
        if self._errors >= _ERRORS_IN_A_ROW:
            self.given_up = True
            self._say(step, f"{self._errors} errors in a row: nothing more is tried in this run")

    def _say(self, step: str, problem: str) -> None:
        self.blocked(step, f"{self.sink.name}: {problem}")

    def _performed(self, call: Call, limit_s: float) -> str | None:
        """Make one call; returns what went wrong."""
        match call:
            case Line():
                _append(call)
                return None
            case Program():
                return self._run(call, limit_s)
            case _:
                assert_never(call)

    def _run(self, program: Program, limit_s: float) -> str | None:
        finished = self._once(program.argv, program.stdin, limit_s)
        remedy = program.remedy
        if remedy is not None and not finished.ok and remedy.said in _said(finished):
            self._once(remedy.argv, None, limit_s)
            finished = self._once(program.argv, program.stdin, limit_s)
        if finished.timed_out:
            return f"`{program.name}` took longer than {limit_s:.0f} s and was ended"
        if finished.ok:
            return None
        said = _said(finished)
        reason = next((advice for mark, advice in program.advice if mark in said), _reason(said))
        return f"`{program.name}` ended with {finished.returncode}" + (
            f": {reason}" if reason else ""
        )

    def _once(self, argv: tuple[str, ...], stdin: bytes | None, limit_s: float) -> Finished:
        return run(argv, cwd=self.cwd, env=self.env, timeout_s=limit_s, stdin=stdin)


def _append(line: Line) -> None:
    """Append to a file, made where it is missing. Raises OSError or Unavailable."""
    atomic.create_parents(line.path)
    # NONBLOCK: opening a pipe that nobody reads would wait for ever.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(line.path, flags, 0o666)
    try:
        operation.write(descriptor, line.text.encode(), line.path)
    finally:
        os.close(descriptor)


def _said(finished: Finished) -> str:
    """What a program printed, errors first, without colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", f"{finished.errors}\n{finished.text}")


def _reason(said: str) -> str:
    """The line that says most: the first about an error, or else the last one. npm begins with a mere code."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [
        line
        for line in lines
        if re.search(r"error|failed|cannot|not found", line, re.IGNORECASE)
        and not re.match(r"npm (err!|error) (code|errno|syscall|path) ", line, re.IGNORECASE)
    ]
    return (telling or lines[-1:] or [""])[0][:_SHOWN]
