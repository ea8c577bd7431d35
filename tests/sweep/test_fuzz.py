"""Damaged, strange and hostile target directories: nothing outside and nothing unknown is touched, and no traceback."""

import inspect
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.errors import HoneError
from cargo_hone.sweep import judged
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.sweep import Swept, sweep
from cargo_hone.target.premises import LockedPackage, MemberTarget, Premises, unknown_premises
from cargo_hone.target.running import InUse
from tests.sweep import fuzzed
from tests.sweep.fuzz_case import Case, everything, look
from tests.sweep.mischiefs import DEEP
from tests.sweep.synthetic import EARLY_NS

FEW, MANY = 500, 2000
PARTS = 4
AGAIN = 0.3
DEMANDS = (
    None,
    Budget(max_bytes=0),
    Budget(older_than_s=1.0),
    Budget(max_bytes=20_000, min_free_bytes=1 << 60),
)


def premises(case: Case) -> Premises:
    """`gone` is in no lock file any more; now and then nothing is known at all."""
    if case.random.random() < 0.1:
        return unknown_premises(case.target.root)
    return Premises(
        root=case.root,
        members=frozenset({"app"}),
        locked=frozenset(LockedPackage(name=name, version="0.1.0") for name in ("app", "dep")),
        targets=frozenset(
            MemberTarget(package="app", kind=kind, name="app") for kind in ("lib", "bin")
        ),
        settings_changed_ns=(EARLY_NS + 3 * 10**9,),
    )


def outcome(case: Case, *, dry_run: bool) -> str:
    """Sweep once; whatever comes out of it is an answer that a person can use."""
    budget = case.random.choice(DEMANDS)
    swept: Swept | None = None
    said: HoneError | None = None
    try:
        swept = sweep(case.target.root, premises=premises(case), dry_run=dry_run, budget=budget)
    except HoneError as error:
        said = error
    if swept is None:
        assert said is not None
        assert said.next_step
        return type(said).__name__
    if swept.record.skipped:
        return "skipped"
    # What has a name outside as well leaves the directory, and gives nothing back.
    assert swept.record.before_bytes - swept.record.after_bytes >= swept.plan.freed_bytes
    return "swept" if swept.plan.removals else "nothing to do"


def check(case: Case, seen: Counter[str]) -> None:
    outside = everything(case.outside)
    before = everything(case.root)
    planned = outcome(case, dry_run=True)
    assert everything(case.root) == before
    done = outcome(case, dry_run=False)
    seen.update((f"dry: {planned}", done))
    if done == "skipped":
        assert everything(case.root) == before
    if case.random.random() < AGAIN:
        outcome(case, dry_run=False)
    assert everything(case.outside) == outside
    for path, looked in case.unknown.items():
        assert os.path.lexists(path), path
        assert look(path) == looked, path


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process runs anything of these; to look for them would take half of the time."""
    nothing = InUse(identities=frozenset(), paths=frozenset())
    monkeypatch.setattr(judged, "read_in_use", lambda _: nothing)


@pytest.fixture
def few_calls() -> Iterator[None]:
    """Let calls be nested only a little deeper than they are: a tree of a thousand levels is hard to get rid of."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + DEEP - 60)
    yield
    sys.setrecursionlimit(usual)


def untouched(tmp_path: Path, numbers: range) -> None:
    seen: Counter[str] = Counter()
    for number in numbers:
        case = fuzzed.make(tmp_path / str(number), number)
        try:
            check(case, seen)
        except BaseException as error:
            error.add_note(f"case {number}: {', '.join(case.story)}")
            raise
        finally:
            # At once: whoever removes `tmp_path` later may not know how to remove such things.
            fuzzed.remove(case)
    # Cases that all end before anything is deleted would prove nothing.
    assert seen["swept"] > len(numbers) / 3, seen
    assert seen["skipped"] > 0, seen
    assert seen["Unavailable"] + seen["UsageProblem"] > 0, seen


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.usefixtures("nobody", "few_calls")
def test_nothing_outside_and_nothing_unknown_is_touched(part: int, tmp_path: Path) -> None:
    untouched(tmp_path, range(part * FEW // PARTS, (part + 1) * FEW // PARTS))


@pytest.mark.e2e
@pytest.mark.usefixtures("nobody", "few_calls")
def test_nothing_outside_and_nothing_unknown_is_touched_in_many_more(tmp_path: Path) -> None:
    untouched(tmp_path, range(FEW, MANY))
