"""Sweeps and builds started at random against each other: no build fails, and no program is missing."""

import random
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cargo_hone.errors import Busy
from tests.sweep.histories import Command, Lived, real_cargo
from tests.target.layouts import LAYOUTS, V1, V2_SPLIT, LayoutUnderTest

BUILDS: tuple[Command, ...] = (
    ("build", "--workspace"),
    ("build", "--workspace", "--features", "app/odd"),
    ("test", "--workspace", "--no-run"),
    ("check", "--workspace"),
)
BEFORE: tuple[tuple[str, ...], ...] = (
    (),
    ("edit the library",),
    ("edit the build script",),
    ("switch debug information",),
    ("switch a feature of the dependency",),
    ("add or remove a package", "edit the proc macro"),
)
SWEEPS = 3
FEW, MANY = 10, 100


@dataclass(slots=True)
class Together:
    """Things that run at the same time; what one raises is raised at the end."""

    threads: list[threading.Thread] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def start(self, do: Callable[[], None], *, after_s: float) -> None:
        def run() -> None:
            time.sleep(after_s)
            try:
                do()
            except BaseException as error:  # noqa: BLE001 (raised where they are joined)
                self.errors.append(error)

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the sweeps of all rounds did."""

    swept: int = 0
    busy: int = 0


def race(lived: Lived, chance: random.Random, tally: Tally) -> None:
    """One round: a change, then a build and some sweeps at random moments of it."""
    lived.change(*chance.choice(BEFORE))
    command = chance.choice(BUILDS)

    def sweep() -> None:
        try:
            tally.swept += bool(lived.sweep(wait_s=chance.choice((0.0, 20.0))).plan.removals)
        except Busy:
            tally.busy += 1

    together = Together()
    together.start(lambda: assert_right(lived, command), after_s=chance.random() * 0.2)
    for _ in range(SWEEPS):
        together.start(sweep, after_s=chance.random() * 0.5)
    together.join()
    # What was built stays: nothing is compiled again, and the programs are there.
    assert lived.compiled(command) == []
    assert_right(lived, command)


def assert_right(lived: Lived, command: Command) -> None:
    """Build and run the programs (but the proc macro's tests, which need the compiler's libraries)."""
    for artifact in lived.cargo.run(lived.root, command).artifacts:
        if artifact.executable and artifact.target_name != "mac":
            said = subprocess.run(
                [artifact.executable], capture_output=True, check=True, cwd=lived.root
            ).stdout.decode()
            if artifact.target_name == "app" and not artifact.test:
                assert said == lived.project.says


def rounds(layout: LayoutUnderTest, root: Path, *, number: int) -> None:
    chance = random.Random(number)  # noqa: S311
    lived = Lived(root=root, cargo=real_cargo(layout), layout=layout)
    lived.start()
    lived.cargo.run(lived.root, BUILDS[0])
    tally = Tally()
    for _ in range(number):
        race(lived, chance, tally)
    # Rounds in which nothing meets would prove nothing.
    assert tally.swept > 0
    assert tally.busy > 0


@pytest.mark.parametrize("layout", [V1, V2_SPLIT], ids=str)
def test_sweeps_and_builds_do_not_hurt_each_other(layout: LayoutUnderTest, tmp_path: Path) -> None:
    rounds(layout, tmp_path / "ws", number=FEW)


@pytest.mark.e2e
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
def test_sweeps_and_builds_do_not_hurt_each_other_in_many_rounds(
    layout: LayoutUnderTest, tmp_path: Path
) -> None:
    rounds(layout, tmp_path / "ws", number=MANY)
