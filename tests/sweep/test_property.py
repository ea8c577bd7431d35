"""Whatever happened before: a sweep costs the commands in use nothing, and `--live` leaves nothing else."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from tests.sweep.histories import (
    WITH_ENVIRONMENTS,
    Episode,
    History,
    Lived,
    histories,
    real_cargo,
    shown,
)
from tests.sweep.projects import HOST
from tests.target.layouts import LAYOUTS, V1, V2, LayoutUnderTest

LEAST_SHARE = 0.98

REPRODUCIBLE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
FEW = settings(REPRODUCIBLE, max_examples=15, phases=(Phase.explicit, Phase.generate))
MANY = settings(REPRODUCIBLE, max_examples=200)

# The documentation of the program stays beside that of the library, and its edges lead nowhere any more.
DOCUMENTED_AND_REMOVED = History(
    (
        Episode(
            changes=("add or remove a program",),
            commands=(("check", "--workspace", "--all-targets"), ("build", "--workspace")),
        ),
        Episode(
            changes=("switch debug information", "another version of the dependency"),
            commands=(("doc", "--workspace", "--no-deps"), ("test", "--workspace", "--no-run")),
        ),
        Episode(
            changes=("add or remove a program",),
            commands=(("doc", "--workspace", "--no-deps"), ("test", "--workspace", "--no-run")),
        ),
    )
)

# What rustdoc read of a program that was removed stays in the library's fingerprint directory, as it was then.
DOCUMENTED_AND_OUTLIVED = History(
    (
        Episode(
            changes=("add or remove a program",), commands=(("doc", "--workspace", "--no-deps"),)
        ),
        Episode(
            changes=("add or remove a program", "switch the dependency's optimisation"),
            commands=(("doc", "--workspace", "--no-deps"),),
        ),
    )
)

# The documentation of the host, which has the same hash as that for a triple.
DOCUMENTED_FOR_A_TRIPLE = History(
    (
        Episode(changes=(), commands=(("doc", "--workspace", "--no-deps"),)),
        Episode(
            changes=("switch the target triple",), commands=(("doc", "--workspace", "--no-deps"),)
        ),
    )
)

# Back to former settings, so that a plain build compiles nothing. The build for a triple compiles the build script
# without the flags, where the flagged one lies: no proof against that one, whose commands compiled nothing anew.
GONE_BACK_BESIDE_A_TRIPLE = History(
    (
        Episode(changes=("switch a flag of rustc",), commands=(("build", "--workspace"),)),
        Episode(
            changes=("switch the dependency's optimisation",), commands=(("build", "--workspace"),)
        ),
        Episode(
            changes=("switch the dependency's optimisation",),
            commands=(("build", "--workspace"), ("build", "--workspace", "--target", HOST)),
        ),
    )
)

# The same with tests, which always unwind: their libraries are no proof against those that abort.
GONE_BACK_BESIDE_TESTS = History(
    (
        Episode(changes=("switch the panic strategy",), commands=(("build", "--workspace"),)),
        Episode(
            changes=("switch the panic strategy", "switch the dependency's optimisation"),
            commands=(("build", "--workspace"),),
        ),
        Episode(
            changes=("switch the panic strategy", "switch the dependency's optimisation"),
            commands=(("build", "--workspace"), ("test", "--workspace", "--no-run")),
        ),
    )
)

# Back by taking the configuration away: the manifest was written before, so nothing else tells of that change.
GONE_BACK_BY_A_REMOVAL = History(
    (
        Episode(changes=(), commands=(("bench", "--workspace", "--no-run"),)),
        Episode(
            changes=("switch a flag of rustc", "switch debug information"),
            commands=(("bench", "--workspace", "--no-run"),),
        ),
        Episode(
            changes=("switch a flag of rustc",), commands=(("bench", "--workspace", "--no-run"),)
        ),
    )
)

# Other flags of one command say nothing about another one, whose units nobody had to compile again.
FLAGGED_BY_AN_ENVIRONMENT = History(
    (
        Episode(changes=(), commands=(("test", "--workspace", "--no-run"),)),
        Episode(
            changes=("switch a feature of the dependency",),
            commands=(
                ("test", "--workspace", "--no-run"),
                ("RUSTFLAGS=--cfg=odd", "test", "--workspace", "--no-run"),
            ),
        ),
    )
)

# Of one place there are units with these flags and other features, and with other flags and these features.
FLAGGED_BESIDE_OTHER_FEATURES = History(
    (
        Episode(
            changes=("add or remove a member",),
            commands=(("build", "-p", "app"), ("build", "--workspace")),
        ),
        Episode(changes=("add or remove a member",), commands=()),
        Episode(
            changes=("add or remove a member",),
            commands=(
                ("build", "-p", "app"),
                ("build", "--workspace"),
                ("RUSTFLAGS=--cfg=odd", "build", "-p", "app"),
            ),
        ),
    )
)


def costs_nothing(lived: Lived, history: History) -> None:
    """Sweep, then run again what is in use."""
    swept = lived.sweep()
    assert not swept.record.skipped
    said = [
        f"`{shown(command)}` compiled {', '.join(compiled)}"
        for command in history.in_use
        if (compiled := lived.compiled(command))
    ]
    if said:
        # Of what was dirty before the sweep the sweep is innocent.
        lived.restore()
        said += [
            f"before the sweep `{shown(command)}` compiled {lived.compiled(command)}"
            for command in history.in_use
        ]
        raise AssertionError("\n".join(said))
    for command in history.in_use:
        # (Flags of the environment stand in the place of those of the configuration.)
        if not command[0].startswith("RUSTFLAGS"):
            assert lived.wrong(command) == []


def leaves_nothing_else(lived: Lived, history: History) -> None:
    """Sweep with `--live`, then compare with what the same commands make from nothing.

    What both have counts as the same: a live session of rustc's is some kilobytes larger after each edit.
    """
    before = lived.built()
    lived.sweep(live=history.in_use)
    after = lived.built()
    for command in history.in_use:
        assert lived.compiled(command) == []
    lived.forget()
    for command in history.in_use:
        lived.cargo.run(lived.root, command)
    fresh = lived.built()
    to_go_bytes = more_bytes(before, fresh)
    left_bytes = more_bytes(after, fresh)
    assert left_bytes <= (1 - LEAST_SHARE) * to_go_bytes, (
        f"of {to_go_bytes} bytes that the live commands do not make {left_bytes} are left:\n"
        + "\n".join(f"{after[path]:9} {path}" for path in sorted(after.keys() - fresh.keys()))
    )


def more_bytes(built: Mapping[str, int], fresh: Mapping[str, int]) -> int:
    """What is in `built` and not in `fresh`."""
    return sum(size_bytes for path, size_bytes in built.items() if path not in fresh)


def both(history: History, layout: LayoutUnderTest, parent: Path) -> None:
    with lived_through(history, layout, parent) as lived:
        lived.save()
        costs_nothing(lived, history)
        lived.restore()
        leaves_nothing_else(lived, history)


def only_the_first(history: History, layout: LayoutUnderTest, parent: Path) -> None:
    with lived_through(history, layout, parent) as lived:
        lived.save()
        costs_nothing(lived, history)


@contextlib.contextmanager
def lived_through(history: History, layout: LayoutUnderTest, parent: Path) -> Iterator[Lived]:
    base = Path(mkdtemp(dir=parent))
    try:
        # One at a time: of two units of one crate that are compiled at the same moment nobody can tell whose
        # incremental session is whose, so both stay.
        cargo = real_cargo(layout, CARGO_BUILD_JOBS="1")
        lived = Lived(root=base / "ws", cargo=cargo, layout=layout)
        lived.start()
        lived.live(history)
        yield lived
    finally:
        shutil.rmtree(base)


@pytest.mark.parametrize("layout", [V1, V2], ids=str)
@FEW
@example(history=DOCUMENTED_FOR_A_TRIPLE)
@example(history=DOCUMENTED_AND_REMOVED)
@example(history=GONE_BACK_BESIDE_A_TRIPLE)
@example(history=GONE_BACK_BESIDE_TESTS)
@example(history=GONE_BACK_BY_A_REMOVAL)
@given(history=histories())
def test_what_is_in_use_stays_and_live_leaves_nothing_else(
    history: History, layout: LayoutUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    both(history, layout, tmp_path_factory.getbasetemp())


@pytest.mark.e2e
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
@MANY
@example(history=DOCUMENTED_AND_OUTLIVED)
@example(history=DOCUMENTED_FOR_A_TRIPLE)
@example(history=GONE_BACK_BESIDE_A_TRIPLE)
@example(history=GONE_BACK_BESIDE_TESTS)
@example(history=GONE_BACK_BY_A_REMOVAL)
@given(history=histories(most_episodes=5))
def test_what_is_in_use_stays_and_live_leaves_nothing_else_whatever_happened(
    history: History, layout: LayoutUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    both(history, layout, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("layout", [V1, V2], ids=str)
@settings(FEW, max_examples=5)
@example(history=FLAGGED_BESIDE_OTHER_FEATURES)
@example(history=FLAGGED_BY_AN_ENVIRONMENT)
@given(history=histories(among=WITH_ENVIRONMENTS))
def test_commands_with_an_environment_of_their_own_take_no_place(
    history: History, layout: LayoutUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    only_the_first(history, layout, tmp_path_factory.getbasetemp())


@pytest.mark.e2e
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("layout", [V1, V2], ids=str)
@MANY
@example(history=FLAGGED_BESIDE_OTHER_FEATURES)
@example(history=FLAGGED_BY_AN_ENVIRONMENT)
@given(history=histories(most_episodes=5, among=WITH_ENVIRONMENTS))
def test_commands_with_an_environment_of_their_own_take_no_place_whatever_happened(
    history: History, layout: LayoutUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    only_the_first(history, layout, tmp_path_factory.getbasetemp())
