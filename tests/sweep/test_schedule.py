"""How long a set of units takes on so many jobs, where it can be worked out by hand."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cargo_hone.sweep.price import Cost, Source
from cargo_hone.sweep.schedule import wall_seconds
from cargo_hone.target.units import UnitId


def unit(name: str) -> UnitId:
    return UnitId(profile=Path("debug"), package=name, hash="0" * 16)


def seconds(
    times: Mapping[str, tuple[float, float | None]],
    needs: Mapping[str, str] | None = None,
    *,
    jobs: int = 2,
) -> float:
    """Times as (whole, front end) by unit; `needs` names units by their letters."""
    costs = {
        unit(name): Cost(wall_s=wall_s, frontend_s=frontend_s, source=Source.TARGET)
        for name, (wall_s, frontend_s) in times.items()
    }
    edges = {
        unit(name): frozenset(unit(other) for other in (needs or {}).get(name, ""))
        for name in times
    }
    return wall_seconds(costs, edges, jobs=jobs)


def test_nothing_takes_no_time() -> None:
    assert seconds({}) == 0.0


def test_independent_units_share_the_jobs() -> None:
    times: dict[str, tuple[float, float | None]] = {"a": (3, None), "b": (2, None), "c": (1, None)}
    assert seconds(times, jobs=1) == 6.0
    assert seconds(times, jobs=2) == 3.0
    assert seconds(times, jobs=9) == 3.0


def test_a_chain_has_no_use_for_a_second_job() -> None:
    assert seconds({"a": (3, None), "b": (2, None)}, {"b": "a"}) == 5.0


def test_a_library_starts_on_metadata_a_program_waits_for_the_end() -> None:
    library: dict[str, tuple[float, float | None]] = {"a": (5, 1), "b": (2, 1)}
    assert seconds(library, {"b": "a"}) == 5.0
    program: dict[str, tuple[float, float | None]] = {"a": (5, 1), "b": (2, None)}
    assert seconds(program, {"b": "a"}) == 7.0


def test_the_longest_way_goes_first() -> None:
    # c holds up d: with a or b first it would take 7.
    times: dict[str, tuple[float, float | None]] = {
        "a": (2, None),
        "b": (2, None),
        "c": (2, None),
        "d": (3, None),
    }
    assert seconds(times, {"d": "c"}) == 5.0


def test_what_is_there_already_is_not_waited_for() -> None:
    costs = {unit("a"): Cost(wall_s=2, frontend_s=None, source=Source.TARGET)}
    assert wall_seconds(costs, {unit("a"): frozenset({unit("z")})}, jobs=1) == 2.0


def test_a_circle_ends() -> None:
    assert seconds({"a": (1, None), "b": (2, None)}, {"a": "b", "b": "a"}) == 3.0


@given(
    times=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    jobs=st.integers(1, 4),
    data=st.data(),
)
def test_between_the_longest_chain_and_one_after_the_other(
    times: list[int], jobs: int, data: st.DataObject
) -> None:
    names = "abcdefgh"[: len(times)]
    needs = {
        name: "".join(data.draw(st.sets(st.sampled_from(names[:index])))) if index else ""
        for index, name in enumerate(names)
    }
    longest: dict[str, int] = {}
    for name, wall_s in zip(names, times, strict=True):
        longest[name] = wall_s + max((longest[other] for other in needs[name]), default=0)
    found = seconds(
        {name: (float(wall_s), None) for name, wall_s in zip(names, times, strict=True)},
        needs,
        jobs=jobs,
    )
    assert max(*longest.values(), sum(times) / jobs, 0) <= found <= sum(times)
    if jobs == 1:
        assert found == pytest.approx(sum(times))
