"""A run with figures that can be checked by hand, through the real history database."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cargo_hone.history.database import open_history
from cargo_hone.history.environment import Environment
from cargo_hone.history.query import load_run
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import (
    FactKey,
    RunOutcome,
    RunRecord,
    SharedTarget,
    Subject,
    TestPhase,
)
from cargo_hone.history.swept import SweepRecord
from cargo_hone.model import (
    CacheCounts,
    FileChange,
    Goal,
    GoalState,
    LeverOutcome,
    Plan,
    Sample,
    Scenario,
    Standing,
    TestOutcome,
    TestStatus,
    Variant,
)

ROOT = Path("/home/annabel/code/shop")
SUBJECT = Subject(
    workspace_root=ROOT,
    git_commit="0123456789abcdef0123456789abcdef01234567",
    git_dirty=False,
    rustc_version="rustc 1.95.0 (abc 2026-04-14)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\n",
    cargo_version="cargo 1.95.0 (def 2026-03-21)",
    tool_version="0.1.0",
    seed=7,
)
MACHINE = Environment(
    cpu_model="Example CPU",
    cores=2,
    memory_bytes=24 << 30,
    kernel="Linux 6.1.0 x86_64",
    load=0.42,
)
VARIANTS = (
    Variant(name="baseline"),
    Variant(name="sccache only", config=('build.rustc-wrapper="sccache"',), cached=True),
    Variant(
        name="all changes",
        config=('build.rustc-wrapper="sccache"', "profile.dev.debug=0"),
        env=(("SCCACHE_DIR", "/home/annabel/.cache/sccache"),),
        cached=True,
    ),
)
# Seconds. By hand, clean cold: all / baseline is 0.72, 0.70, 0.72; their geometric mean is 0.7133, so -29 %.
# The logarithms' mean is -0.33789, their deviation 0.016265; t(0.975, 2) is 4.3027, so the half width is
# 0.040404, the upper end exp(-0.29749) = 0.7427, and the wider half 0.0294: ±3 %.
TIMES: dict[tuple[Scenario, str], Sequence[float]] = {
    (Scenario.CLEAN_COLD, "baseline"): (50.0, 60.0, 70.0),
    (Scenario.CLEAN_COLD, "sccache only"): (51.0, 61.0, 71.6),
    (Scenario.CLEAN_COLD, "all changes"): (36.0, 42.0, 50.4),
    # Against the baseline's cold times: 0.5 exactly, three times.
    (Scenario.CLEAN_WARM, "sccache only"): (36.0, 42.0, 49.7),
    (Scenario.CLEAN_WARM, "all changes"): (25.0, 30.0, 35.0),
    (Scenario.EDIT_ROOT, "baseline"): (6.0, 6.2, 6.1, 6.1, 6.0),
    (Scenario.EDIT_ROOT, "sccache only"): (6.1, 6.1, 6.1, 6.2, 5.9),
    (Scenario.EDIT_ROOT, "all changes"): (4.2, 4.3, 4.2, 4.3, 4.1),
    # Two pairs decide nothing, though the times are far apart.
    (Scenario.EDIT_LEAF, "baseline"): (2.0, 2.1),
    (Scenario.EDIT_LEAF, "all changes"): (1.0, 1.1),
    (Scenario.NOOP, "baseline"): (0.30, 0.31, 0.30, 0.31),
    (Scenario.NOOP, "sccache only"): (0.31, 0.30, 0.30, 0.31),
    (Scenario.NOOP, "all changes"): (0.305, 0.305, 0.30, 0.31),
}
DISK = {"baseline": 2_912_345_678, "sccache only": None, "all changes": 1_612_345_678}
DIFF = """\
--- a/Cargo.toml
+++ b/Cargo.toml
@@ -1,2 +1,5 @@
 [workspace]
