"""One build, as a sample."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cargo_hone.cargo.build import BuildOutcome, build
from cargo_hone.files.walk import disk_usage
from cargo_hone.model import CacheCounts, Sample, Scenario, Variant

_COMMAND = ("build", "--workspace")


class CacheProbe(Protocol):
    """What measuring needs from the compiler cache behind a variant, whichever it is."""

    def prepare_cold(self) -> None:
        """Empty the cache."""

    def reset(self) -> None:
        """Begin to count from zero."""

    def read(self) -> CacheCounts:
        """Return what was counted since the last reset."""


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
    """One build and what its cache did."""

    outcome: BuildOutcome
    cache: CacheCounts | None
    started_at: str
    """UTC, ISO 8601."""

    def sample(
        self, *, scenario: Scenario, variant: str, repetition: int, target_bytes: int | None
    ) -> Sample:
        """Return the reading as a sample of `scenario`."""
        return Sample(
            scenario=scenario,
            variant=variant,
            repetition=repetition,
            wall_s=self.outcome.wall_s,
            cpu_s=self.outcome.cpu_s,
            units_compiled=self.outcome.units_compiled,
            units_fresh=self.outcome.units_fresh,
            target_bytes=target_bytes,
            cache=self.cache,
            started_at=self.started_at,
        )


def take_reading(
    arm: Arm,
    *,
    workspace: Path,
    target_dir: Path,
    environ: Mapping[str, str],
    flags: Sequence[str] = (),
    on_unit: Callable[[int], None] | None = None,
) -> Reading:
    """Build the workspace as the arm's variant does; a build that fails is a value.

    `flags` are more options for cargo (`--locked`); `on_unit` hears how many units are done.
    """
    if arm.probe is not None:
        arm.probe.reset()
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    outcome = build(
        cwd=workspace,
        args=(*_COMMAND, *flags),
        env={**environ, **dict(arm.variant.env)},
        config=(*arm.variant.config, _build_dir(target_dir)),
        target_dir=target_dir,
        on_unit=on_unit,
    )
    cache = None if arm.probe is None else arm.probe.read()
    return Reading(outcome=outcome, cache=cache, started_at=started_at)


def allocated_bytes(target_dir: Path) -> int:
    """Return what a target directory takes on disk, hard links counted once. Reads every entry."""
    return disk_usage(target_dir).allocated_bytes


def _build_dir(target_dir: Path) -> str:
    # A `build.build-dir` in the user's configuration (cargo 1.91) is not moved by --target-dir: two variants,
    # and the user's own builds, would share it. Older cargos pass over the key. A JSON string is a TOML one.
    return f"build.build-dir={json.dumps(str(target_dir), ensure_ascii=False)}"
