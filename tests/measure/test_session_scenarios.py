"""Each scenario does what its name says: what cargo compiled shows it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cargo_hone.errors import BuildFailed, Unavailable, UsageProblem
from cargo_hone.measure import clocks
from cargo_hone.measure.builds import Builds
from cargo_hone.measure.clocks import Clocks
from cargo_hone.measure.edited_crates import EditedCrate
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Measured, Order, Progress
from cargo_hone.measure.scenarios import (
    BUILT_IN,
    Change,
    Edit,
    Nothing,
    Patch,
    Recipe,
    Start,
    Touch,
)
from cargo_hone.measure.scratch import Scratch, scratch_copy
from cargo_hone.measure.session import measure
from cargo_hone.model import AnyScenario, OwnScenario, Sample, Scenario, Variant

from .workspaces import write_files

Git = Callable[..., str]
BASE = Arm(variant=Variant(name="base"))
SLIM = Arm(variant=Variant(name="slim", config=("profile.dev.debug=0",)))


def own(
    name: str, command: tuple[str, ...], change: Change | None = None, start: Start = Start.BUILT
) -> Recipe:
    return Recipe(
        scenario=OwnScenario(name),
        command=command,
        start=start,
        change=change or Nothing(),
        about=name,
    )


@dataclass(kw_only=True)
class Session:
    """A session with the recipes that are wanted, and what it told."""

    copy: Scratch
    samples: list[Sample] = field(default_factory=list)
    edited: list[EditedCrate] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    on_sample: Callable[[Sample], None] = lambda _: None

    def run(
        self,
        wanted: Mapping[AnyScenario, int],
        *recipes: Recipe,
        arms: tuple[Arm, ...] = (BASE,),
        **order: object,
    ) -> Measured:
        def keep(sample: Sample) -> None:
            self.samples.append(sample)
            self.on_sample(sample)

        known = {**BUILT_IN, **{recipe.scenario: recipe for recipe in recipes}}
        repetitions = {**wanted, **{recipe.scenario: 2 for recipe in recipes}}
        return measure(
            self.copy,
            arms,
            Order(
                repetitions=repetitions,
                seed=1,
                recipes=known,
                keep_going=True,
                unit_times=False,
                **order,  # type: ignore[arg-type]
            ),
            flags=("--offline",),
            on_progress=self.progress.append,
            on_sample=keep,
            on_edited=self.edited.append,
        )

    def compiled(self) -> dict[str, list[int]]:
        """How many units each timed command compiled, by scenario."""
        found: dict[str, list[int]] = defaultdict(list)
        for sample in self.samples:
            found[str(sample.scenario)].append(sample.units_compiled)
        return dict(found)


def test_what_is_timed_besides_builds(repository: Path, environ: dict[str, str]) -> None:
    marker = repository.parent / "tests-ran"
    write_files(
        repository,
        {
            "ground/src/lib.rs": "mod sums;\npub use sums::total;\n\n#[test]\nfn leaves_a_trace() {\n"
            f'    std::fs::write("{marker}", "x").unwrap();\n}}\n'
        },
    )
    ran: dict[str, bool] = {}

    def look(sample: Sample) -> None:
        ran[str(sample.scenario)] = marker.exists()
        marker.unlink(missing_ok=True)

    wanted = {
        Scenario.CHECK: 2,
        Scenario.TEST_BUILD: 2,
        Scenario.FRESH_CHECKOUT: 2,
        Scenario.NOOP: 1,
        Scenario.TEST_RUN: 1,
    }
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        session = Session(copy=copy, on_sample=look)
        marker.unlink(missing_ok=True)
        session.run(wanted)
    # Three crates; with tests: two libraries and their tests, and those of the binary.
    assert session.compiled() == {
        "check": [3, 3],
        "test-build": [5, 5],
        "fresh-checkout": [3, 3],
        "noop": [0],
        "test-run": [5],
    }
    assert ran["test-run"]
    assert [(e.member, e.used_by) for e in session.edited] == [
        ("ground", (Scenario.CHECK, Scenario.TEST_BUILD, Scenario.TEST_RUN))
    ]


def test_the_workspaces_own_scenarios(repository: Path, git: Git, environ: dict[str, str]) -> None:
    source = repository / "middle/src/lib.rs"
    original = source.read_text()
    source.write_text(original.replace("[n, n]", "[n, n, 0]"))
    patch = repository.parent / "change.patch"
    patch.write_text(git(repository, "diff"))
    git(repository, "checkout", "-q", ".")
    seen: dict[str, set[str]] = defaultdict(set)
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        session = Session(
            copy=copy,
            on_sample=lambda s: seen[str(s.scenario)].add(
                (copy.workspace / "middle/src/lib.rs").read_text()
            ),
        )
        measured = session.run(
            {},
            own("touched", ("build",), Touch(paths=(Path("product/src/main.rs"),))),
            own("edited", ("check", "-p", "product"), Edit(crate="middle")),
            own("patched", ("build",), Patch(path=patch)),
            own("still", ("build",)),
            own("anew", ("build", "--release"), start=Start.CLEAN),
        )
    compiled = session.compiled()
    assert compiled["touched"] == [1, 1]
    assert compiled["edited"] == [2, 2]
    assert compiled["patched"] == [2, 2]
    assert compiled["still"] == [0, 0]
    assert compiled["anew"] == [3, 3]
    assert seen["patched"] == {original.replace("[n, n]", "[n, n, 0]")}
    # What comes after the patch is built without it.
    assert "[n, n, 0]" not in seen["still"].pop()
    assert len(seen["edited"]) == 2
    assert measured.failures == ()
    assert measured.skipped == ()
    assert [s.target_bytes is not None for s in session.samples if s.scenario == "anew"] == [
        True
    ] * 2


@pytest.mark.e2e
def test_documentation_is_measured_too(workspace: Path, environ: dict[str, str]) -> None:
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        session.run({}, own("docs", ("doc", "--no-deps"), Edit(crate="middle")))
    assert min(session.compiled()["docs"]) > 0


def test_scenarios_may_follow_each_other_in_any_order(
    repository: Path, environ: dict[str, str]
) -> None:
    """A switch after edits, an edit after a clean build: each finds what it starts from."""
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        session = Session(copy=copy)
        session.run(
            {
                Scenario.SWITCH: 20,
                Scenario.EDIT_ROOT: 20,
                Scenario.CLEAN_COLD: 20,
                Scenario.NOOP: 20,
            },
            budget_s=9.0,
        )
    compiled = session.compiled()
    assert {*compiled} == {"switch", "edit-root", "clean-cold", "noop"}
    assert {*compiled["switch"], *compiled["edit-root"], *compiled["clean-cold"]} == {3}
    assert {*compiled["noop"]} == {0}
    assert len({s.repetition for s in session.samples if s.scenario is Scenario.NOOP}) == len(
        compiled["noop"]
    )


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (own("x", ("build",), Edit(crate="grond")), "did you mean `ground`"),
        (own("x", ("build",), Touch(paths=(Path("ground/src/sum.rs"),))), "ground/src/sums.rs"),
        (
            own("x", ("build",), Touch(paths=(Path("../beside.rs"),))),
            "does not lie in the workspace",
        ),
        (own("x", ("build",), Patch(path=Path("/nowhere.patch"))), "cannot be read"),
    ],
)
def test_what_is_not_there_is_an_error_before_anything_is_built(
    workspace: Path, environ: dict[str, str], recipe: Recipe, said: str
) -> None:
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        with pytest.raises(UsageProblem) as caught:
            session.run({}, recipe)
    assert said in caught.value.message
    assert session.progress == []


def test_a_crate_that_the_command_does_not_compile_is_no_scenario(
    workspace: Path, environ: dict[str, str]
) -> None:
    recipe = own("x", ("build", "-p", "ground"), Edit(crate="product"))
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        measured = session.run({Scenario.NOOP: 1}, recipe)
    assert [(s.scenario, "not compiled" in s.why) for s in measured.skipped] == [("x", True)]
    assert [s.scenario for s in session.samples] == [Scenario.NOOP]


def test_a_variant_that_fails_is_reported_and_the_others_go_on(
    workspace: Path, environ: dict[str, str]
) -> None:
    odd = Arm(variant=Variant(name="odd", config=('build.rustflags=["--nonsense"]',)))
    wanted = {Scenario.CLEAN_COLD: 2, Scenario.EDIT_LEAF: 1, Scenario.NOOP: 1}
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        measured = session.run(wanted, arms=(BASE, odd, SLIM))
    (failure,) = measured.failures
    assert (failure.variant, failure.scenario) == ("odd", Scenario.CLEAN_COLD)
    assert "--nonsense" in failure.detail
    assert "--nonsense" in failure.next_step
    assert isinstance(failure.error(), BuildFailed)
    assert {s.variant for s in measured.samples} == {"base", "slim"}
    assert len(measured.samples) == 8


def test_a_command_that_fails_in_the_base_is_left_out_for_all(
    workspace: Path, environ: dict[str, str]
) -> None:
    source = workspace / "middle/src/lib.rs"
    source.write_text(source.read_text() + '#[test]\nfn fails() { panic!("so it does") }\n')
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        measured = session.run({Scenario.TEST_RUN: 2, Scenario.NOOP: 1}, arms=(BASE, SLIM))
    (failure,) = measured.failures
    assert (failure.variant, failure.scenario) == ("base", Scenario.TEST_RUN)
    assert "so it does" in failure.detail
    assert session.compiled() == {"noop": [0, 0]}


def _jumping(monkeypatch: pytest.MonkeyPatch, *, at: int, by_s: float, again: bool = False) -> None:
    """From the reading number `at` on the wall clock is `by_s` ahead; `again`: a bit more at each reading."""
    real, readings = clocks.now, 0

    def now() -> Clocks:
        nonlocal readings
        readings += 1
        ahead_s = 0.0 if readings < at else by_s * (readings - at + 1 if again else 1)
        found = real()
        return Clocks(
            wall_s=found.wall_s + ahead_s,
            awake_s=found.awake_s,
            asleep_too_s=found.asleep_too_s,
        )

    monkeypatch.setattr(clocks, "now", now)


@pytest.mark.parametrize("by_s", [-3600.0, 90.0])
def test_a_build_during_which_the_clock_jumped_is_measured_again(
    workspace: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, by_s: float
) -> None:
    wanted = {Scenario.EDIT_ROOT: 2, Scenario.NOOP: 2}
    started_over = []
    real = Builds.start_over
    monkeypatch.setattr(Builds, "start_over", lambda self: (started_over.append(1), real(self)))
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        _jumping(monkeypatch, at=15, by_s=by_s)
        measured = session.run(wanted, arms=(BASE, SLIM))
    # What was built before the clock went back lies in the future: cargo would take it for fresh.
    assert len(started_over) == (by_s < 0)
    assert len(measured.notes) == 1
    assert f"{by_s:+.1f} s" in measured.notes[0]
    assert session.compiled() == {"edit-root": [3] * 4, "noop": [0] * 4}
    assert {s.clock_jump_s for s in session.samples} == {0.0}


def test_a_clock_that_never_stands_still_is_an_error(
    workspace: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        _jumping(monkeypatch, at=2, by_s=60.0, again=True)
        with pytest.raises(Unavailable, match="clock"):
            Session(copy=copy).run({Scenario.NOOP: 1})


def test_a_budget_that_is_too_small_says_what_is_needed(
    workspace: Path, environ: dict[str, str]
) -> None:
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        session = Session(copy=copy)
        with pytest.raises(UsageProblem, match="too small") as caught:
            session.run({Scenario.CLEAN_COLD: 20}, arms=(BASE, SLIM), budget_s=0.1)
    assert "--budget" in caught.value.next_step
    assert session.samples == []
