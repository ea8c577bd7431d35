from cargo_hone.history.run import RunRecord, TestPhase
from cargo_hone.model import TestStatus
from cargo_hone.report.tests_compared import TestCounts, compare_tests

from .conftest import BINARY, RunMaker, outcome

PASSED, FAILED, IGNORED = TestStatus.PASSED, TestStatus.FAILED, TestStatus.IGNORED


def test_each_test_whose_fate_changed_is_named(recorded: RunMaker) -> None:
    before = {"same": PASSED, "breaks": PASSED, "mended": FAILED, "put off": PASSED, "gone": PASSED}
    after = {"same": PASSED, "breaks": FAILED, "mended": PASSED, "put off": IGNORED, "new": PASSED}

    def write(recorder):
        recorder.tests(TestPhase.BEFORE, [outcome(*test) for test in before.items()])
        recorder.tests(TestPhase.AFTER, [outcome(*test) for test in after.items()])

    tests = compare_tests(recorded(write))
    assert tests.before == TestCounts(passed=4, failed=1, ignored=0)
    assert tests.after == TestCounts(passed=3, failed=1, ignored=1)
    assert dict(tests.changes) == {
        "Newly failing": (f"{BINARY} breaks",),
        "Lost": (f"{BINARY} gone",),
        "Newly ignored": (f"{BINARY} put off",),
        "Passing now": (f"{BINARY} mended",),
        "Added": (f"{BINARY} new",),
    }
    assert not tests.as_before


def test_equal_counts_do_not_hide_a_lost_test(recorded: RunMaker) -> None:
    def write(recorder):
        recorder.tests(TestPhase.BEFORE, [outcome("a", PASSED), outcome("b", FAILED)])
        recorder.tests(TestPhase.AFTER, [outcome("a", FAILED), outcome("b", PASSED)])

    tests = compare_tests(recorded(write))
    assert tests.before == tests.after
    assert not tests.as_before


def test_a_test_that_failed_before_does_no_harm(run: RunRecord) -> None:
    tests = compare_tests(run)
    assert tests.before == TestCounts(passed=1411, failed=1, ignored=0)
    assert tests.as_before
    assert tests.changes == ()


def test_one_phase_alone_proves_nothing(recorded: RunMaker) -> None:
    tests = compare_tests(recorded(lambda r: r.tests(TestPhase.BEFORE, [outcome("a", PASSED)])))
    assert tests.before is not None
    assert tests.after is None
    assert not tests.both_ran
    assert not tests.as_before
