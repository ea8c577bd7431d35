"""Final names (`target/debug/app`) go with the last unit that would make them, not before."""

from pathlib import Path

from cargo_hone.sweep.belongings import belongings
from cargo_hone.target.units import Mode, TargetKind
from tests.target.tiny import BUILD, Tiny


def test_a_final_name_stays_while_another_unit_makes_it(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    tiny.cargo(*BUILD)
    state = tiny.state()
    inode = (tiny.debug / "app").stat().st_ino
    binaries = [
        unit
        for unit in state.units.units
        if unit.kind is TargetKind.BIN and unit.mode is Mode.BUILD
    ]
    newest = next(u for u in binaries if inode in {entry.inode for entry in u.outputs})
    assert len(binaries) == 2
    assert belongings(state, frozenset({newest.id})).final_links == {}
    both = belongings(state, frozenset(unit.id for unit in binaries)).final_links
    assert {Path(entry.path) for entry in both[newest.id]} == {
        tiny.debug / "app",
        tiny.debug / "app.d",
    }


def test_incremental_state_that_two_units_may_own_waits_for_both(built: Tiny) -> None:
    state = built.state()
    for directory in state.incremental:
        for owner in directory.owners:
            alone = belongings(state, frozenset({owner})).sessions
            assert (directory in alone.get(owner, ())) == (len(directory.owners) == 1)
        together = belongings(state, directory.owners).sessions
        assert directory in [one for found in together.values() for one in found]
