"""How the figures came about, said once for the pages."""

from cargo_hone.history.run import FactKey, RunRecord
from cargo_hone.measure.statistics import CONFIDENCE, FEWEST_PAIRS, MARGIN
from cargo_hone.model import Scenario
from cargo_hone.report.table import build_table

SCENARIOS = {
    Scenario.CLEAN_COLD: "everything is built into an empty target directory, with an empty compiler cache",
    Scenario.CLEAN_WARM: "the same with what an earlier build left in the compiler cache; held against"
    " the base's plain clean build, which has no cache to be warm",
    Scenario.EDIT_ROOT: "a real change to a function body of the crate with the most dependents",
    Scenario.EDIT_LEAF: "a real change to a function body of a crate on which no other stands",
    Scenario.SWITCH: "a build after going to another commit and back: new times, old contents",
    Scenario.CHECK: "`cargo check` after a change to the crate with the most dependents",
    Scenario.TEST_BUILD: "building the tests after such a change",
    Scenario.TEST_RUN: "building and running the tests after such a change",
    Scenario.FRESH_CHECKOUT: "a build after a new checkout: every source file with a new time, target as it was",
    Scenario.NOOP: "a build with nothing changed",
}


def method_sentences(run: RunRecord) -> tuple[str, ...]:
    """Say where and in which order the builds ran, and what the verdicts mean."""
    return (_where(run), _schedule(run), _effect(run), _VERDICTS, _SIZES)


def _where(run: RunRecord) -> str:
    build = run.fact(FactKey.BUILD)
    return (
        f"Timed was {f'`{build}`' if build else 'the whole build'}, by the wall clock, in a scratch copy of"
        " the workspace with a target directory of its own; nothing was written to the workspace for a"
        " measurement."
    )


def _schedule(run: RunRecord) -> str:
    return (
        "After a build of the workspace's own tree that does not count (it downloads, and fills the page cache),"
        f" the builds of the variants took turns in a random order (seed {run.subject.seed}); those of one"
        " turn make a pair. The first edit of each crate is not counted either."
    )


def _effect(run: RunRecord) -> str:
    base = run.variants[0].name if run.variants else "the base"
    return (
        f"A change is the geometric mean of the paired ratios of times against {base}, minus one, so it can"
        " differ a little from the ratio of the two medians. “±” is the wider half of its"
        f" {round(CONFIDENCE * 100)} % interval (Student's t on the logarithms of the ratios), n the number"
        " of pairs."
    )


_VERDICTS = (
    "“Faster” and “slower” mean that the interval leaves out zero; “no difference” that it lies within"
    f" ±{round(MARGIN * 100)} %; all else is “inconclusive”, and so is anything with fewer than"
    f" {FEWEST_PAIRS} pairs. A change in percent stands only where the samples carry it."
)
_SIZES = (
    "Sizes are bytes allocated on disk, files with several hard links counted once. The size of the target"
    " directory is the median after a clean build."
)


def scenario_sentences(run: RunRecord) -> tuple[tuple[str, str], ...]:
    """Explain each scenario that was measured: (label, explanation)."""
    return tuple((row.label, SCENARIOS[row.scenario]) for row in build_table(run).rows)
