"""Whatever goes wrong after the files were changed takes the change back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cargo_hone import optimize as job
from cargo_hone.cache.capacity import parse
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.undo import undo
from cargo_hone.errors import BuildFailed, Unavailable
from cargo_hone.events import Event, EventKind, silent
from cargo_hone.history.database import open_history
from cargo_hone.model import FileChange, Plan, Standing
from cargo_hone.optimize import measuring
from cargo_hone.optimize.decision import Decision
from cargo_hone.optimize.measuring import Found
from cargo_hone.optimize.proposal import Proposal, outcome, propose
from cargo_hone.optimize.request import Request
from cargo_hone.optimize.rollback import take_back_unproven
from tests.optimize.conftest import Place
from tests.optimize.planted import Planted


@pytest.fixture
def proposal(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[[Planted], Proposal]:
    """A proposal whose measurement is left out: the planted lever counts as one that pays."""

    def make(lever: Planted) -> Proposal:
        found = Found(
            decision=Decision(
                kept=(lever,), outcomes=(outcome(lever, Standing.APPLIED, "planted"),)
            ),
            shared=None,
            bounds=(),
        )
        monkeypatch.setattr(measuring, "measure_and_decide", lambda *_, **__: found)
        monkeypatch.setattr("cargo_hone.optimize.proposal.LEVERS", (lever,))
        return propose(
            Request(
                manifest=place.root / "Cargo.toml",
                env=place.env,
                flags=("--offline",),
                unproven=place.state / "unproven",
                capacity=parse("10G"),
                capacity_given=False,
                quick=True,
                budget_s=60.0,
                disk_threshold_bytes=10**10,
                scratch_parent=None,
                command="cargo hone optimize",
                seed=1,
            )
        )

    return make


def carry_out(proposal: Proposal, place: Place, emit: Callable[[Event], None] = silent) -> Path:
    with open_history(place.state) as database:
        journal = Journal(place.state)
        return job.optimize(proposal, database=database, journal=journal, emit=emit).page


HARMLESS = Planted(keys=("profile", "dev", "debug"), value="none")


def test_a_lever_that_harms_nothing_stays_until_undo(
    place: Place, proposal: Callable[[Planted], Proposal]
) -> None:
    place.make()
    before = place.files()
    page = carry_out(proposal(HARMLESS), place)
    assert (place.root / ".cargo/config.toml").read_text() == '[profile.dev]\ndebug = "none"\n'
    assert "a planted lever" in page.read_text()
    assert undo(Journal(place.state)).refused == ()
    assert place.files() == before


def test_a_lever_that_breaks_the_build_is_taken_back(
    place: Place, proposal: Callable[[Planted], Proposal]
) -> None:
    place.make()
    before = place.files()
    with pytest.raises(BuildFailed):
        carry_out(proposal(Planted(keys=("build", "target"), value="no-such-triple")), place)
    assert place.files() == before


def test_a_lever_that_loses_a_test_is_taken_back(
    place: Place, proposal: Callable[[Planted], Proposal]
) -> None:
    tiny = place.make()
    source = tiny.root / "crates" / "lib0" / "src" / "lib.rs"
    source.write_text(
        source.read_text()
        + "#[cfg(test)] mod planted {\n"
        + '    #[test] fn unset() { assert!(std::env::var("PLANTED").is_err()); }\n}\n'
    )
    before = place.files()
    with pytest.raises(BuildFailed, match="1 tests that passed before fail"):
        carry_out(proposal(Planted(keys=("env", "PLANTED"), value="x")), place)
    assert place.files() == before


def test_an_interrupt_right_after_the_change_takes_it_back(
    place: Place, proposal: Callable[[Planted], Proposal]
) -> None:
    place.make()
    before = place.files()
    seen: list[bool] = []

    def interrupt(event: Event) -> None:
        if event.kind is EventKind.STARTED and "with the changes" in event.message:
            seen.append((place.root / ".cargo/config.toml").exists())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(proposal(HARMLESS), place, interrupt)
    assert seen == [True]
    assert place.files() == before


def test_a_marker_without_its_change_takes_nothing_back(place: Place, tmp_path: Path) -> None:
    """A run that was killed before it applied anything named a number that another change has now."""
    place.make()
    journal, unproven = Journal(place.state), tmp_path / "unproven"
    path = place.root / "theirs"
    change = FileChange(path=path, before=None, after=b"kept", why="", step="")
    made = apply(Plan(title="something else", changes=(change,)), journal=journal, root=place.root)
    unproven.write_text(f"{made.id}\noptimize the build\n")
    take_back_unproven(unproven, journal=journal, root=place.root, emit=silent)
    assert path.read_bytes() == b"kept"
    assert not unproven.exists()


def test_a_change_that_cannot_be_taken_back_stays_marked(place: Place, tmp_path: Path) -> None:
    place.make()
    journal, unproven = Journal(place.state), tmp_path / "unproven"
    path = place.root / "ours"
    change = FileChange(path=path, before=None, after=b"new", why="", step="")
    made = apply(
        Plan(title="optimize the build", changes=(change,)), journal=journal, root=place.root
    )
    unproven.write_text(f"{made.id}\noptimize the build\n")
    for blob in (place.state / "journal" / "blobs").iterdir():
        blob.write_bytes(b"damaged")
    with pytest.raises(Unavailable):
        take_back_unproven(unproven, journal=journal, root=place.root, emit=silent)
    assert unproven.exists()
