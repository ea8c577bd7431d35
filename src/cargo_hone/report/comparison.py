"""A against B, from what was measured: side by side where it was, run against run where it was not. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import MeasuredRun, Point
from cargo_hone.history.selection import Selection, Way
from cargo_hone.measure.sequential import Design, so_far
from cargo_hone.measure.spending import MOST_PAIRS
from cargo_hone.measure.statistics import Summary, compare, is_possible, summarize
from cargo_hone.model import AnyScenario, Comparison, Scenario
from cargo_hone.report.between_runs import Compared, Method, between_runs, nothing
from cargo_hone.report.course import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side has in a row: builds of one variant in one scenario, in one or several runs."""

    variant: str
    scenario: AnyScenario
    points: tuple[Point, ...]

    @property
    def summary(self) -> Summary | None:
        """All its builds together; None where none has a time that can be."""
        times = [time_s for point in self.points for time_s in point.times_s if is_possible(time_s)]
        return summarize(times) if times else None

    @property
    def runs(self) -> tuple[MeasuredRun, ...]:
        """The runs that it is from, the oldest first."""
        return tuple(point.run for point in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One scenario: both sides, and what may be said of B against A (a ratio above 1: B takes longer)."""

    scenario: AnyScenario
    a: Side
    b: Side
    comparison: Comparison
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """All that A against B shows; `notes` are sentences that must be read with it."""

    a: Selection
    b: Selection
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def comparing(
    a: Selection,
    b: Selection,
    points: Sequence[Point],
    *,
    scenarios: Sequence[str] = (),
    variant: str | None = None,
) -> Comparing:
    """Compare B with A by `points`, all of the history's, the oldest first.

    Two variants are compared in the newest run that has both, scenario by scenario. Labels, commits, branches and runs
    are compared in each variant that both have (in `variant` only, if given). Raises UsageProblem where there is
    nothing to compare.
    """
    if scenarios:
        points = [point for point in points if str(point.scenario) in scenarios]
    if a.way is Way.VARIANT and b.way is Way.VARIANT:
        if a.variant == b.variant:
            raise UsageProblem(
                f"`{a.text}` and `{b.text}` are the same variant",
                next_step="compare runs of it by their labels or commits: cargo hone compare LABEL LABEL",
            )
        rows = [*_variants(a, b, points)]
    elif Way.VARIANT in (a.way, b.way):
        other = b if a.way is Way.VARIANT else a
        raise UsageProblem(
            f"`{a.text}` is a {a.way} and `{b.text}` a {b.way}: they are not of one kind",
            next_step="compare two variants, or two of labels, commits, branches and runs (of one variant: "
            f"cargo hone compare {other.text} … --variant NAME)",
        )
    else:
        if {run.id for run in a.runs} == {run.id for run in b.runs}:
            raise UsageProblem(
                f"`{a.text}` and `{b.text}` are the same runs",
                next_step="to compare variants of one run name them: cargo hone compare baseline NAME",
            )
        rows = [*_runs(a, b, points, variant)]
    if not rows:
        raise UsageProblem(
            f"no scenario was measured both for `{a.text}` and for `{b.text}`"
            + (f" among {', '.join(scenarios)}" if scenarios else ""),
            next_step="see what was measured: cargo hone history",
        )
    notes = [f"{one.text}: {one.note}" for one in dict.fromkeys((a, b)) if one.note]
    return Comparing(a=a, b=b, rows=tuple(rows), notes=(*notes, *_notes(rows)))


def _variants(a: Selection, b: Selection, points: Sequence[Point]) -> Iterator[Row]:
    """The newest run that has both variants in a scenario; where there is none, the newest of each."""
    cells = {(point.run.id, point.scenario, point.variant): point for point in points}
    for scenario in _scenarios(points):
        of_b = [p for p in points if p.scenario == scenario and p.variant == b.variant]
        both = [
            (before, after)
            for after in reversed(of_b)
            if (before := _base_point(cells, after, a.variant or "")) is not None
        ]
        if both:
            before, after = both[0]
            sides = _sides((before,), (after,))
            yield Row(
                scenario=scenario,
                a=sides[0],
                b=sides[1],
                comparison=_paired(before, after),
                method=Method.PAIRED,
            )
            continue
        of_a = [p for p in points if p.scenario == scenario and p.variant == a.variant]
        if of_a and of_b:
            yield _unpaired(scenario, of_a[-1:], of_b[-1:], points)


def _base_point(
    cells: dict[tuple[int, AnyScenario, str], Point], after: Point, variant: str
) -> Point | None:
    """What a point is held against in its own run; without a cache the plain clean build is the warm one, too."""
    run = after.run
    scenario = after.scenario
    if scenario is Scenario.CLEAN_WARM and variant not in run.cached:
        scenario = Scenario.CLEAN_COLD
    found = cells.get((run.id, scenario, variant))
    return None if found is after else found


def _paired(before: Point, after: Point) -> Comparison:
    """Judge pairs as the run that measured them did: one that looked as it went on has wider intervals."""
    one = dict(zip(before.repetitions, before.times_s, strict=True))
    two = dict(zip(after.repetitions, after.times_s, strict=True))
    shared = sorted(one.keys() & two.keys())
    before_s, after_s = [one[number] for number in shared], [two[number] for number in shared]
    if after.run.had_budget:
        return so_far(Design.up_to(MOST_PAIRS), before_s, after_s)
    return compare(before_s, after_s)


def _runs(
    a: Selection, b: Selection, points: Sequence[Point], variant: str | None
) -> Iterator[Row]:
    of_a, of_b = _points_of(a, points), _points_of(b, points)
    there = dict.fromkeys(p.variant for p in of_a if any(p.variant == q.variant for q in of_b))
    if variant is not None and variant not in there:
        raise UsageProblem(
            f"the variant `{variant}` was not measured on both sides",
            next_step=f"choose one that was: {', '.join(there) or 'there is none'}",
        )
    for scenario in _scenarios(points):
        for name in there if variant is None else (variant,):
            before = [p for p in of_a if (p.scenario, p.variant) == (scenario, name)]
            after = [p for p in of_b if (p.scenario, p.variant) == (scenario, name)]
            if before and after:
                yield _unpaired(scenario, before, after, points)


def _points_of(selection: Selection, points: Sequence[Point]) -> list[Point]:
    wanted = {run.id for run in selection.runs}
    return [point for point in points if point.run.id in wanted]


def _unpaired(
    scenario: AnyScenario,
    before: Sequence[Point],
    after: Sequence[Point],
    points: Sequence[Point],
) -> Row:
    """Runs against runs, on the newest kind of machine that both sides have."""
    kinds = {kind_of(point) for point in before}
    newest = next((point for point in reversed(after) if kind_of(point) in kinds), None)
    if newest is None:
        (one, crate), (two, other) = kind_of(before[-1]), kind_of(after[-1])
        why = f"A was measured on {one}, B on {two}"
        if one == two:
            why = f"A edited {crate or 'nothing known'}, B {other or 'nothing known'}"
        found: Compared = nothing(f"{why}: that cannot be compared")
    else:
        kind = kind_of(newest)
        before = [point for point in before if kind_of(point) == kind]
        after = [point for point in after if kind_of(point) == kind]
        taken = {point.run.id for point in (*before, *after)}
        alike = [
            point
            for point in points
            if point.scenario == scenario
            and kind_of(point) == kind
            and point.run.id not in taken
            and point.variant in {before[-1].variant, after[-1].variant}
        ]
        found = between_runs(
            [point.times_s for point in before],
            [point.times_s for point in after],
            _repeated(alike),
        )
    a, b = _sides(before, after)
    return Row(scenario=scenario, a=a, b=b, comparison=found.comparison, method=found.method)


def _repeated(points: Sequence[Point]) -> list[list[Sequence[float]]]:
    """Runs of one and the same thing: commit, toolchain, variant and its settings."""
    groups: dict[tuple[object, ...], list[Sequence[float]]] = {}
    for point in points:
        run = point.run
        if run.commit is not None and not run.dirty:
            same = (run.commit, run.rustc, point.variant, point.config)
            groups.setdefault(same, []).append(point.times_s)
    return [group for group in groups.values() if len(group) > 1]


def _sides(before: Sequence[Point], after: Sequence[Point]) -> tuple[Side, Side]:
    one, two = (
        Side(variant=points[-1].variant, scenario=points[-1].scenario, points=tuple(points))
        for points in (before, after)
    )
    return one, two


def _scenarios(points: Iterable[Point]) -> list[AnyScenario]:
    """The scenarios there are: the built-in ones in their order, then the workspace's own."""
    there = dict.fromkeys(point.scenario for point in points)
    known = [scenario for scenario in Scenario if scenario in there]
    return [*known, *sorted(scenario for scenario in there if not isinstance(scenario, Scenario))]


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what else differs between the sides."""
    unpaired = [row for row in rows if row.method is not Method.PAIRED]
    if not unpaired:
        return
    yield (
        "A and B were not built side by side: what changed in the machine between the runs is in the difference."
    )
    sides = {"A": [row.a for row in unpaired], "B": [row.b for row in unpaired]}
    toolchains = {
        word: ", ".join(sorted({run.rustc for side in found for run in side.runs}))
        for word, found in sides.items()
    }
    if toolchains["A"] != toolchains["B"]:
        yield (
            f"The toolchains differ (A: {toolchains['A']}; B: {toolchains['B']}): "
            "their difference is in it as well."
        )
    for word, found in sides.items():
        dirty = sorted({run.id for side in found for run in side.runs if run.dirty})
        if dirty:
            runs = ", ".join(str(number) for number in dirty)
            yield f"{word} was measured with uncommitted changes (run {runs})."
    for variant in dict.fromkeys(row.a.variant for row in unpaired):
        configs = {
            point.config
            for found in sides.values()
            for side in found
            for point in side.points
            if point.variant == variant
        }
        if len(configs) > 1:
            yield f"The variant {variant} did not have the same settings in all of these runs."
