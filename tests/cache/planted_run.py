"""A recorded run of clean builds whose times are known, in a real history database."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cargo_hone.history.database import open_history
from cargo_hone.history.environment import Environment
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import RunKind, RunOutcome, Subject
from cargo_hone.model import Scenario, Variant
from tests.cache.test_break_even import sample

BASELINE = Variant(name="baseline")
Cell = tuple[Scenario, str]


def plant(
    state_dir: Path,
    variants: Sequence[Variant],
    times: Mapping[Cell, Sequence[float]],
    *,
    kind: RunKind = RunKind.OPTIMIZE,
) -> int:
    """Record a run and return its number."""
    with open_history(state_dir) as database:
        recorder = Recorder.start(
            database,
            subject=Subject(
                workspace_root=Path("/code/shop"),
                git_commit=None,
                git_dirty=None,
                rustc_version="rustc 1.95.0",
                cargo_version="cargo 1.95.0",
                tool_version="0.1.0",
                seed=1,
            ),
            environment=Environment(
                cpu_model="Example", cores=2, memory_bytes=1 << 30, kernel="Linux", load=0.1
            ),
            variants=variants,
            kind=kind,
        )
        for (scenario, variant), walls in times.items():
            for place, wall_s in enumerate(walls, start=1):
                recorder.sample(sample(scenario, variant, place, wall_s))
        recorder.finish(RunOutcome.FINISHED)
        return recorder.run_id


def clean_builds(variant: str, *, cold_s: float, warm_s: float) -> dict[Cell, Sequence[float]]:
    """Three builds each, a tenth of a second apart; plain ones take 10 s."""
    return {
        (Scenario.CLEAN_COLD, "baseline"): (10.0, 10.1, 10.2),
        (Scenario.CLEAN_COLD, variant): (cold_s, cold_s + 0.1, cold_s + 0.2),
        (Scenario.CLEAN_WARM, variant): (warm_s, warm_s + 0.1, warm_s + 0.2),
    }
