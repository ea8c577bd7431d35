"""What the target directory tells of compile times, against what cargo itself says."""

import os
import time
from pathlib import Path

import pytest

from cargo_hone.cargo import timings
from cargo_hone.sweep.price import compile_times
from cargo_hone.target.compile_times import CompileTime
from cargo_hone.target.units import Mode, TargetKind, UnitId
from tests.target.tiny import BUILD, Tiny


def times(tiny: Tiny) -> dict[UnitId, CompileTime]:
    return dict(compile_times(tiny.state()))


def one(tiny: Tiny, package: str, kind: TargetKind, mode: Mode = Mode.BUILD) -> CompileTime | None:
    """The only unit of that sort."""
    found = [
        times(tiny).get(unit.id)
        for unit in tiny.state().units.units
        if (unit.id.package, unit.kind, unit.mode) == (package, kind, mode)
    ]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def timed(built: Tiny, tmp_path: Path) -> Tiny:
    """Built once, with cargo's own timings beside it."""
    tiny = built.copy(tmp_path / "ws")
    (tiny.root / "target").rename(tmp_path / "old")
    tiny.cargo(*BUILD, "--timings")
    return tiny


def test_they_are_cargos_own(timed: Tiny) -> None:
    said = {(unit.package, unit.target): unit for unit in timings.read(timed.target)}
    pairs = {
        ("app", ""): one(timed, "app", TargetKind.LIB),
        ("native", ""): one(timed, "native", TargetKind.LIB),
        ("going", ""): one(timed, "going", TargetKind.LIB),
        ("mac", ""): one(timed, "mac", TargetKind.LIB),
        ("native", "build-script"): one(timed, "native", TargetKind.BUILD_SCRIPT),
        ("native", "build-script (run)"): one(timed, "native", TargetKind.BUILD_SCRIPT, Mode.RUN),
    }
    for name, found in pairs.items():
        assert found is not None, name
        assert found.is_whole
        # cargo rounds to hundredths (what took none is not listed), and sees a file later than its writer did.
        duration_s = said[name].duration_s if name in said else 0.0
        assert found.wall_s == pytest.approx(duration_s, abs=0.25), name
    library, macro = pairs["app", ""], pairs["mac", ""]
    assert library is not None
    assert library.frontend_s is not None
    assert 0 < library.frontend_s <= library.wall_s
    assert macro is not None
    assert macro.frontend_s is None


def test_an_edit_makes_the_times_of_its_package_partial(timed: Tiny) -> None:
    timed.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    timed.cargo(*BUILD)
    library, script = one(timed, "app", TargetKind.LIB), one(timed, "native", TargetKind.LIB)
    assert library is not None
    assert not library.is_whole
    assert script is not None
    assert script.is_whole


def test_a_copy_without_times_tells_nothing(timed: Tiny) -> None:
    now = time.time()
    for path in timed.target.rglob("*"):
        os.utime(path, (now, now))
    modes = {unit.id: unit.mode for unit in timed.state().units.units}
    assert {modes[unit_id] for unit_id in times(timed)} <= {Mode.RUN}
