"""Wherever the program dies during apply, undo or recovery: after the next start all is old or all is new."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.recover import recover
from cargo_hone.edit.undo import NothingToUndo, undo
from cargo_hone.files import operation
from cargo_hone.model import Plan

from .conftest import Place, View, change, everything

MakePlace = Callable[[str], Place]


def normal(view: View) -> list[object]:
    """A view that can be compared with another place's: links lead to different absolute paths."""
    return [
        (name.split("/", 1)[-1], mode, content)
        for name, (content, mode) in view.items()
        if not isinstance(content, str)
    ]


def operations(action: Callable[[], object]) -> int:
    with operation.interrupting(after=1_000_000) as count:
        action()
    return count.started


def die(action: Callable[[], object], *, after: int) -> None:
    with operation.interrupting(after=after), pytest.raises(operation.Stopped):
        action()


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is proven here is the order of the operations; a sync is still one of them.
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_apply_stopped_at_every_operation(make_place: MakePlace) -> None:
    whole = make_place("whole")
    plan = everything(whole)
    total = operations(lambda: apply(plan, journal=whole.journal, root=whole.root))
    new = normal(whole.view())
    assert total > 80
    outcomes: set[str] = set()
    for after in range(total):
        place = make_place(f"apply-{after}")
        old, again = place.view(), everything(place)
        die(lambda: apply(again, journal=place.journal, root=place.root), after=after)  # noqa: B023
        recover(place.journal)
        view = place.view()
        if view == old:
            outcomes.add("old")
            assert place.journal.records() == ()
            apply(everything(place), journal=place.journal, root=place.root)
        else:
            outcomes.add("new")
        assert normal(place.view()) == new, after
        undo(place.journal)
        assert place.view() == old, after
        state = place.root.parent / "state"
        assert list(state.rglob("*.tmp")) == [], after
    assert outcomes == {"old", "new"}


def test_undo_stopped_at_every_operation(make_place: MakePlace) -> None:
    def applied(name: str) -> tuple[Place, View, View]:
        place = make_place(name)
        old = place.view()
        first = apply(everything(place), journal=place.journal, root=place.root)
        note = place.root / "ci" / "note.md"
        docs = everything(place)
        docs = type(docs)(title="docs", changes=(change(note, b"more\n"),))
        apply(docs, journal=place.journal, root=place.root, extend=first)
        return place, old, place.view()

    whole, _, _ = applied("whole")
    total = operations(lambda: undo(whole.journal))
    outcomes: set[str] = set()
    for after in range(total):
        place, old, new = applied(f"undo-{after}")
        die(lambda: undo(place.journal), after=after)  # noqa: B023
        recover(place.journal)
        view = place.view()
        assert view in (old, new), after
        if view == new:
            outcomes.add("new")
            undo(place.journal)
        else:
            outcomes.add("old")
        assert place.view() == old, after
        with pytest.raises(NothingToUndo):
            undo(place.journal)
    assert outcomes == {"old", "new"}


def test_recovery_stopped_at_every_operation(make_place: MakePlace) -> None:
    place = make_place("count")
    plan = everything(place)
    total = operations(lambda: apply(plan, journal=place.journal, root=place.root))

    def dead(name: str) -> tuple[Place, View]:
        """Die just before the last file is in place."""
        place = make_place(name)
        old, plan = place.view(), everything(place)
        die(lambda: apply(plan, journal=place.journal, root=place.root), after=total - 10)
        return place, old

    place, _ = dead("dead")
    steps = operations(lambda: recover(place.journal))
    assert steps > 20
    for after in range(steps):
        place, old = dead(f"recover-{after}")
        die(lambda: recover(place.journal), after=after)  # noqa: B023
        recover(place.journal)
        assert place.view() == old, after


