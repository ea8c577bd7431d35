"""A sweep for a budget that dies before any of its file operations leaves a target directory that cargo builds on."""

import subprocess
from pathlib import Path

import pytest

from cargo_hone.files import operation
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.sweep import sweep
from tests.target.layouts import V1, V2, V2_SPLIT
from tests.target.tiny import BUILD, Tiny

EVERYTHING = Budget(max_bytes=0)


@pytest.fixture
def once(built: Tiny, tmp_path: Path) -> Tiny:
    """One generation of `build`: nothing is dead."""
    tiny = built.copy(tmp_path / "once").without_target()
    tiny.cargo(*BUILD)
    return tiny


def operations(tiny: Tiny, to: Path) -> tuple[int, set[str]]:
    """How many file operations the whole sweep takes, and what it leaves."""
    whole = tiny.copy(to)
    with operation.interrupting(after=10**6) as count:
        whole.sweep(budget=EVERYTHING)
    return count.started, whole.files()


def die_after(tiny: Tiny, number: int) -> None:
    with operation.interrupting(after=number), pytest.raises(operation.Stopped):
        sweep(tiny.target, premises=tiny.premises(), budget=EVERYTHING)


def is_whole_again(tiny: Tiny) -> None:
    """Cargo builds, the program says what it should, and then nothing is left to build."""
    tiny.cargo("build")
    said = subprocess.run([tiny.debug / "app"], capture_output=True, check=True).stdout
    assert said == b"2\n"
    assert tiny.cargo("build").compiled == []


@pytest.mark.parametrize("share", [0.0, 0.04, 0.09, 0.15, 0.2, 0.6])
def test_what_was_half_given_up_can_be_built_again(
    once: Tiny, tmp_path: Path, share: float
) -> None:
    count, _ = operations(once, tmp_path / "whole")
    die_after(once, int(share * count))
    is_whole_again(once)


@pytest.mark.parametrize("layout", [V1, V2, V2_SPLIT], ids=str)
def test_the_next_sweep_ends_what_the_killed_ones_began(once: Tiny, tmp_path: Path) -> None:
    count, left = operations(once, tmp_path / "whole")
    for _ in range(count):
        try:
            with operation.interrupting(after=4):
                sweep(once.target, premises=once.premises(), budget=EVERYTHING)
        except operation.Stopped:
            # Each goes before what it needs: the next sweep can judge all that is left.
            assert once.state().graph.unresolved == {}
            continue
        break
    sweep(once.target, premises=once.premises(), budget=EVERYTHING)
    assert once.files() == left


class DyingBefore:
    """Dies at one rename, the only operation that cargo can see, and stays dead."""

    def __init__(self, rename: int) -> None:
        self.rename = rename
        self.renames = 0

    def __call__(self, kind: str, path: Path) -> None:
        self.renames += kind == "rename"
        if self.renames > self.rename:
            raise operation.Stopped(f"{kind} {path}")


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_it_may_die_before_every_single_rename(once: Tiny, tmp_path: Path) -> None:
    deaths = 0
    while True:
        copy = once.copy(tmp_path / f"copy-{deaths}")
        try:
            with operation.observed(DyingBefore(deaths)):
                sweep(copy.target, premises=copy.premises(), budget=EVERYTHING)
        except operation.Stopped:
            deaths += 1
            is_whole_again(copy)
        else:
            break
    assert deaths > 15
