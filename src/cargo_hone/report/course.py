"""The course over commits: what each scenario took, run after run, and since when it is worse or better. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.history.course import Point
from cargo_hone.measure.change_point import changes
from cargo_hone.measure.statistics import Summary, is_possible, summarize
from cargo_hone.model import AnyScenario

_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*%#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One run of a series. `ratio` is its median by that of the run before it on the same kind of machine.

    None where there is none. It is what the two runs took, no verdict: that is what a Turn is.
    """

    point: Point
    summary: Summary
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """From step `first` on (an index into the series) times are `ratio` of what they were.

    `chance` of seeing this without any change. The true first run probably lies from step `earliest` to `latest`.
    """

    first: int
    ratio: float
    chance: float
    earliest: int
    latest: int

    @property
    def is_worse(self) -> bool:
        """Whether builds take longer since then."""
        return self.ratio > 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One scenario with one variant: its steps, the newest last, and the turns that the steps show."""

    scenario: AnyScenario
    variant: str
    steps: tuple[Step, ...]
    turns: tuple[Turn, ...]

    def turn_at(self, place: int) -> Turn | None:
        """Return the turn that begins with a step."""
        return next((turn for turn in self.turns if turn.first == place), None)


def series_of(points: Sequence[Point], *, order: Mapping[str, int] | None = None) -> list[Series]:
    """Return the series that `points` make, the oldest first.

    `order` is where commits stand on their branch (larger is newer): runs of other commits are left out then. Turns
    are searched among runs on one kind of machine that edited the same crate. Times that cannot be are left out.
    """
    cells: dict[tuple[AnyScenario, str], list[Point]] = {}
    for point in points:
        if order is None or point.run.commit in order:
            cells.setdefault((point.scenario, point.variant), []).append(point)
    if order is not None:
        for found in cells.values():
            # Stable: several runs of one commit stay in the order of their times.
            found.sort(key=lambda point: order[point.run.commit or ""])
    made = [_series(scenario, variant, found) for (scenario, variant), found in cells.items()]
    return [one for one in made if one.steps]


def shortened(series: Series, most: int) -> Series:
    """Return the series with its newest `most` steps; turns before them are left out."""
    cut = max(0, len(series.steps) - most)
    turns = (turn for turn in series.turns if turn.first >= cut)
    return Series(
        scenario=series.scenario,
        variant=series.variant,
        steps=series.steps[cut:],
        turns=tuple(
            Turn(
                first=turn.first - cut,
                ratio=turn.ratio,
                chance=turn.chance,
                earliest=max(0, turn.earliest - cut),
                latest=turn.latest - cut,
            )
            for turn in turns
        ),
    )


def spark(series: Series, *, ascii_only: bool) -> str:
    """Return a small picture of the medians, a character for each step."""
    values = [step.summary.median_s for step in series.steps]
    bars = _PLAIN_BARS if ascii_only else _BARS
    low, high = min(values), max(values)
    # Less than a tenth between lowest and highest is drawn as such: noise is no mountain range.
    span = max(high - low, high * 0.1)
    return "".join(bars[round((value - low) / span * (len(bars) - 1))] for value in values)


def kind_of(point: Point) -> tuple[str, str]:
    """Return what must be the same for two points to be comparable: the machine, and the crate that is edited."""
    return point.run.machine, point.run.edited(point.scenario)


def _series(scenario: AnyScenario, variant: str, points: Sequence[Point]) -> Series:
    steps: list[Step] = []
    kinds: dict[tuple[str, str], list[int]] = {}
    for point in points:
        times = [time_s for time_s in point.times_s if is_possible(time_s)]
        if not times:
            continue
        summary = summarize(times)
        alike = kinds.setdefault(kind_of(point), [])
        before = steps[alike[-1]].summary.median_s if alike else None
        ratio = summary.median_s / before if before else None
        alike.append(len(steps))
        steps.append(Step(point=point, summary=summary, ratio=ratio))
    turns = [turn for places in kinds.values() for turn in _turns(steps, places)]
    return Series(
        scenario=scenario,
        variant=variant,
        steps=tuple(steps),
        turns=tuple(sorted(turns, key=lambda turn: turn.first)),
    )


def _turns(steps: Sequence[Step], places: Sequence[int]) -> list[Turn]:
    return [
        Turn(
            first=places[change.first],
            ratio=change.ratio,
            chance=change.chance,
            earliest=places[change.earliest],
            latest=places[min(change.latest, len(places) - 1)],
        )
        for change in changes([steps[place].summary.median_s for place in places])
    ]
