"""What bounds an incremental build, in a sentence."""

from cargo_hone.cargo.timings import UnitTime
from cargo_hone.optimize.bound import find


def unit(number: int, package: str, duration_s: float, unblocks: tuple[int, ...] = ()) -> UnitTime:
    return UnitTime(
        package=package,
        target="",
        start_s=0.0,
        duration_s=duration_s,
        frontend_s=None,
        number=number,
        unblocks=unblocks,
        unblocks_early=(),
    )


def test_one_unit_is_named_with_its_share() -> None:
    found = find("edit leaf", [unit(0, "app", 0.6)], wall_s=0.8)
    assert found is not None
    assert found.text == "edit leaf compiles 1 unit, app takes 0.6 of 0.8 s (75%)"


def test_the_chain_that_waits_for_each_other_is_named() -> None:
    units = [unit(0, "core", 1.0, (1, 2)), unit(1, "side", 0.2), unit(2, "app", 0.8)]
    found = find("edit root", units, wall_s=2.0)
    assert found is not None
    assert found.text.endswith("one after the other core → app: 1.8 s (90%)")


def test_without_units_nothing_is_said() -> None:
    assert find("edit root", [], wall_s=1.0) is None
