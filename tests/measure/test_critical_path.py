"""The longest chain of units: small ones by hand, any by comparing with all ways there are, and a real report."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.cargo import timings
from cargo_hone.cargo.build import build
from cargo_hone.cargo.timings import UnitTime
from cargo_hone.measure.critical_path import Running, alone_s, critical_path, running
from cargo_hone.proc import clean_environment

from .workspaces import FILES, write_files


def unit(
    number: int,
    duration_s: float,
    *,
    start_s: float = 0.0,
    frontend_s: float | None = None,
    unblocks: Sequence[int] = (),
    early: Sequence[int] = (),
) -> UnitTime:
    return UnitTime(
        package=f"p{number}",
        target="",
        start_s=start_s,
        duration_s=duration_s,
        frontend_s=frontend_s,
        number=number,
        unblocks=tuple(unblocks),
        unblocks_early=tuple(early),
    )


def numbers(units: Sequence[UnitTime]) -> list[int]:
    return [link.unit.number for link in critical_path(units, wall_s=10.0).links]


def test_the_longest_way_is_taken_not_the_one_with_most_units() -> None:
    units = [unit(0, 1, unblocks=[1, 2]), unit(1, 5), unit(2, 1, unblocks=[3]), unit(3, 1)]
    assert numbers(units) == [0, 1]


def test_who_waits_for_metadata_only_waits_for_the_front_end() -> None:
    units = [unit(0, 6, frontend_s=2, early=[1]), unit(1, 3)]
    # 2 + 3 is less than the 6 that the first one takes by itself.
    assert numbers(units) == [0]
    units = [unit(0, 6, frontend_s=4, early=[1]), unit(1, 3)]
    found = critical_path(units, wall_s=14.0)
    assert [link.holds_up_s for link in found.links] == [4, 3]
    assert (found.length_s, found.share) == (7, 0.5)


def test_without_a_time_for_the_front_end_all_of_it_is_waited_for() -> None:
    units = [unit(0, 6, early=[1]), unit(1, 3)]
    assert critical_path(units, wall_s=9.0).length_s == 9


def test_waiting_for_a_core_is_told_apart_from_waiting_for_a_unit() -> None:
    units = [unit(0, 2, start_s=1.0, unblocks=[1]), unit(1, 3, start_s=3.75)]
    assert [link.waited_s for link in critical_path(units, wall_s=7.0).links] == [0, 0.75]


def test_edges_to_fresh_units_lead_nowhere() -> None:
    assert numbers([unit(0, 2, unblocks=[7], early=[8])]) == [0]


def test_without_units_there_is_no_path() -> None:
    found = critical_path([], wall_s=0.0)
    assert (found.links, found.length_s, found.share) == ((), 0, 0)
    assert (running([]), alone_s([])) == ((), 0)


@pytest.mark.parametrize(
    "units",
    [
        [unit(0, 2, unblocks=[1]), unit(1, 9, unblocks=[0])],  # a circle
        [unit(0, 2, unblocks=[1]), unit(1, 9), unit(1, 1)],  # one number twice
    ],
)
def test_a_report_that_makes_no_sense_makes_each_unit_a_chain_of_its_own(
    units: list[UnitTime],
) -> None:
    found = critical_path(units, wall_s=10.0)
    assert [link.unit for link in found.links] == [units[1]]


def test_how_many_run_at_each_moment() -> None:
    units = [unit(0, 2, start_s=1.0), unit(1, 3, start_s=2.0), unit(2, 1, start_s=3.0)]
    steps = [(1.0, 1), (2.0, 2), (4.0, 1), (5.0, 0)]
    assert running(units) == tuple(Running(since_s=at, units=count) for at, count in steps)
    assert alone_s(units) == 2.0


@st.composite
def builds(draw: st.DrawFn) -> list[UnitTime]:
    """Any graph without circles, under shuffled numbers; whole seconds, so that sums are exact."""
    count = draw(st.integers(1, 8))
    names = draw(st.permutations(range(count)))
    units = []
    for place, name in enumerate(names):
        later = (
            st.lists(st.sampled_from(names[place + 1 :]), unique=True)
            if names[place + 1 :]
            else st.just([])
        )
        duration_s = draw(st.integers(1, 20))
        units.append(
            unit(
                name,
                duration_s,
                frontend_s=draw(st.none() | st.integers(0, duration_s)),
                unblocks=draw(later),
                early=draw(later),
            )
        )
    return draw(st.permutations(units))


def every_length_s(units: Sequence[UnitTime]) -> list[float]:
    """The lengths of all chains, by walking each of them."""
    by_number = {unit.number: unit for unit in units}

    def from_here(at: UnitTime) -> list[float]:
        lengths: list[float] = [at.duration_s]
        front_s = at.duration_s if at.frontend_s is None else at.frontend_s
        for following, held_s in (
            *((other, at.duration_s) for other in at.unblocks),
            *((other, front_s) for other in at.unblocks_early if other not in at.unblocks),
        ):
            lengths += [held_s + rest for rest in from_here(by_number[following])]
        return lengths

    return [length for unit in units for length in from_here(unit)]


@given(builds())
def test_no_chain_is_longer(units: list[UnitTime]) -> None:
    found = critical_path(units, wall_s=1.0)
    assert found.length_s == max(every_length_s(units))
    for link, following in zip(found.links, found.links[1:], strict=False):
        assert following.unit.number in {*link.unit.unblocks, *link.unit.unblocks_early}


@given(builds())
def test_the_same_units_in_another_order_make_the_same_path(units: list[UnitTime]) -> None:
    assert critical_path(units, wall_s=1.0) == critical_path(units[::-1], wall_s=1.0)


def test_a_real_report_makes_a_chain_that_its_build_was_not_faster_than(tmp_path: Path) -> None:
    workspace = write_files(tmp_path / "works", FILES)
    env = clean_environment(os.environ)
    target = tmp_path / "target"
    outcome = build(cwd=workspace, args=["build", "--timings"], env=env, target_dir=target)
    units = timings.read(target)
    found = critical_path(units, wall_s=outcome.wall_s)
    chain = [link.unit.package for link in found.links]
    assert chain[0] == "ground"
    assert chain[-1] == "product"  # it links, so it is the last one
    assert len(chain) > 1
    # Times in the report are rounded to a hundredth of a second.
    assert found.length_s <= outcome.wall_s + 0.01 * len(chain)
    assert 0 < found.share <= 1.1
    assert running(units)[-1].units == 0
    assert max(step.units for step in running(units)) <= 3
