"""What bounds a build: the chain of units, split by what rustc does in them."""

import pytest

from cargo_hone.cargo.timings import UnitTime
from cargo_hone.model import Scenario
from cargo_hone.tune.bound import Part, find
from cargo_hone.tune.passes import Passes

EDIT = Scenario.EDIT_ROOT


def unit(
    number: int,
    package: str,
    start_s: float,
    duration_s: float,
    *,
    frontend_s: float | None = None,
    early: tuple[int, ...] = (),
    late: tuple[int, ...] = (),
    target: str = "",
) -> UnitTime:
    return UnitTime(
        package=package,
        target=target,
        start_s=start_s,
        duration_s=duration_s,
        frontend_s=frontend_s,
        number=number,
        unblocks=late,
        unblocks_early=early,
    )


def said(crate: str, kind: str, front: float, code: float, link: float) -> Passes:
    return Passes(crate=crate, kind=kind, front_end_s=front, code_generation_s=code, linking_s=link)


CHAIN = [
    unit(0, "core-lib", 0.0, 3.0, frontend_s=2.0, early=(1,)),
    unit(1, "app", 2.0, 5.0, target="app bin"),
    unit(2, "beside", 2.0, 1.0, frontend_s=0.5),
]


def test_the_chain_is_split_by_what_rustc_does_in_it() -> None:
    passes = [said("app", "bin", 1.0, 1.0, 8.0), said("core_lib", "lib", 1.0, 1.0, 0.0)]
    found = find(EDIT, CHAIN, passes, wall_s=8.0)
    assert found is not None
    # 2 s of the library's front end, then 5 s of the program: a tenth, a tenth, eight tenths; 1 s is beside it.
    assert found.shares[Part.FRONT_END] == pytest.approx((2.0 + 0.5) / 8.0)
    assert found.shares[Part.CODE_GENERATION] == pytest.approx(0.5 / 8.0)
    assert found.shares[Part.LINKING] == pytest.approx(4.0 / 8.0)
    assert found.shares[Part.WAITING] == pytest.approx(1.0 / 8.0)
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.by is Part.LINKING
    assert "bound by linking" in found.said
    assert "core-lib → app" in found.said


def test_each_unit_says_its_part_in_the_chain() -> None:
    found = find(EDIT, CHAIN, [], wall_s=8.0)
    assert found is not None
    assert [(one.unit, one.holds_up_s) for one in found.units] == [
        ("core-lib", 2.0),
        ("app (app bin)", 5.0),
        ("beside", 0.0),
    ]


def test_where_rustc_was_not_asked_cargo_knows_only_the_front_end() -> None:
    found = find(EDIT, CHAIN, [], wall_s=8.0)
    assert found is not None
    assert found.units[0].parts[Part.FRONT_END] == pytest.approx(2 / 3)
    assert found.units[1].parts == {}
    assert found.by is Part.UNKNOWN


def test_waiting_bounds_where_the_chain_is_short() -> None:
    units = [unit(n, f"u{n}", float(n), 1.0, frontend_s=0.5) for n in range(6)]
    found = find(EDIT, units, [], wall_s=6.0)
    assert found is not None
    assert found.by is Part.WAITING
    assert found.shares[Part.WAITING] == pytest.approx(5 / 6)


def test_a_test_program_is_not_its_library() -> None:
    units = [unit(0, "app", 0.0, 2.0, target="app lib (test)")]
    passes = [said("app", "lib", 1.0, 0.0, 0.0), said("app", "test", 0.0, 0.0, 1.0)]
    found = find(EDIT, units, passes, wall_s=2.0)
    assert found is not None
    assert found.by is Part.LINKING


def test_a_unit_that_is_only_checked_is_known_by_its_package() -> None:
    units = [unit(0, "my-app", 0.0, 2.0, target="(check)", frontend_s=1.0)]
    found = find(EDIT, units, [said("my_app", "lib", 3.0, 0.0, 1.0)], wall_s=2.0)
    assert found is not None
    assert found.units[0].parts[Part.FRONT_END] == pytest.approx(0.75)


def test_nothing_compiled_is_nothing_to_say() -> None:
    assert find(EDIT, [], [], wall_s=1.0) is None
