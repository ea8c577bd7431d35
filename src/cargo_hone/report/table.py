"""The before/after table: the one place where samples become figures and verdicts."""

from dataclasses import dataclass
from statistics import median_low

from cargo_hone.history.run import FactKey, RunRecord
from cargo_hone.measure.statistics import Summary, compare_samples, summarize
from cargo_hone.model import Comparison, Scenario, Variant, VerdictKind
from cargo_hone.report import figures

_LABELS = {
    Scenario.CLEAN_COLD: "clean, cold",
    Scenario.CLEAN_WARM: "clean, warm",
    Scenario.EDIT_ROOT: "edit root",
    Scenario.EDIT_LEAF: "edit leaf",
    Scenario.SWITCH: "switch and back",
    Scenario.CHECK: "check after an edit",
    Scenario.TEST_BUILD: "build the tests",
    Scenario.TEST_RUN: "build and run the tests",
    Scenario.FRESH_CHECKOUT: "fresh checkout",
    Scenario.NOOP: "nothing changed",
}
_NAMED_BY = {
    Scenario.EDIT_ROOT: FactKey.EDIT_ROOT,
    Scenario.EDIT_LEAF: FactKey.EDIT_LEAF,
}
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One variant in one scenario. `summary` is None without samples, `comparison` for what is the base.

    `change_percent` is there only where the samples carry it (faster or slower): the ratio of the paired
    times minus one, rounded. `margin_percent` is the wider half of its interval, in points of the same.
    """

    variant: str
    summary: Summary | None
    comparison: Comparison | None

    @property
    def change_percent(self) -> float | None:
        """Return the change against the base in percent, or None where nothing may be claimed."""
        if self.comparison is None or self.comparison.ratio is None or not self.is_decided:
            return None
        return figures.rounded_percent((self.comparison.ratio - 1) * 100)

    @property
    def margin_percent(self) -> float | None:
        """Return the wider half of the change's interval, in percentage points."""
        found = self.comparison
        if not self.is_decided or found is None or found.ratio is None:
            return None
        if found.low is None or found.high is None:
            return None
        wider = max(found.high - found.ratio, found.ratio - found.low)
        return figures.rounded_percent(wider * 100)

    @property
    def is_decided(self) -> bool:
        """Whether the verdict is that this variant is faster, or slower, than the base."""
        return self.comparison is not None and self.comparison.kind in {
            VerdictKind.FASTER,
            VerdictKind.SLOWER,
        }

    @property
    def median_text(self) -> str:
        """The median, or a dash."""
        return figures.seconds(self.summary.median_s) if self.summary else figures.ABSENT

    @property
    def range_text(self) -> str:
        """The lowest and the highest time, or a dash."""
        if self.summary is None:
            return figures.ABSENT
        return figures.seconds_range(self.summary.minimum_s, self.summary.maximum_s)

    @property
    def change_text(self) -> str:
        """The change where it may be claimed, else nothing."""
        return "" if self.change_percent is None else figures.change(self.change_percent)

    @property
    def verdict_text(self) -> str:
        """The verdict in a few words, `faster ±4 %, n=3`; without the reason of an inconclusive one."""
        found = self.comparison
        if found is None:
            return NOT_MEASURED if self.summary is None else ""
        if self.margin_percent is not None:
            return f"{found.kind} {figures.margin(self.margin_percent)}, n={found.pairs}"
        return str(found.kind)

    @property
    def reason(self) -> str:
        """Why the verdict is inconclusive; nothing for the others."""
        found = self.comparison
        return found.why if found and found.kind is VerdictKind.INCONCLUSIVE else ""

    @property
    def full_verdict_text(self) -> str:
        """The verdict with its reason, `inconclusive (2 pairs were measured, …)`."""
        return f"{self.verdict_text} ({self.reason})" if self.reason else self.verdict_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scenario: a cell for each column of the table. `verdict` is that of the variant that was applied."""

    scenario: Scenario
    label: str
    cells: tuple[Cell, ...]
    applied: int = -1

    @property
    def verdict(self) -> Cell:
        """The cell that the row's verdict is about: what was applied (nothing: what was tried last)."""
        return self.cells[self.applied]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a run showed. Columns are the run's variants, the base first.

    `disk_bytes` is the target directory after a clean build, allocated bytes, for each column (None: not
    measured).
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    disk_bytes: tuple[int | None, ...]
    applied: int = -1

    @property
    def applied_column(self) -> str:
        """The name of the variant that the verdicts are about."""
        return self.columns[self.applied]

    def row(self, scenario: Scenario) -> Row | None:
        """Find the row of a scenario; None where it was not measured."""
        return next((row for row in self.rows if row.scenario is scenario), None)

    def base_cell(self, row: Row) -> Cell:
        """Find the cell that the others of a row are held against; it may stand in another row."""
        return (self.row(base_scenario(row.scenario)) or row).cells[0]


def build_table(run: RunRecord) -> Table:
    """Compute the table of a run; a scenario without any sample has no row."""
    return Table(
        columns=tuple(variant.name for variant in run.variants),
        rows=tuple(
            _row(run, scenario)
            for scenario in Scenario
            if any(sample.scenario is scenario for sample in run.samples)
        ),
        disk_bytes=tuple(_disk_bytes(run, variant.name) for variant in run.variants),
        applied=applied_place(run),
    )


def base_scenario(scenario: Scenario) -> Scenario:
    """Return the scenario whose base samples this one is held against.

    Without a cache there is no warm state: what somebody had instead is the plain clean build.
    """
    return Scenario.CLEAN_COLD if scenario is Scenario.CLEAN_WARM else scenario


def _row(run: RunRecord, scenario: Scenario) -> Row:
    named_by = _NAMED_BY.get(scenario)
    crate = run.fact(named_by) if named_by else None
    label = f"{_LABELS[scenario]} ({crate})" if crate else _LABELS[scenario]
    return Row(
        scenario=scenario,
        label=label,
        cells=tuple(_cell(run, scenario, variant) for variant in run.variants),
        applied=applied_place(run),
    )


def applied_place(run: RunRecord) -> int:
    """The column that was applied; the last one where nothing was, or where that was not recorded."""
    names = [variant.name for variant in run.variants]
    applied = run.fact(FactKey.APPLIED)
    return names.index(applied) if applied in names[1:] else -1


def _cell(run: RunRecord, scenario: Scenario, variant: Variant) -> Cell:
    samples = run.samples_of(scenario, variant.name)
    base = (run.variants[0].name, base_scenario(scenario))
    comparison = None
    if samples and (variant.name, scenario) != base:
        comparison = compare_samples(run.samples, base=base, other=(variant.name, scenario))
    return Cell(
        variant=variant.name,
        summary=summarize([sample.wall_s for sample in samples]) if samples else None,
        comparison=comparison,
    )


def _disk_bytes(run: RunRecord, variant: str) -> int | None:
    for scenario in (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM):
        sizes = [
            sample.target_bytes
            for sample in run.samples_of(scenario, variant)
            if sample.target_bytes is not None
        ]
        if sizes:
            return median_low(sizes)
    return None
