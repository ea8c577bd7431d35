"""The proof in the user's own tree: every crate builds, the tests run, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cargo.build import BuildOutcome, build
from cargo_hone.cargo.tests import TestRun, run_tests
from cargo_hone.errors import BuildFailed
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.model import TestOutcome, TestStatus
from cargo_hone.sweep.live import Live, joined, named_by
from cargo_hone.workspace.excluded import ExcludedPackage
from cargo_hone.workspace.facts import WorkspaceFacts

BUILD = ("build", "--workspace")
TESTS = ("--workspace",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What building and testing the user's tree showed."""

    build: BuildOutcome
    tests: TestRun
    crates_built: int
    crates: int
    live: Live
    """The units that these commands use."""


def prove(
    facts: WorkspaceFacts,
    emit: Emit,
    *,
    when: str,
    excluded: Sequence[ExcludedPackage] = (),
) -> Proof:
    """Build the workspace and these excluded packages, and run the tests, in the user's own tree.

    Raises BuildFailed with the compiler's words where something does not build; tests that fail are a value.
    """

    def progress(message: str) -> None:
        emit(Event(kind=EventKind.PROGRESS, step="metrics", message=message))

    emit(Event(kind=EventKind.STARTED, step="metrics", message=f"building your tree, {when}"))
    built = build(
        cwd=facts.root,
        args=[*BUILD, *facts.flags],
        env=facts.env,
        on_unit=lambda count: progress(f"building your tree, {when}: {count} units"),
    ).require_ok(
        f"`cargo {' '.join(BUILD)}` in {facts.root}",
        next_step="make the workspace build with plain cargo first, then run again",
    )
    # Binaries are known by what they are linked to now; the next command links them anew.
    build_dir = _build_dir(facts)
    live = named_by(built.messages, build_dir=build_dir)
    emit(Event(kind=EventKind.STARTED, step="metrics", message=f"testing your tree, {when}"))
    tests = run_tests(
        cwd=facts.root,
        env=facts.env,
        triple=_triple(facts),
        has_runner=_has_runner(facts),
        args=[*TESTS, *facts.flags],
        on_unit=lambda count: progress(f"testing your tree, {when}: {count} units"),
    )
    live = joined(live, named_by(tests.build.messages, build_dir=build_dir))
    for package in excluded:
        progress(f"building {package.name}, {when}")
        args = ["build", *locked(package, facts.flags)]
        outcome = build(cwd=package.root, args=args, env=facts.env).require_ok(
            f"the build of {package.name}, which built before,",
            next_step=f"look at the errors; `cargo build` in {package.root} should show the same",
        )
        live = joined(live, named_by(outcome.messages, build_dir=build_dir))
    members = set(facts.metadata.members)
    seen = {artifact.package_id for artifact in built.messages.artifacts}
    return Proof(
        build=built,
        tests=tests,
        crates_built=len(members & seen),
        crates=len(members),
        live=live,
    )


def locked(package: ExcludedPackage, flags: Sequence[str]) -> list[str]:
    """The flags for a package of its own: nothing may be written to its lock file where it has one."""
    own = ["--locked"] if package.is_locked and "--locked" not in flags else []
    return [*flags, *own]


def still_fresh(facts: WorkspaceFacts) -> int:
    """Return how many units the same commands would compile now (0 is what a sweep must leave)."""
    built = build(cwd=facts.root, args=[*BUILD, *facts.flags], env=facts.env)
    tests = build(cwd=facts.root, args=["test", "--no-run", *TESTS, *facts.flags], env=facts.env)
    for outcome in (built, tests):
        if not outcome.ok:
            raise BuildFailed(
                "the workspace does not build any more after the sweep",
                next_step="run `cargo build` once more, and please report this as a bug in cargo-hone",
                detail=outcome.rendered,
            )
    return built.units_compiled + tests.units_compiled


def lost_tests(
    before: Sequence[TestOutcome], after: Sequence[TestOutcome]
) -> tuple[TestOutcome, ...]:
    """Return the tests that passed before and don't now, missing ones included."""
    now = {(outcome.binary, outcome.name): outcome for outcome in after}
    return tuple(
        outcome
        for outcome in before
        if outcome.status is TestStatus.PASSED
        and (
            (outcome.binary, outcome.name) not in now
            or now[outcome.binary, outcome.name].status is TestStatus.FAILED
        )
    )


def _build_dir(facts: WorkspaceFacts) -> Path | None:
    known = facts.metadata
    return known.build_directory if known.build_directory != known.target_directory else None


def _triple(facts: WorkspaceFacts) -> str:
    setting = facts.configuration.setting("build", "target")
    return setting.value if setting and isinstance(setting.value, str) else facts.toolchain.host


def _has_runner(facts: WorkspaceFacts) -> bool:
    if facts.configuration.setting("target", _triple(facts), "runner") is not None:
        return True
    return any(
        key.startswith("cfg(") and isinstance(table, dict) and "runner" in table
        for layer in facts.configuration.layers
        for key, table in layer.values.get("target", {}).items()
    )
