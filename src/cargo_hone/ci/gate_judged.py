"""What the gate says: each budget with its verdict, what that stands on, and since when."""

from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.ci.gate_runs import GateRuns
from cargo_hone.ci.gate_since import Since
from cargo_hone.measure.gate_budget import GateKind, GateVerdict


class Budget(StrEnum):
    """What has a budget."""

    CLEAN = "clean"
    INCREMENTAL = "incremental"
    TARGET = "target"
    CACHE_SAVED = "cache-saved"
    FREE_DISK = "free-disk"


class Shown(StrEnum):
    """What a verdict stands on."""

    HISTORY = "history"
    SIDE_BY_SIDE = "side by side"
    EXACT = "exact"


class Unit(StrEnum):
    """What `Judged.base` and `Judged.head` are."""

    SECONDS = "s"
    BYTES = "bytes"
    SHARE = "share"
    """Of a clean build's time, what is paid in spite of the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One budget and what became of it. `limit` is the setting; `base` and `head` are what was compared, in `unit`.

    They are None where nothing was measured. `since` is only meant where the verdict is FAIL; `note` is a sentence of
    its own.
    """

    budget: Budget
    limit: str
    verdict: GateVerdict
    shown: Shown
    unit: Unit
    base: float | None = None
    head: float | None = None
    since: Since | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """All budgets that are judged; `off` are the others, with the reason."""

    runs: GateRuns
    judged: tuple[Judged, ...]
    off: tuple[tuple[Budget, str], ...]
    notes: tuple[str, ...]

    @property
    def kind(self) -> GateKind:
        """Failed where one budget is, passed where all are, else inconclusive: which does not fail."""
        kinds = {one.verdict.kind for one in self.judged}
        if GateKind.FAIL in kinds:
            return GateKind.FAIL
        return GateKind.PASS if kinds <= {GateKind.PASS} else GateKind.INCONCLUSIVE
