"""One build as a sample: a real cargo on three crates, and clocks that do not keep time."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cargo_hone.errors import ToolMissing
from cargo_hone.measure import clocks
from cargo_hone.measure.accounting import Accounting, find_accounting
from cargo_hone.measure.clocks import ClockCheck, Clocks
from cargo_hone.measure.meter import Arm, Reading, allocated_bytes, doubts, take_reading
from cargo_hone.model import AccountingMethod, CacheCounts, Sample, Scenario, Variant

BASE = Arm(variant=Variant(name="base"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def read(workspace: Path, target: Path, environ: dict[str, str], arm: Arm = BASE) -> Reading:
    return take_reading(arm, workspace=workspace, target_dir=target, environ=environ)


def as_sample(reading: Reading) -> Sample:
    return reading.sample(scenario=Scenario.NOOP, variant="base", repetition=3, target_bytes=None)


def test_a_build_is_a_sample_with_all_that_it_cost(
    workspace: Path, target: Path, environ: dict[str, str]
) -> None:
    first = as_sample(read(workspace, target, environ))
    second = as_sample(read(workspace, target, environ))
    assert (first.units_compiled, first.units_fresh) == (3, 0)
    assert (second.units_compiled, second.units_fresh) == (0, 3)
    assert first.accounting is second.accounting is find_accounting().method
    assert first.accounting_note == find_accounting().note
    assert first.cpu_s > second.cpu_s > 0
    assert first.wall_s > second.wall_s > 0
    assert first.server_cpu_s is None
    assert (first.clock_jump_s, first.suspended_s, doubts(first)) == (0, 0, ())
    if first.accounting is not AccountingMethod.RUSAGE:
        assert first.peak_memory_bytes is not None
        assert 5_000_000 < first.peak_memory_bytes < 2_000_000_000
    if hasattr(os, "getloadavg"):
        assert first.load_1m is not None
        assert first.load_1m >= 0


@pytest.mark.parametrize("accounting", [Accounting(), Accounting(processes_seen=False)])
def test_the_way_of_counting_can_be_given(
    workspace: Path, target: Path, environ: dict[str, str], accounting: Accounting
) -> None:
    reading = take_reading(
        BASE, workspace=workspace, target_dir=target, environ=environ, accounting=accounting
    )
    assert reading.used.method is accounting.method
    assert reading.used.cpu_s == reading.outcome.cpu_s


def test_a_build_that_fails_is_a_value(
    workspace: Path, target: Path, environ: dict[str, str]
) -> None:
    (workspace / "middle" / "src" / "lib.rs").write_text("not rust")
    reading = read(workspace, target, environ)
    assert not reading.outcome.ok
    assert "middle" in reading.outcome.rendered
    assert reading.used.cpu_s > 0


def test_a_missing_cargo_is_said_and_nothing_is_left_behind(
    workspace: Path, target: Path, tmp_path: Path
) -> None:
    before = Path("/proc/self/cgroup").read_text() if Path("/proc").is_dir() else ""
    with pytest.raises(ToolMissing):
        read(workspace, target, {"PATH": str(tmp_path)})
    assert not before or Path("/proc/self/cgroup").read_text() == before


@dataclass(kw_only=True)
class Probe:
    """A cache that writes down what it was asked."""

    calls: list[str] = field(default_factory=list)

    def prepare_cold(self) -> None:
        self.calls.append("cold")

    def reset(self) -> None:
        self.calls.append("reset")

    def read(self) -> CacheCounts:
        self.calls.append("read")
        return CacheCounts(hits=2, misses=1, not_cacheable=0, errors=0)

    def server_pids(self) -> tuple[int, ...]:
        self.calls.append("servers")
        return ()


def test_the_cache_is_asked_before_and_after_and_its_servers_between(
    workspace: Path, target: Path, environ: dict[str, str]
) -> None:
    probe = Probe()
    arm = Arm(variant=Variant(name="cached", cached=True), probe=probe)
    sample = as_sample(read(workspace, target, environ, arm))
    assert probe.calls == ["reset", "servers", "servers", "read"]
    assert sample.cache == CacheCounts(hits=2, misses=1, not_cacheable=0, errors=0)


def test_a_clock_that_jumps_moves_no_wall_time_and_is_told(
    workspace: Path, target: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    true = clocks.now
    added_s: Iterator[float] = iter((0.0, -7200.0))

    def jumping() -> Clocks:
        now = true()
        return Clocks(
            wall_s=now.wall_s + next(added_s), awake_s=now.awake_s, asleep_too_s=now.asleep_too_s
        )

    monkeypatch.setattr(clocks, "now", jumping)
    sample = as_sample(read(workspace, target, environ))
    assert sample.clock_jump_s == pytest.approx(-7200, abs=1)
    assert 0 < sample.wall_s < 600
    (doubt,) = doubts(sample)
    assert "set back by 7200" in doubt


def test_a_machine_that_slept_is_told(
    workspace: Path, target: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ClockCheck(jump_s=12.0, suspended_s=630.0)
    monkeypatch.setattr(clocks, "check", lambda *_: found)
    sample = as_sample(read(workspace, target, environ))
    assert (sample.clock_jump_s, sample.suspended_s) == (12.0, 630.0)
    jumped, slept = doubts(sample)
    assert "set forwards by 12.0 s" in jumped
    assert "slept for 630.0 s" in slept


def test_hard_links_are_counted_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 400_000)
    alone_bytes = allocated_bytes(tmp_path)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert allocated_bytes(tmp_path) == alone_bytes
    (tmp_path / "three").write_bytes(b"x" * 400_000)
    assert allocated_bytes(tmp_path) >= alone_bytes + 400_000
