import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.errors import BuildFailed, UsageProblem
from cargo_hone.history.database import Database, open_history
from cargo_hone.history.query import latest_run, load_run, runs
from cargo_hone.history.run import (
    ChangedFile,
    FactKey,
    HowChanged,
    RunOutcome,
    SharedTarget,
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
    Standing,
    TestOutcome,
    TestStatus,
    Variant,
)

from .conftest import MACHINE, SUBJECT, VARIANTS, begin, sample


def test_what_was_written_is_what_is_read(database: Database) -> None:
    counts = CacheCounts(hits=1, misses=2, not_cacheable=3, errors=4)
    tests = (
        TestOutcome(binary="a::a (lib)", name="x", status=TestStatus.PASSED),
        TestOutcome(binary="a::a (lib)", name="y", status=TestStatus.IGNORED),
    )
    levers = (
        LeverOutcome(name="z", title="Z", standing=Standing.APPLIED, reason="r", gives_up="g"),
        LeverOutcome(name="a", title="A", standing=Standing.DID_NOT_PAY, reason="s"),
    )
    goals = (
        Goal(name="z", state=GoalState.OK, detail="d"),
        Goal(name="a", state=GoalState.MISSED, detail="e"),
    )
    sweep = SweepRecord(
        target_dir=Path("/code/shop/target"),
        before_bytes=5 << 40,
        after_bytes=1,
        deleted_units=2,
        kept_units=3,
        rebuilt_units=None,
        skipped="locked",
    )
    shared = SharedTarget(
        standing=Standing.ALREADY,
        evidence="config.toml",
        packages=("xtask", "fuzz"),
        separate_bytes=10,
        shared_bytes=7,
        same_name_binaries=("tool",),
    )
    recorder = begin(database)
    recorder.sample(sample(2, variant="all changes", cache=counts))
    recorder.sample(sample(1))
    recorder.tests(TestPhase.BEFORE, tests)
    recorder.levers(levers)
    recorder.goals(goals)
    recorder.sweep(sweep)
    recorder.shared_target(shared)
    recorder.warning("first")
    recorder.warning("second")
    recorder.fact(FactKey.EDIT_ROOT, "x-core")
    recorder.fact("own", "thing")
    recorder.finish()

    run = load_run(database, recorder.run_id)
    assert run.subject == SUBJECT
    assert run.environment == MACHINE
    assert run.variants == VARIANTS
    assert run.samples == (sample(2, variant="all changes", cache=counts), sample(1))
    assert run.tests_before == tests
    assert run.tests_after is None
    assert run.levers == levers
    assert run.goals == goals
    assert run.sweeps == (sweep,)
    assert run.shared_target == shared
    assert shared.saved_bytes == 3
    assert run.warnings == ("first", "second")
    assert run.fact(FactKey.EDIT_ROOT) == "x-core"
    assert run.fact(FactKey.EDIT_LEAF) is None
    assert ("own", "thing") in run.facts
    assert run.outcome is RunOutcome.FINISHED
    assert run.finished_at is not None
    assert run.finished_at >= run.started_at


def test_a_plan_is_kept_as_its_files_and_its_diff(database: Database) -> None:
    root = SUBJECT.workspace_root
    changes = tuple(
        FileChange(path=path, before=before, after=after, why="w", step="s")
        for path, before, after in (
            (root / ".cargo" / "config.toml", None, b"new"),
            (root / "Cargo.toml", b"old", b"new"),
            (root / "old.toml", b"old", None),
            (root / "same.toml", b"same", b"same"),
            (Path("/etc/outside.toml"), b"old", b"new"),
        )
    )
    recorder = begin(database)
    recorder.plan(Plan(title="first", changes=changes[:1]), diff="-")
    recorder.plan(Plan(title="what pays", changes=changes), diff="--- a\n+++ b\n")
    run = load_run(database, recorder.run_id)
    assert (run.plan_title, run.diff) == ("what pays", "--- a\n+++ b\n")
    assert [(file.path, file.how) for file in run.changed_files] == [
        (".cargo/config.toml", HowChanged.CREATED),
        ("Cargo.toml", HowChanged.EDITED),
        ("old.toml", HowChanged.REMOVED),
        ("/etc/outside.toml", HowChanged.EDITED),
    ]
    assert run.changed_files[0] == ChangedFile(
        path=".cargo/config.toml", how=HowChanged.CREATED, why="w", step="s"
    )


