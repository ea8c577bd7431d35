"""`cargo test`, test by test: which program, which test, how it ended.

libtest's JSON is unstable and cargo's own lines are for people, so each test program is run through a small `sh` runner
(`target.TRIPLE.runner`, which is in no fingerprint): its output is kept apart, and its name comes from the artifact
message that named the executable. Only libtest's lines `test NAME ... ok` are read as text; the counts of its
summary line are the check on that reading.
"""

import json
import re
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cargo_hone.cargo.build import BuildOutcome, build
from cargo_hone.cargo.messages import Artifact
from cargo_hone.errors import BuildFailed
from cargo_hone.model import TestOutcome, TestStatus

_TEST = re.compile(r"test (?P<name>\S.*?)(?: - should panic)? \.\.\. (?P<how>ok|FAILED|ignored)")
_SUMMARY = re.compile(r"^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;", re.MULTILINE)
_HOW = {"ok": TestStatus.PASSED, "FAILED": TestStatus.FAILED, "ignored": TestStatus.IGNORED}

WHOLE_PROGRAM = "(whole program)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """All outcomes of one run; `build` is cargo's side of it, `failures` the output of what failed."""

    __test__ = False

    outcomes: tuple[TestOutcome, ...]
    build: BuildOutcome
    failures: str


def run_tests(
    *,
    cwd: Path,
    env: Mapping[str, str],
    triple: str,
    has_runner: bool = False,
    args: Sequence[str] = ("--workspace",),
    config: Sequence[str] = (),
    on_unit: Callable[[int], None] | None = None,
) -> TestRun:
    """Build and run the tests of a workspace; failing tests are a value, a failing build is BuildFailed.

    `triple` is the one that is built for. Where the user has a runner of their own (`has_runner`) it stays, and the
    tests are told apart by name only.
    """
    with tempfile.TemporaryDirectory(prefix="hone-tests-") as scratch:
        log = Path(scratch)
        settings = [*config]
        if not has_runner:
            # Through sh, by a list: neither a blank in the path nor a noexec file system stops it.
            runner = json.dumps(["/bin/sh", str(_write_runner(log))], ensure_ascii=False)
            settings.append(f"target.{triple}.runner={runner}")
        cargo = build(
            cwd=cwd,
            args=["test", "--no-fail-fast", *args],
            env={**env, "HONE_TEST_LOG": str(log)},
            config=settings,
            on_unit=on_unit,
        )
        if not cargo.messages.build_succeeded:
            raise BuildFailed(
                "the tests do not build",
                next_step="make `cargo test --workspace --no-run` pass first, then run again",
                detail=cargo.rendered,
            )
        programs = {artifact.executable: artifact for artifact in cargo.messages.artifacts}
        outcomes, failures = _read_log(log, programs)
    outcomes += parse_output(cargo.other_stdout, binary="documentation tests", status=0)
    if not cargo.ok and not any(outcome.status is TestStatus.FAILED for outcome in outcomes):
        # cargo knows of a failure that no line shows: it must not get lost.
        failed = TestOutcome(binary="cargo test", name=WHOLE_PROGRAM, status=TestStatus.FAILED)
        outcomes.append(failed)
    return TestRun(outcomes=tuple(sorted(outcomes)), build=cargo, failures=failures)


def _write_runner(directory: Path) -> Path:
    runner = directory / "runner.sh"
    text = resources.files("cargo_hone.cargo").joinpath("test_runner.sh").read_text("utf-8")
    runner.write_text(text, "utf-8")
    runner.chmod(stat.S_IRWXU)
    return runner


def _read_log(log: Path, programs: Mapping[Path | None, Artifact]) -> tuple[list[TestOutcome], str]:
    outcomes: list[TestOutcome] = []
    failures: list[str] = []
    for entry in sorted(log.glob("*.program")):
        executable = Path(entry.read_text("utf-8", "replace").splitlines()[1])
        artifact = programs.get(executable)
        if artifact is None:
            continue  # rustdoc runs each documentation test through the runner as well.
        binary = program_name(artifact)
        output = entry.with_suffix(".out").read_text("utf-8", "replace")
        status_file = entry.with_suffix(".status")
        status = int(status_file.read_text()) if status_file.exists() else -1
        outcomes += parse_output(output, binary=binary, status=status)
        if status != 0:
            errors = entry.with_suffix(".err").read_text("utf-8", "replace")
            failures.append(f"--- {binary}\n{output[-4000:]}{errors[-1000:]}")
    return outcomes, "\n".join(failures)


def program_name(artifact: Artifact) -> str:
    """Return `package::target (kind)`, the same before and after a change of profiles or paths."""
    # `path+file:///place/core#0.1.0` or `…/place#core@0.1.0` (Cargo book, "Package ID specifications").
    place, _, tail = artifact.package_id.partition("#")
    package = tail.rpartition("@")[0] or place.rpartition("/")[2]
    return f"{package}::{artifact.target_name} ({'+'.join(artifact.target_kinds)})"


def parse_output(output: str, *, binary: str, status: int) -> list[TestOutcome]:
    """Read one program's libtest output.

    A program without libtest's summary (`harness = false`, or one that crashed) counts as one test of its own. Where
    the summary counts more tests than lines could be read, the rest are added without a name: no test gets lost.
    """
    found: list[TestOutcome] = []
    seen: Counter[str] = Counter()
    for line in output.splitlines():
        match = _TEST.search(line)
        if match is None:
            continue
        name = match["name"]
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} #{seen[name]}"
        found.append(TestOutcome(binary=binary, name=name, status=_HOW[match["how"]]))
    found += _unnamed(output, found, binary)
    failed = any(outcome.status is TestStatus.FAILED for outcome in found)
    if (
        not _SUMMARY.search(output)
        and (found or output or status)
        and binary != "documentation tests"
    ):
        ending = TestStatus.PASSED if status == 0 else TestStatus.FAILED
        found.append(TestOutcome(binary=binary, name=WHOLE_PROGRAM, status=ending))
    elif status != 0 and not failed:
        found.append(TestOutcome(binary=binary, name=WHOLE_PROGRAM, status=TestStatus.FAILED))
    return found


def _unnamed(output: str, found: Sequence[TestOutcome], binary: str) -> list[TestOutcome]:
    promised: Counter[TestStatus] = Counter()
    for match in _SUMMARY.finditer(output):
        for status, count in zip(
            (TestStatus.PASSED, TestStatus.FAILED, TestStatus.IGNORED), match.groups(), strict=True
        ):
            promised[status] += int(count)
    read = Counter(outcome.status for outcome in found)
    return [
        TestOutcome(binary=binary, name=f"(unnamed {status} #{number + 1})", status=status)
        for status in promised
        for number in range(promised[status] - read[status])
    ]
