"""Which test ended how: read from libtest's lines, checked against its counts."""

import os
from pathlib import Path

import pytest

from cargo_hone.cargo.tests import WHOLE_PROGRAM, parse_output, run_tests
from cargo_hone.cargo.toolchain import read as read_toolchain
from cargo_hone.errors import BuildFailed
from cargo_hone.model import TestOutcome, TestStatus
from cargo_hone.proc import clean_environment

LIBTEST = """
running 4 tests
test tests::slow ... ignored, takes an hour
test tests::fine ... ok
noise without a newlinetest tests::panics - should panic ... ok
test tests::wrong ... FAILED

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s
"""


def statuses(outcomes: list[TestOutcome]) -> dict[str, TestStatus]:
    return {outcome.name: outcome.status for outcome in outcomes}


def test_each_line_is_one_outcome() -> None:
    assert statuses(parse_output(LIBTEST, binary="b", status=101)) == {
        "tests::slow": TestStatus.IGNORED,
        "tests::fine": TestStatus.PASSED,
        "tests::panics": TestStatus.PASSED,
        "tests::wrong": TestStatus.FAILED,
    }


def test_a_test_that_no_line_shows_is_counted_from_the_summary() -> None:
    garbled = LIBTEST.replace("test tests::fine ... ok", "test tests::fine ... garbage")
    found = statuses(parse_output(garbled, binary="b", status=101))
    assert found["(unnamed passed #1)"] is TestStatus.PASSED
    assert list(found.values()).count(TestStatus.PASSED) == 2


@pytest.mark.parametrize(
    ("output", "status", "expected"),
    [
        ("my own harness is happy\n", 0, TestStatus.PASSED),
        ("my own harness is not\n", 1, TestStatus.FAILED),
        ("running 2 tests\ntest a ... ok\n", 134, TestStatus.FAILED),
    ],
)
def test_a_program_without_a_summary_counts_as_one_test(
    output: str, status: int, expected: TestStatus
) -> None:
    assert statuses(parse_output(output, binary="b", status=status))[WHOLE_PROGRAM] is expected


def test_a_program_that_fails_after_its_tests_passed_has_failed() -> None:
    output = "test a ... ok\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured;\n"
    assert statuses(parse_output(output, binary="b", status=1)) == {
        "a": TestStatus.PASSED,
        WHOLE_PROGRAM: TestStatus.FAILED,
    }


def test_two_tests_of_one_name_stay_two() -> None:
    output = "test src/lib.rs - (line 5) ... ok\ntest src/lib.rs - (line 5) ... FAILED\n"
    found = statuses(parse_output(output, binary="documentation tests", status=0))
    assert found == {
        "src/lib.rs - (line 5)": TestStatus.PASSED,
        "src/lib.rs - (line 5) #2": TestStatus.FAILED,
    }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "small"\nedition = "2021"\n')
    (tmp_path / "src/lib.rs").write_text(
        "/// ```\n/// assert_eq!(small::one(), 1);\n/// ```\npub fn one() -> u32 { 1 }\n"
        "#[cfg(test)] mod tests {\n"
        '    #[test] fn works() { println!("noise"); assert_eq!(super::one(), 1); }\n'
        "    #[test] fn breaks() { assert_eq!(super::one(), 2); }\n}\n"
    )
    (tmp_path / "tests/outer.rs").write_text("#[test] fn outside() {}\n")
    return tmp_path


def test_a_real_run_names_every_test_of_every_program(package: Path) -> None:
    env = clean_environment(os.environ)
    ran = run_tests(cwd=package, env=env, triple=read_toolchain(package, env=env).host)
    place = "small"
    assert [(o.binary, o.name, o.status.value) for o in ran.outcomes] == [
        ("documentation tests", "src/lib.rs - one (line 1)", "passed"),
        (f"{place}::outer (test)", "outside", "passed"),
        (f"{place}::small (lib)", "tests::breaks", "failed"),
        (f"{place}::small (lib)", "tests::works", "passed"),
    ]
    assert "breaks" in ran.failures
    assert not (package / "target" / "hone-tests").exists()


def test_tests_that_do_not_compile_are_a_failed_build(package: Path) -> None:
    (package / "tests/outer.rs").write_text("#[test] fn outside() { nonsense }\n")
    env = clean_environment(os.environ)
    with pytest.raises(BuildFailed) as failed:
        run_tests(cwd=package, env=env, triple=read_toolchain(package, env=env).host)
    assert "nonsense" in failed.value.detail
