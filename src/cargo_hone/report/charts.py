"""Where the marks of a chart go: every sample a dot, its median a bar, times from zero.

Only geometry, as numbers; the template draws. Horizontal places are percentages of the width, so that one
drawing fits a telephone and a wide screen without its text being scaled; vertical ones are pixels.
"""

import math
from dataclasses import dataclass
from statistics import median

from cargo_hone.history.run import RunRecord
from cargo_hone.report import figures
from cargo_hone.report.table import Row, Table, base_scenario

_LANE_PX = 46
_LABEL_PX = 15
_TRACK_PX = 31
_AXIS_PX = 26
_TICKS = 4
_TOUCHING = 1.3
"""Dots closer than this (in percent of the width) are set above and below each other."""
_LEVELS_PX = (0, -5, 5, -9, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One sample: its place, its pixels off the lane's middle, and its time."""

    x_percent: float
    y_px: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One variant. `role` is base, part or whole: what the colour stands for, besides the name."""

    name: str
    role: str
    label_y_px: int
    track_y_px: int
    dots: tuple[Dot, ...]
    low_percent: float
    high_percent: float
    median_percent: float
    median_text: str
    change_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark of the axis."""

    x_percent: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One scenario. `description` says in words what the drawing shows."""

    key: str
    title: str
    description: str
    height_px: int
    axis_y_px: int
    base_percent: float | None
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


def build_charts(run: RunRecord, table: Table) -> tuple[Chart, ...]:
    """Lay out one chart for each row of the table."""
    return tuple(_chart(run, table, row) for row in table.rows)


def ticks_s(longest_s: float) -> tuple[float, ...]:
    """Choose round times from zero to at least `longest_s`, in seconds: steps of 1, 2 or 5 times ten to the n.

    Raises ValueError for a time that is not positive.
    """
    if longest_s <= 0:
        raise ValueError(f"no axis can be drawn for {longest_s} s")
    raw = longest_s / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    count = math.ceil(longest_s / step * 0.999)
    return tuple(round(step * number, 10) for number in range(count + 1))


def _chart(run: RunRecord, table: Table, row: Row) -> Chart:
    times = [(name, _times(run, row, name)) for name in table.columns]
    ticks = ticks_s(max(time for _, lane in times for time in lane))
    end_s = ticks[-1]
    lanes = tuple(
        _lane(row, name, lane_s, end_s=end_s, role=_role(table, name), place=place)
        for place, (name, lane_s) in enumerate(pair for pair in times if pair[1])
    )
    base = next((lane for lane in lanes if lane.role == "base"), None)
    axis_y_px = len(lanes) * _LANE_PX
    return Chart(
        key=row.scenario,
        title=row.label,
        description=_described(lanes),
        height_px=axis_y_px + _AXIS_PX,
        axis_y_px=axis_y_px,
        base_percent=base.median_percent if base else None,
        lanes=lanes,
        ticks=tuple(Tick(x_percent=_percent(at, end_s), text=f"{at:g}") for at in ticks),
    )


def _times(run: RunRecord, row: Row, name: str) -> list[float]:
    """Return a lane's times; the base without samples of its own is shown by what it is compared with."""
    samples = run.samples_of(row.scenario, name)
    if not samples and name == run.variants[0].name:
        samples = run.samples_of(base_scenario(row.scenario), name)
    return [sample.wall_s for sample in samples]


def _role(table: Table, name: str) -> str:
    if name == table.columns[0]:
        return "base"
    return "whole" if name == table.columns[-1] else "part"


def _lane(
    row: Row, name: str, times_s: list[float], *, end_s: float, role: str, place: int
) -> Lane:
    cell = next(cell for cell in row.cells if cell.variant == name)
    borrowed = cell.summary is None
    return Lane(
        name=f"{name}, cold" if borrowed else name,
        role=role,
        label_y_px=place * _LANE_PX + _LABEL_PX,
        track_y_px=place * _LANE_PX + _TRACK_PX,
        dots=_dots(sorted(times_s), end_s),
        low_percent=_percent(min(times_s), end_s),
        high_percent=_percent(max(times_s), end_s),
        median_percent=_percent(median(times_s), end_s),
        median_text=figures.seconds(median(times_s)),
        change_text=cell.change_text,
    )


def _dots(times_s: list[float], end_s: float) -> tuple[Dot, ...]:
    dots: list[Dot] = []
    level = 0
    for time_s in times_s:
        x_percent = _percent(time_s, end_s)
        touches = dots and x_percent - dots[-1].x_percent < _TOUCHING
        level = (level + 1) % len(_LEVELS_PX) if touches else 0
        dots.append(Dot(x_percent=x_percent, y_px=_LEVELS_PX[level], text=figures.seconds(time_s)))
    return tuple(dots)


def _described(lanes: tuple[Lane, ...]) -> str:
    return "; ".join(
        f"{lane.name}: median {lane.median_text}"
        + (f" ({lane.change_text})" if lane.change_text else "")
        + f", {figures.count(len(lane.dots), 'sample')}"
        for lane in lanes
    )


def _percent(time_s: float, end_s: float) -> float:
    return round(100 * time_s / end_s, 2)
