"""Questions to the history that are not about one run."""

from dataclasses import replace

from cargo_hone.history.database import Database
from cargo_hone.history.query import last_times, load_run
from cargo_hone.model import OwnScenario, Scenario

from .conftest import begin, sample


def test_the_last_times_are_medians_of_the_newest_run_that_has_the_scenario(
    database: Database,
) -> None:
    assert last_times(database, variant="baseline") == {}
    for first in (1, 11):
        with begin(database) as recorder:
            for repetition in (first, first + 1, first + 5):
                recorder.sample(sample(repetition))
            recorder.sample(sample(50, variant="all changes"))
    with begin(database) as recorder:
        own = replace(sample(3), scenario=OwnScenario("docs"))
        recorder.sample(own)
    assert last_times(database, variant="baseline") == {
        Scenario.NOOP: 12.1,
        OwnScenario("docs"): 3.1,
    }
    loaded = load_run(database, 3).samples[0].scenario
    assert isinstance(loaded, OwnScenario)
