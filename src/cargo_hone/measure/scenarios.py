"""What each scenario is: the state it starts from, the change before it, and the command that is timed.

The sentences are those of `--help` and of the documentation; the session does what the values say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cargo_hone.measure.meter import BUILD
from cargo_hone.model import AnyScenario, Scenario

CHECK = ("check", "--workspace")
TEST_BUILD = ("test", "--no-run", "--workspace")
TEST_RUN = ("test", "--workspace")


class Start(StrEnum):
    """What is there when the timed command begins."""

    CLEAN = "clean"
    """An empty target directory, before each timed command."""
    BUILT = "built"
    """A target directory that this command has brought up to date with the sources."""


class Pick(StrEnum):
    """A crate that is chosen from the dependency graph."""

    ROOT = "root"
    LEAF = "leaf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A function's body is changed, another way each time. `crate`: one from the graph, or the one of this name."""

    crate: Pick | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """To another commit and back: old contents with new times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheckout:
    """Every source file gets the time of now, as `git clone` gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Files get the time of now. `paths` are relative to the workspace's root."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A patch is applied, and taken back after the timed command. `path` is the patch file's, absolute."""

    path: Path


Change = Nothing | Edit | Switch | NewCheckout | Touch | Patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One scenario. `command` is cargo's, with the subcommand first; `about` says in a sentence what is timed."""

    scenario: AnyScenario
    command: tuple[str, ...]
    start: Start
    change: Change
    about: str

    @property
    def compiles(self) -> bool:
        """Whether a build that compiles nothing cannot have been this scenario."""
        return isinstance(self.change, (Edit, Switch)) or self.start is Start.CLEAN


def _built(
    scenario: Scenario, command: tuple[str, ...], change: Change, about: str
) -> tuple[Scenario, Recipe]:
    return scenario, Recipe(
        scenario=scenario, command=command, start=Start.BUILT, change=change, about=about
    )


def _clean(scenario: Scenario, about: str) -> tuple[Scenario, Recipe]:
    return scenario, Recipe(
        scenario=scenario, command=BUILD, start=Start.CLEAN, change=Nothing(), about=about
    )


_AFTER_EDIT = "after a change to a function's body in the crate that most others stand on"

BUILT_IN: Mapping[AnyScenario, Recipe] = dict(
    (
        _clean(
            Scenario.CLEAN_COLD,
            "`cargo build --workspace` into an empty target directory (with an emptied compiler cache)",
        ),
        _clean(
            Scenario.CLEAN_WARM, "the same with what the build before left in the compiler cache"
        ),
        _built(
            Scenario.EDIT_ROOT,
            BUILD,
            Edit(crate=Pick.ROOT),
            f"`cargo build --workspace` {_AFTER_EDIT}",
        ),
        _built(
            Scenario.EDIT_LEAF,
            BUILD,
            Edit(crate=Pick.LEAF),
            "`cargo build --workspace` after such a change in a crate that no other stands on",
        ),
        _built(
            Scenario.SWITCH,
            BUILD,
            Switch(),
            "`cargo build --workspace` after going to another commit and back",
        ),
        _built(
            Scenario.CHECK,
            CHECK,
            Edit(crate=Pick.ROOT),
            f"`cargo check --workspace` {_AFTER_EDIT}",
        ),
        _built(
            Scenario.TEST_BUILD,
            TEST_BUILD,
            Edit(crate=Pick.ROOT),
            f"`cargo test --no-run --workspace` {_AFTER_EDIT}",
        ),
        _built(
            Scenario.TEST_RUN,
            TEST_RUN,
            Edit(crate=Pick.ROOT),
            f"`cargo test --workspace`, the tests' run included, {_AFTER_EDIT}",
        ),
        _built(
            Scenario.FRESH_CHECKOUT,
            BUILD,
            NewCheckout(),
            "`cargo build --workspace` where every source file has just been checked out anew and the target "
            "directory is the old one, as CI restores it",
        ),
        _built(
            Scenario.NOOP,
            BUILD,
            Nothing(),
            "`cargo build --workspace` with nothing changed",
        ),
    )
)
"""In the order in which they are measured: the clean ones first, `noop` last."""