def test_a_second_word_on_the_same_thing_replaces_the_first(database: Database) -> None:
    recorder = begin(database)
    test = TestOutcome(binary="b", name="t", status=TestStatus.FAILED)
    recorder.tests(TestPhase.AFTER, [test])
    recorder.tests(TestPhase.AFTER, [])
    recorder.goals([Goal(name="a", state=GoalState.OK, detail="")])
    recorder.goals([Goal(name="b", state=GoalState.OK, detail="")])
    recorder.fact("k", "1")
    recorder.fact("k", "2")
    run = load_run(database, recorder.run_id)
    assert run.tests_after == ()  # they ran, and there are none; None would be: they did not run
    assert [goal.name for goal in run.goals] == ["b"]
    assert run.facts == (("k", "2"),)


def test_a_variant_found_on_the_way_comes_last(database: Database) -> None:
    recorder = begin(database)
    late = Variant(name="late", cached=True)
    recorder.variant(late)
    recorder.sample(sample(1, variant="late"))
    assert load_run(database, recorder.run_id).variants == (*VARIANTS, late)


def _broken_off(database: Database, error: BaseException) -> None:
    with begin(database) as recorder:
        recorder.sample(sample(1))
        raise error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (KeyboardInterrupt(), RunOutcome.INTERRUPTED),
        (BuildFailed("it does not build", next_step="look"), RunOutcome.FAILED),
    ],
)
def test_an_interrupted_run_keeps_its_samples_and_says_how_it_ended(
    database: Database, error: BaseException, outcome: RunOutcome
) -> None:
    with pytest.raises(type(error)):
        _broken_off(database, error)
    (summary,) = runs(database)
    run = load_run(database, summary.id)
    assert run.outcome is outcome
    assert run.samples == (sample(1),)


def test_a_run_that_ends_well_is_finished_unless_it_was_said_otherwise(database: Database) -> None:
    with begin(database) as first:
        pass
    with begin(database) as second:
        second.finish(RunOutcome.FAILED)
    assert load_run(database, first.run_id).outcome is RunOutcome.FINISHED
    assert load_run(database, second.run_id).outcome is RunOutcome.FAILED


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from history.conftest import begin, sample
from cargo_hone.history.database import open_history
with open_history(Path(sys.argv[1])) as history:
    recorder = begin(history)
    recorder.sample(sample(1))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_its_samples(tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[1])
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), tests], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path)  # noqa: PTH208 - only whether there is anything
    with open_history(tmp_path) as history:
        (run,) = runs(history)
        assert run.outcome is RunOutcome.RUNNING
        assert load_run(history, run.id).samples == (sample(1),)
        assert latest_run(history) is None
        assert latest_run(history, outcome=None) is not None


def test_the_latest_run_is_the_newest_finished_one(database: Database) -> None:
    assert latest_run(database) is None
    for outcome in (RunOutcome.FINISHED, RunOutcome.FINISHED, RunOutcome.INTERRUPTED):
        begin(database).finish(outcome)
    found = latest_run(database)
    assert found is not None
    assert found.id == 2
    assert [run.id for run in runs(database)] == [3, 2, 1]


def test_an_unknown_run_is_a_clear_error(database: Database) -> None:
    with pytest.raises(UsageProblem, match="no run 99") as caught:
        load_run(database, 99)
    assert "cargo hone history" in caught.value.next_step
