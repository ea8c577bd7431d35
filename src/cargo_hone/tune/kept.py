"""What the last search found, kept for `apply`: the levers, and what they were measured on."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from cargo_hone.errors import Unavailable
from cargo_hone.files import atomic

NAME = "tuned.json"
_SCHEMA = "cargo-hone/tuned/v1"


class KeptVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one lever: its fate (`kept`, `useless`, …) and why."""

    name: str
    fate: str
    why: str


class KeptPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The levers that pay together, in the order in which they were added; empty where nothing was found to pay.

    `when` is UTC, ISO 8601. `commit` is None outside of a repository; `rustc` and `cargo` are their version lines.
    `confirmed` are the ratios of times (with / without) of the confirmation, by scenario.
    """

    levers: tuple[str, ...]
    when: str
    commit: str | None
    rustc: str
    cargo: str
    verdicts: tuple[KeptVerdict, ...] = ()
    confirmed: Mapping[str, float] = msgspec.field(default_factory=dict)
    schema: str = _SCHEMA

    def stale(self, *, commit: str | None, rustc: str, cargo: str) -> tuple[str, ...]:
        """Say what has changed since it was measured; empty where nothing has."""
        found = []
        if commit != self.commit:
            found.append(f"it was measured at commit {_short(self.commit)}, not {_short(commit)}")
        if rustc != self.rustc:
            found.append(f"it was measured with {self.rustc}")
        if cargo != self.cargo:
            found.append(f"it was measured with {self.cargo}")
        return tuple(found)


def write(state_dir: Path, plan: KeptPlan) -> Path:
    """Keep a plan in the place of the one before; returns the file. Raises Unavailable."""
    path = state_dir / NAME
    atomic.create_parents(path)
    atomic.replace(path, msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    return path


def read(state_dir: Path) -> KeptPlan | None:
    """Return the plan that was kept; None where there is none.

    Raises Unavailable for a file that cannot be read, or that another version of cargo-hone has written.
    """
    path = state_dir / NAME
    content = atomic.read(path)
    if content is None:
        return None
    try:
        plan = msgspec.json.decode(content, type=KeptPlan)
    except msgspec.MsgspecError as error:
        raise _unusable(path, str(error)) from error
    if plan.schema != _SCHEMA:
        raise _unusable(path, f"its schema is {plan.schema}")
    return plan


def _unusable(path: Path, why: str) -> Unavailable:
    return Unavailable(
        f"what was tuned last cannot be used ({path}: {why})",
        next_step="run `cargo hone tune` again",
    )


def _short(commit: str | None) -> str:
    return commit[:12] if commit else "no commit"
