from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import Database
from cargo_hone.model import OwnScenario, Scenario

from .conftest import begin, sample
from .measured import commit, measured, put


def test_runs_stand_in_the_order_of_their_times_and_not_of_their_arrival(
    database: Database,
) -> None:
    times = {("noop", "baseline"): [1.0]}
    put(
        database,
        measured(times, at=commit(3), day=3),
        measured(times, at=commit(1), day=1),
        measured(times, at=commit(2), day=2),
    )
    assert [run.commit for run in measured_runs(database)] == [commit(1), commit(2), commit(3)]


def test_a_run_without_samples_is_not_there(database: Database) -> None:
    begin(database).finish()
    assert measured_runs(database) == ()
    begin(database).sample(sample(1))
    (run,) = measured_runs(database)
    assert (run.id, run.imported, run.dirty, run.machine) == (
        2,
        False,
        True,
        "Example CPU, 2 cores",
    )


def test_points_are_by_scenario_then_variant_each_with_its_repetitions(database: Database) -> None:
    times = {
        ("own-thing", "slim"): [4.0],
        ("edit-root", "slim"): [3.0, 3.5],
        ("own-thing", "baseline"): [5.0],
        ("clean-cold", "baseline"): [60.0, 61.0, 62.0],
    }
    run = measured(
        times,
        at=commit(1),
        target_bytes=5000,
        cached=["slim"],
        configs={"slim": ("profile.dev.debug=0",)},
        facts={"edit-root": "core"},
    )
    put(database, run)
    points = course(database, measured_runs(database))
    assert [(point.scenario, point.variant) for point in points] == [
        (Scenario.CLEAN_COLD, "baseline"),
        (Scenario.EDIT_ROOT, "slim"),
        (OwnScenario("own-thing"), "slim"),
        (OwnScenario("own-thing"), "baseline"),
    ]
    clean, edit, *_ = points
    assert clean.repetitions == (0, 1, 2)
    assert clean.times_s == (60.0, 61.0, 62.0)
    assert clean.target_bytes == (5000, 5000, 5000)
    assert (clean.is_cached, edit.is_cached) == (False, True)
    assert edit.config == ("profile.dev.debug=0",)
    assert (edit.run.edited(Scenario.EDIT_ROOT), edit.run.edited(Scenario.NOOP)) == ("core", "")


def test_only_the_runs_that_are_asked_for_have_points(database: Database) -> None:
    for day in (1, 2):
        put(database, measured({("noop", "baseline"): [float(day)]}, at=commit(day), day=day))
    points = course(database, measured_runs(database)[1:])
    assert [point.times_s for point in points] == [(2.0,)]


def test_a_measurement_with_a_budget_is_known_by_its_command(database: Database) -> None:
    times = {("noop", "baseline"): [1.0]}
    commands = [
        "cargo hone measure",
        "cargo hone measure --budget 5m",
        "cargo hone measure --budget=5m",
    ]
    for day, command in enumerate(commands, start=1):
        put(database, measured(times, at=commit(day), day=day, facts={"command": command}))
    assert [run.had_budget for run in measured_runs(database)] == [False, True, True]
