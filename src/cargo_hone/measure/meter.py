"""One build, as a sample."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cargo_hone.cargo.build import BuildOutcome, build
from cargo_hone.files.walk import disk_usage
from cargo_hone.measure import clocks
from cargo_hone.measure.account import Used
from cargo_hone.measure.accounting import Accounting, find_accounting
from cargo_hone.measure.clocks import ClockCheck
from cargo_hone.model import AnyScenario, CacheCounts, Sample, Variant

BUILD = ("build", "--workspace")
"""What is timed unless a scenario says otherwise."""


class CacheProbe(Protocol):
    """What measuring needs from the compiler cache behind a variant, whichever it is."""

    def prepare_cold(self) -> None:
        """Empty the cache."""

    def reset(self) -> None:
        """Begin to count from zero."""

    def read(self) -> CacheCounts:
        """Return what was counted since the last reset."""

    def server_pids(self) -> tuple[int, ...]:
        """Return the processes that work for builds without being started by them; empty where none run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A variant with the probe of its cache (None for a variant without one)."""

    variant: Variant
    probe: CacheProbe | None = None

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.variant.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One build, what all that worked for it used up, and what its cache did."""

    outcome: BuildOutcome
    used: Used
    cache: CacheCounts | None
    clock: ClockCheck
    load_1m: float | None
    started_at: str
    """UTC, ISO 8601."""

    def sample(
        self, *, scenario: AnyScenario, variant: str, repetition: int, target_bytes: int | None
    ) -> Sample:
        """Return the reading as a sample of `scenario`."""
        return Sample(
            scenario=scenario,
            variant=variant,
            repetition=repetition,
            wall_s=self.outcome.wall_s,
            cpu_s=self.used.cpu_s,
            units_compiled=self.outcome.units_compiled,
            units_fresh=self.outcome.units_fresh,
            target_bytes=target_bytes,
            cache=self.cache,
            started_at=self.started_at,
            server_cpu_s=self.used.server_cpu_s,
            peak_memory_bytes=self.used.peak_memory_bytes,
            accounting=self.used.method,
            accounting_note=self.used.note,
            load_1m=self.load_1m,
            clock_jump_s=self.clock.jump_s,
            suspended_s=self.clock.suspended_s,
        )


def take_reading(
    arm: Arm,
    *,
    workspace: Path,
    target_dir: Path,
    environ: Mapping[str, str],
    command: Sequence[str] = BUILD,
    flags: Sequence[str] = (),
    on_unit: Callable[[int], None] | None = None,
    accounting: Accounting | None = None,
) -> Reading:
    """Build the workspace as the arm's variant does; a build that fails is a value.

    `command` is cargo's, with the subcommand first; `flags` are more options for it (`--locked`). `on_unit` hears how
    many units are done. `accounting` is how CPU time and memory are counted, by default the best that works here.
    """
    accounting = accounting or find_accounting()
    if arm.probe is not None:
        arm.probe.reset()
    load_1m = _load_1m()
    with accounting.account(arm.probe.server_pids if arm.probe else tuple) as account:
        before = clocks.now()
        outcome = build(
            cwd=workspace,
            args=with_flags(command, flags),
            env={**environ, **dict(arm.variant.env)},
            config=(*arm.variant.config, _build_dir(target_dir)),
            target_dir=target_dir,
            on_unit=on_unit,
        )
        after = clocks.now()
        used = account.used(waited_cpu_s=outcome.cpu_s, compiled=outcome.units_compiled > 0)
    return Reading(
        outcome=outcome,
        used=used,
        cache=None if arm.probe is None else arm.probe.read(),
        clock=clocks.check(before, after),
        load_1m=load_1m,
        started_at=datetime.fromtimestamp(before.wall_s, UTC).isoformat(timespec="seconds"),
    )


def doubts(sample: Sample) -> tuple[str, ...]:
    """Say what makes a sample worth less than the others, in sentences; empty where nothing does."""
    found = []
    if sample.clock_jump_s:
        way = "forwards" if sample.clock_jump_s > 0 else "back"
        found.append(
            f"the clock was set {way} by {abs(sample.clock_jump_s):.1f} s during the build: "
            "what cargo took for fresh may be wrong"
        )
    if sample.suspended_s:
        found.append(
            f"the machine slept for {sample.suspended_s:.1f} s during the build (not in the wall time)"
        )
    return tuple(found)


def _load_1m() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def with_flags(command: Sequence[str], flags: Sequence[str]) -> tuple[str, ...]:
    """Return cargo's arguments with `flags` among its own: what stands behind a `--` is the program's."""
    words = list(command)
    cut = words.index("--") if "--" in words else len(words)
    return (*words[:cut], *flags, *words[cut:])


def allocated_bytes(target_dir: Path) -> int:
    """Return what a target directory takes on disk, hard links counted once. Reads every entry."""
    return disk_usage(target_dir).allocated_bytes


def _build_dir(target_dir: Path) -> str:
    # A `build.build-dir` in the user's configuration (cargo 1.91) is not moved by --target-dir: two variants,
    # and the user's own builds, would share it. Older cargos pass over the key. A JSON string is a TOML one.
    return f"build.build-dir={json.dumps(str(target_dir), ensure_ascii=False)}"
