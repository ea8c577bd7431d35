"""The tests before and after, test by test: a pass rate alone would hide one lost and one won."""

from collections.abc import Iterable
from dataclasses import dataclass

from cargo_hone.history.run import RunRecord
from cargo_hone.model import TestOutcome, TestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCounts:
    """How many tests ended how."""

    __test__ = False

    passed: int
    failed: int
    ignored: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsCompared:
    """Counts per phase (None: not run), and each test whose fate changed, as `binary name`.

    `newly_failing` passed before; `lost` and `added` exist in one phase only; `newly_ignored` ran before.
    The lists are empty unless both phases ran.
    """

    __test__ = False

    before: TestCounts | None
    after: TestCounts | None
    newly_failing: tuple[str, ...] = ()
    newly_passing: tuple[str, ...] = ()
    newly_ignored: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def both_ran(self) -> bool:
        """Whether there is anything to compare."""
        return self.before is not None and self.after is not None

    @property
    def as_before(self) -> bool:
        """Whether both phases ran and no test is worse off."""
        return self.both_ran and not (self.newly_failing or self.newly_ignored or self.lost)

    @property
    def changes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """List what changed, the worst first: (title, tests); without what did not happen."""
        lists = (
            ("Newly failing", self.newly_failing),
            ("Lost", self.lost),
            ("Newly ignored", self.newly_ignored),
            ("Passing now", self.newly_passing),
            ("Added", self.added),
        )
        return tuple((title, names) for title, names in lists if names)


def compare_tests(run: RunRecord) -> TestsCompared:
    """Hold the tests after against those before."""
    if run.tests_before is None or run.tests_after is None:
        return TestsCompared(before=_counts(run.tests_before), after=_counts(run.tests_after))
    before, after = _by_test(run.tests_before), _by_test(run.tests_after)
    both = sorted(before.keys() & after.keys())
    changed = [test for test in both if before[test] is not after[test]]
    return TestsCompared(
        before=_counts(run.tests_before),
        after=_counts(run.tests_after),
        newly_failing=_named(test for test in changed if after[test] is TestStatus.FAILED),
        newly_passing=_named(test for test in changed if after[test] is TestStatus.PASSED),
        newly_ignored=_named(test for test in changed if after[test] is TestStatus.IGNORED),
        lost=_named(sorted(before.keys() - after.keys())),
        added=_named(sorted(after.keys() - before.keys())),
    )


def _counts(outcomes: tuple[TestOutcome, ...] | None) -> TestCounts | None:
    if outcomes is None:
        return None
    statuses = [outcome.status for outcome in outcomes]
    return TestCounts(
        passed=statuses.count(TestStatus.PASSED),
        failed=statuses.count(TestStatus.FAILED),
        ignored=statuses.count(TestStatus.IGNORED),
    )


def _by_test(outcomes: tuple[TestOutcome, ...]) -> dict[tuple[str, str], TestStatus]:
    return {(outcome.binary, outcome.name): outcome.status for outcome in outcomes}


def _named(tests: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{binary} {name}" for binary, name in tests)
