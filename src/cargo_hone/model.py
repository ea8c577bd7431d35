"""The nouns that travel between rooms: frozen dataclasses and closed enums, without I/O.

Units are in the names: `_s` seconds, `_bytes` bytes on disk (allocated, hard links counted once).
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Scenario(StrEnum):
    """Something that somebody waits for."""

    CLEAN_COLD = "clean-cold"
    CLEAN_WARM = "clean-warm"
    EDIT_ROOT = "edit-root"
    EDIT_LEAF = "edit-leaf"
    SWITCH = "switch"
    CHECK = "check"
    TEST_BUILD = "test-build"
    TEST_RUN = "test-run"
    FRESH_CHECKOUT = "fresh-checkout"
    NOOP = "noop"


class OwnScenario(str):
    """The name of a scenario that the workspace's settings define; no name of a `Scenario`."""

    __slots__ = ()


AnyScenario = Scenario | OwnScenario
"""Whichever; both are strings, which is how they are stored and written."""


def scenario_named(name: str) -> AnyScenario:
    """Return the scenario of a stored name; what `Scenario` does not know is one of the workspace's own."""
    try:
        return Scenario(name)
    except ValueError:
        return OwnScenario(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way to build: cargo `--config` values and environment variables, nothing written to any file.

    `config` holds `KEY=TOML-VALUE` strings as cargo takes them. `env` never holds a `CARGO_*` name: sccache
    hashes those, so they would change what is measured.
    """

    name: str
    config: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheCounts:
    """What a compiler cache did during one build (requests that could be answered from it, and errors)."""

    hits: int
    misses: int
    not_cacheable: int
    errors: int


class AccountingMethod(StrEnum):
    """Where the CPU time of a build comes from, and with that, whose it is."""

    CGROUP_V2 = "cgroup v2"
    """The kernel's count for all that ran in one control group: cargo, compilers, the cache's server."""
    CGROUP_V1 = "cgroup v1"
    """The same, by the older interface."""
    PROCESS_TREE = "process tree"
    """Cargo and the children it waited for (wait4), and what the server and its own used meanwhile (/proc)."""
    RUSAGE = "rusage"
    """Cargo and the children it waited for. What a cache's server did is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured build. `repetition` pairs the samples of different variants that ran side by side.

    `cpu_s` is of everything that `accounting` counts; `accounting_note` says why it is no better method.
    `server_cpu_s` is the part of the cache's servers (None: no server, or not known). `peak_memory_bytes` is the
    highest anonymous memory of all processes together, seen in looks 50 ms or more apart (None: not seen).
    `load_1m` is the load average before the build. `clock_jump_s` is how far the wall clock was moved during the
    build, `suspended_s` how long the machine slept; `wall_s` counts neither.
    """

    scenario: AnyScenario
    variant: str
    repetition: int
    wall_s: float
    cpu_s: float
    units_compiled: int
    units_fresh: int
    target_bytes: int | None
    cache: CacheCounts | None
    started_at: str
    """UTC, ISO 8601."""
    server_cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    accounting: AccountingMethod = AccountingMethod.RUSAGE
    accounting_note: str = ""
    load_1m: float | None = None
    clock_jump_s: float = 0.0
    suspended_s: float = 0.0


class VerdictKind(StrEnum):
    """What the samples allow to be said of A against B."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_DIFFERENCE = "no difference"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Times of one variant against the base in one scenario, from paired samples.

    `ratio` is the geometric mean of (variant / base), `low` and `high` its confidence interval at
    `confidence` (e.g. 0.95); they are None where there are too few pairs. `why` explains an inconclusive
    verdict.
    """

    kind: VerdictKind
    ratio: float | None
    low: float | None
    high: float | None
    pairs: int
    confidence: float
    why: str = ""


class TestStatus(StrEnum):
    """How one test ended."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TestOutcome:
    """One test: `binary` is `package::target (kind)`, `name` the test's path within it."""

    __test__ = False

    binary: str
    name: str
    status: TestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file before and after; None means that the file does not exist.

    `why` is a short sentence for the plan and the report; `step` is the stage of the main job that wants it.
    `executable` sets the mode of a created file.
    """

    path: Path
    before: bytes | None
    after: bytes | None
    why: str
    step: str
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes of files that belong together: shown as a diff, applied as one transaction, undone as one."""

    title: str
    changes: tuple[FileChange, ...]


class Standing(StrEnum):
    """What became of a lever or of a goal."""

    APPLIED = "applied"
    ALREADY = "already there"
    NOT_APPLICABLE = "does not apply"
    DID_NOT_PAY = "did not pay"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverOutcome:
    """What became of one lever, with the evidence or the reason; `gives_up` is what the user loses."""

    name: str
    title: str
    standing: Standing
    reason: str
    gives_up: str = ""


class GoalState(StrEnum):
    """Whether a goal was reached."""

    OK = "ok"
    MISSED = "missed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One of the goals the report is held against, and what bounds it where it was missed."""

    name: str
    state: GoalState
    detail: str
