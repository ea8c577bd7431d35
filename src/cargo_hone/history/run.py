"""One run as it was recorded: what was measured, on what, and what was done."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.history.environment import Environment
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import (
    AnyScenario,
    Goal,
    LeverOutcome,
    Sample,
    Standing,
    TestOutcome,
    Variant,
)


class RunKind(StrEnum):
    """What kind of job a run was."""

    OPTIMIZE = "optimize"
    MEASURE = "measure"


class RunOutcome(StrEnum):
    """How a run ended. RUNNING is also what a killed process leaves behind; its samples count."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class TestPhase(StrEnum):
    """When the tests ran: on the tree as it was, or with everything changed."""

    __test__ = False

    BEFORE = "before"
    AFTER = "after"


class HowChanged(StrEnum):
    """What happened to a file."""

    CREATED = "created"
    EDITED = "edited"
    REMOVED = "removed"


class FactKey(StrEnum):
    """Free text about a run that the reports know where to put. Other keys are only listed."""

    EDIT_ROOT = "edit-root"
    """The crate edited in that scenario, e.g. `x-core`; and so on."""
    EDIT_LEAF = "edit-leaf"
    SWITCH = "switch"
    COMMAND = "command"
    """The command line that made the run, for "how to run it again"."""
    BUILD = "build"
    """The cargo command that was timed."""
    TESTS = "tests"
    """The cargo command that ran the tests."""
    APPLIED = "applied"
    """The variant that was applied in the end; the base where nothing was."""
    CACHE = "cache"
    """The cache engine with its version and cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was measured, and with which tools. `rustc_version` is all that `rustc -vV` says.

    `git_commit` and `git_dirty` are None outside of a repository. `seed` orders the schedule and reproduces
    the statistics.
    """

    workspace_root: Path
    git_commit: str | None
    git_dirty: bool | None
    rustc_version: str
    cargo_version: str
    tool_version: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTarget:
    """Whether the workspace and the packages excluded from it build into one target directory.

    `evidence` says how that is known or was measured. `separate_bytes` is what the target directories take
    one by one, `shared_bytes` what the one takes; None where it was not measured. `same_name_binaries` are
    binaries that would overwrite each other.
    """

    standing: Standing
    evidence: str
    packages: tuple[str, ...] = ()
    separate_bytes: int | None = None
    shared_bytes: int | None = None
    same_name_binaries: tuple[str, ...] = ()

    @property
    def saved_bytes(self) -> int | None:
        """What sharing saves (negative: costs); None where it was not measured."""
        if self.separate_bytes is None or self.shared_bytes is None:
            return None
        return self.separate_bytes - self.shared_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """One file of the plan; `path` is relative to the workspace root where it lies inside."""

    path: str
    how: HowChanged
    why: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Everything that is known of one run. The first variant is the base of every comparison.

    `tests_before` and `tests_after` are None where the tests were not run (an empty tuple: there are none).
    Times are UTC, ISO 8601. `diff` is the plan's unified diff.
    """

    id: int
    kind: RunKind
    label: str
    outcome: RunOutcome
    started_at: str
    finished_at: str | None
    subject: Subject
    environment: Environment
    variants: tuple[Variant, ...]
    samples: tuple[Sample, ...] = ()
    tests_before: tuple[TestOutcome, ...] | None = None
    tests_after: tuple[TestOutcome, ...] | None = None
    levers: tuple[LeverOutcome, ...] = ()
    goals: tuple[Goal, ...] = ()
    sweeps: tuple[SweepRecord, ...] = ()
    shared_target: SharedTarget | None = None
    plan_title: str = ""
    changed_files: tuple[ChangedFile, ...] = ()
    diff: str = ""
    warnings: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def workspace_name(self) -> str:
        """The name of the workspace's directory."""
        return self.subject.workspace_root.name

    def fact(self, key: FactKey) -> str | None:
        """Look up one fact; None where it was not recorded."""
        return dict(self.facts).get(key)

    def samples_of(self, scenario: AnyScenario, variant: str) -> tuple[Sample, ...]:
        """Return the samples of one variant in one scenario, by repetition."""
        return _by_repetition(
            sample
            for sample in self.samples
            if sample.scenario == scenario and sample.variant == variant
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of the list of runs."""

    id: int
    kind: RunKind
    label: str
    outcome: RunOutcome
    started_at: str
    finished_at: str | None
    git_commit: str | None
    git_dirty: bool | None
    samples: int


def _by_repetition(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(samples, key=lambda sample: sample.repetition))