def test_an_interrupt_at_every_operation_is_rolled_back_at_once(make_place: MakePlace) -> None:
    whole = make_place("whole")
    plan = everything(whole)
    total = operations(lambda: apply(plan, journal=whole.journal, root=whole.root))
    for after in range(total):
        place = make_place(f"interrupt-{after}")
        old, again = place.view(), everything(place)
        with (
            operation.interrupting(after=after, once=True),
            pytest.raises(operation.Stopped),
        ):
            apply(again, journal=place.journal, root=place.root)
        assert place.view() == old, after
        assert place.journal.records() == ()


@pytest.mark.parametrize("next_command", ["apply", "undo"])
def test_the_next_command_rolls_a_killed_run_back_by_itself(
    make_place: MakePlace, next_command: str
) -> None:
    place = make_place("count")
    total = operations(lambda: apply(everything(place), journal=place.journal, root=place.root))
    place = make_place("killed")
    old, plan = place.view(), everything(place)
    die(lambda: apply(plan, journal=place.journal, root=place.root), after=total - 5)
    assert place.view() != old
    if next_command == "apply":
        apply(plan, journal=place.journal, root=place.root)
        undo(place.journal)
    else:
        with pytest.raises(NothingToUndo):
            undo(place.journal)
    assert place.view() == old


def test_an_edit_made_after_the_kill_is_not_lost(make_place: MakePlace) -> None:
    place = make_place("edited")
    total = operations(lambda: apply(everything(place), journal=place.journal, root=place.root))
    place = make_place("killed")
    plan = everything(place)
    die(lambda: apply(plan, journal=place.journal, root=place.root), after=total - 3)
    note = place.root / "ci" / "note.md"
    note.write_bytes(b"mine\n")
    recovered = recover(place.journal)
    assert recovered.titles == ("everything",)
    assert [refused.path for refused in recovered.refused] == [note]
    assert note.read_bytes() == b"mine\n"
    assert (place.root / "old-hook").exists()


KILLED = """
    import os, signal, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from cargo_hone.edit.apply import apply
    from cargo_hone.edit.journal import Journal
    from cargo_hone.edit.undo import undo
    from cargo_hone.files import operation
    from cargo_hone.model import FileChange, Plan

    root, state, what, name, last = Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:7]
    plan = Plan(title="killed", changes=tuple(
        FileChange(path=root / name, before=(root / name).read_bytes(), after=b"new",
                   why="test", step="test")
        for name in ("a", "b", "c")))

    def kill(done, path):
        if done == name and path.name == last:
            os.kill(os.getpid(), signal.SIGKILL)

    with operation.observed(kill):
        if what == "apply":
            apply(plan, journal=Journal(state), root=root)
        else:
            undo(Journal(state))
"""


@pytest.mark.parametrize(
    ("what", "at"),
    [
        ("apply", ("rename", "000001.json")),  # before the record is there
        ("apply", ("rename", "a")),
        ("apply", ("rename", "c")),
        ("undo", ("rename", "a")),
        ("undo", ("rename", "c")),
    ],
)
def test_a_real_kill(tmp_path: Path, what: str, at: tuple[str, str]) -> None:
    root, state = tmp_path / "repo", tmp_path / "state"
    root.mkdir()
    for name in ("a", "b", "c"):
        (root / name).write_bytes(b"old")
    if what == "undo":
        changes = tuple(change(root / name, b"new") for name in ("a", "b", "c"))
        apply(Plan(title="before", changes=changes), journal=Journal(state), root=root)
    source = Path(__file__).parents[2] / "src"
    script = [sys.executable, "-c", textwrap.dedent(KILLED), source, root, state, what, *at]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL
    mixed = {path.read_bytes() for path in root.iterdir() if not path.name.startswith(".")}
    assert (len(mixed) == 2) == (at[1] == "c")
    recover(Journal(state))
    wanted = b"old" if what == "apply" else b"new"
    assert {path.name: path.read_bytes() for path in root.iterdir()} == dict.fromkeys("abc", wanted)