+
+[profile.dev]
+debug = 0 # ``` <b>
-old = 1
"""
BINARY = "shop-core::shop_core (lib)"


def sample(
    scenario: Scenario,
    variant: str,
    repetition: int,
    wall_s: float,
    target_bytes: int | None = None,
) -> Sample:
    return Sample(
        scenario=scenario,
        variant=variant,
        repetition=repetition,
        wall_s=wall_s,
        cpu_s=wall_s * 1.8,
        units_compiled=72,
        units_fresh=0,
        target_bytes=target_bytes,
        cache=CacheCounts(hits=40, misses=2, not_cacheable=30, errors=0),
        started_at="2026-11-22T12:00:00.000+00:00",
    )


def outcome(name: str, status: TestStatus) -> TestOutcome:
    return TestOutcome(binary=BINARY, name=name, status=status)


def record_everything(recorder: Recorder) -> None:
    for (scenario, variant), times in TIMES.items():
        for repetition, wall_s in enumerate(times):
            size = DISK[variant] if scenario is Scenario.CLEAN_COLD else None
            recorder.sample(sample(scenario, variant, repetition, wall_s, size))
    passed = [outcome(f"adds::case_{number:04}", TestStatus.PASSED) for number in range(1411)]
    recorder.tests(TestPhase.BEFORE, [*passed, outcome("flaky", TestStatus.FAILED)])
    recorder.tests(TestPhase.AFTER, [*passed, outcome("flaky", TestStatus.FAILED)])
    recorder.levers(
        [
            LeverOutcome(
                name="cache",
                title="sccache as the compiler cache",
                standing=Standing.APPLIED,
                reason="a clean build with a warm cache is faster",
            ),
            LeverOutcome(
                name="debug",
                title="no debug information in dev builds",
                standing=Standing.APPLIED,
                reason="clean and incremental builds are faster, target is smaller",
                gives_up="variables in the debugger (use --profile debugging)",
            ),
            LeverOutcome(
                name="linker",
                title="mold as the linker",
                standing=Standing.DID_NOT_PAY,
                reason="no difference to rust-lld | in any scenario",
                gives_up="nothing",
            ),
        ]
    )
    recorder.goals(
        [
            Goal(
                name="clean build 25-40 % faster",
                state=GoalState.OK,
                detail="-50 % warm, -29 % cold",
            ),
            Goal(
                name="incremental build 40-60 % faster",
                state=GoalState.MISSED,
                detail="-31 %; bound: the front end of shop-core, which rustc runs on one thread,"
                " is two thirds of what is left",
            ),
            Goal(name="disk under its threshold", state=GoalState.OK, detail="1.6 GB of 10 GB"),
            Goal(name="all crates build", state=GoalState.OK, detail="24 of 24"),
            Goal(name="no test lost", state=GoalState.OK, detail="1,411 pass as before"),
            Goal(name="sccache under its cap", state=GoalState.OK, detail="0.4 of 10 GB"),
            Goal(name="CI integrated", state=GoalState.PENDING, detail="cargo hone ci init"),
        ]
    )
    recorder.sweep(
        SweepRecord(
            target_dir=ROOT / "target",
            before_bytes=2_900_000_001,
            after_bytes=1_600_000_002,
            deleted_units=412,
            kept_units=690,
            rebuilt_units=0,
        )
    )
    recorder.shared_target(
        SharedTarget(
            standing=Standing.APPLIED,
            evidence=f"xtask built into {ROOT}/xtask/target before",
            packages=("xtask",),
            separate_bytes=2_100_000_000,
            shared_bytes=1_600_000_000,
        )
    )
    changes = (
        FileChange(
            path=ROOT / ".cargo/config.toml",
            before=None,
            after=b"x",
            why="the wrapper that falls back to plain rustc",
            step="cache",
        ),
        FileChange(
            path=ROOT / "Cargo.toml",
            before=b"a",
            after=b"b",
            why="debug information, and the way back to it",
            step="levers",
        ),
    )
    recorder.plan(Plan(title="what pays", changes=changes), diff=DIFF)
    for key, value in (
        (FactKey.EDIT_ROOT, "shop-core"),
        (FactKey.EDIT_LEAF, "shop-cli"),
        (FactKey.COMMAND, "cargo hone optimize"),
        (FactKey.BUILD, "cargo build --workspace"),
        (FactKey.TESTS, "cargo test --workspace"),
        (FactKey.CACHE, "sccache 0.16.0, at most 10 GB"),
    ):
        recorder.fact(key, value)


RunMaker = Callable[..., RunRecord]


@pytest.fixture
def recorded(tmp_path: Path) -> RunMaker:
    """Make a run: call with what writes it down, get what the history gives back."""

    def make(
        write: Callable[[Recorder], None],
        outcome: RunOutcome = RunOutcome.FINISHED,
        variants: Sequence[Variant] = VARIANTS,
    ) -> RunRecord:
        with open_history(tmp_path) as history:
            recorder = Recorder.start(
                history, subject=SUBJECT, environment=MACHINE, variants=variants
            )
            write(recorder)
            recorder.finish(outcome)
            return load_run(history, recorder.run_id)

    return make


@pytest.fixture
def run(recorded: RunMaker) -> RunRecord:
    """The fixed run of this file."""
    return recorded(record_everything)
