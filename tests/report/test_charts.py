import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.history.run import RunRecord
from cargo_hone.report.charts import build_charts, ticks_s
from cargo_hone.report.table import build_table


@pytest.mark.parametrize(
    ("longest_s", "ticks"),
    [
        (71.6, (0, 20, 40, 60, 80)),
        (80.0, (0, 20, 40, 60, 80)),
        (0.31, (0, 0.1, 0.2, 0.3, 0.4)),
        (6.2, (0, 2, 4, 6, 8)),
    ],
)
def test_the_axis_has_round_times(longest_s: float, ticks: tuple[float, ...]) -> None:
    assert ticks_s(longest_s) == ticks


@given(st.floats(min_value=1e-3, max_value=1e5))
def test_the_axis_begins_at_zero_and_holds_every_time(longest_s: float) -> None:
    ticks = ticks_s(longest_s)
    assert ticks[0] == 0
    assert ticks[-1] >= longest_s * 0.99
    assert 2 <= len(ticks) <= 6


def test_no_axis_for_no_time() -> None:
    with pytest.raises(ValueError, match="no axis"):
        ticks_s(0)


def test_marks_stand_where_their_times_are(run: RunRecord) -> None:
    chart = build_charts(run, build_table(run))[0]
    base, _, whole = chart.lanes
    # The axis ends at 80 s: 50, 60, 70 and 42 s are 62.5, 75, 87.5 and 52.5 % of it.
    assert [dot.x_percent for dot in base.dots] == [62.5, 75.0, 87.5]
    assert (base.low_percent, base.median_percent, base.high_percent) == (62.5, 75.0, 87.5)
    assert whole.median_percent == 52.5
    assert chart.base_percent == 75.0
    assert [lane.role for lane in chart.lanes] == ["base", "part", "whole"]


def test_dots_that_would_cover_each_other_are_set_apart(run: RunRecord) -> None:
    charts = {chart.key: chart for chart in build_charts(run, build_table(run))}
    places = [(dot.x_percent, dot.y_px) for dot in charts["noop"].lanes[0].dots]
    assert len(set(places)) == 4


def test_a_warm_chart_shows_the_cold_base(run: RunRecord) -> None:
    charts = {chart.key: chart for chart in build_charts(run, build_table(run))}
    assert [lane.name for lane in charts["clean-warm"].lanes] == [
        "baseline, cold",
        "sccache only",
        "all changes",
    ]
