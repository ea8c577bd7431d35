"""Both layouts in one directory: another cargo builds here now."""

import os
from dataclasses import replace
from pathlib import Path

from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.graph import build_graph
from cargo_hone.target.layout import LayoutKind
from cargo_hone.target.liveness import Mark, judge
from cargo_hone.target.units import Unit
from tests.target.conftest import Builds
from tests.target.layouts import V1, V2
from tests.target.tiny import BUILD, CHECK, TEST, Tiny


def other(tiny: Tiny) -> Tiny:
    """The same workspace as the other cargo sees it."""
    return replace(tiny, layout=V1 if tiny.layout is V2 else V2)


def marks(tiny: Tiny, units: list[Unit] | None = None) -> dict[LayoutKind, set[Mark]]:
    graph = build_graph(units if units is not None else tiny.state().units.units)
    found = judge(graph, tiny.premises()).marks
    return {
        layout: {mark for unit_id, mark in found.items() if unit_id.layout is layout}
        for layout in (LayoutKind.V1, LayoutKind.V2)
    }


def test_the_old_half_is_dead_once_the_new_one_has_everything(tiny: Tiny) -> None:
    new = other(tiny)
    for command in (BUILD, CHECK, TEST):
        new.cargo(*command)
    assert new.state().layout.kind is LayoutKind.MIXED
    assert marks(new) == {LayoutKind.V1: {Mark.DEAD}, LayoutKind.V2: {Mark.ALIVE}}
    old = sum(unit.id.layout is LayoutKind.V1 for unit in new.state().units.units)
    swept = new.sweep()
    assert swept.record.deleted_units == old > 10
    for command in (BUILD, CHECK, TEST):
        assert new.cargo(*command).compiled == []
    assert not list((new.debug / "deps").iterdir())
    assert (new.debug / "app").exists()


def test_what_the_new_cargo_has_not_built_yet_stays(tiny: Tiny) -> None:
    new = other(tiny)
    new.cargo(*BUILD)
    state = new.state()
    found = judge(state.graph, new.premises()).marks
    dead = {state.graph.units[unit_id].mode for unit_id in found if found[unit_id] is Mark.DEAD}
    kept = {
        state.graph.units[unit_id].mode
        for unit_id, mark in found.items()
        if mark is not Mark.DEAD and unit_id.layout is LayoutKind.V1
    }
    assert "build" in dead
    assert not {"check", "test", "check-test"} & dead
    assert {"check", "test"} <= kept
    new.sweep()
    assert tiny.cargo(*CHECK).compiled == []


def test_who_goes_to_and_fro_keeps_both(tiny: Tiny) -> None:
    new = other(tiny)
    new.cargo(*BUILD)
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    tiny.cargo(*BUILD)
    found = marks(new)
    assert Mark.DEAD not in found[LayoutKind.V1] | found[LayoutKind.V2]
    new.sweep()
    assert tiny.cargo(*BUILD).compiled == []


def test_back_to_the_old_layout_is_a_switch_as_well(builds: Builds, tmp_path: Path) -> None:
    new = builds(V2).copy(tmp_path / "ws")
    old = other(new)
    for command in (BUILD, CHECK, TEST):
        old.cargo(*command)
    assert marks(old) == {LayoutKind.V1: {Mark.ALIVE}, LayoutKind.V2: {Mark.DEAD}}


def test_another_compilers_half_is_another_commands(tiny: Tiny) -> None:
    new = other(tiny)
    for command in (BUILD, CHECK, TEST):
        new.cargo(*command)
    units = []
    for unit in new.state().units.units:
        assert isinstance(unit.fingerprint, Fingerprint)
        rustc = 1 if unit.id.layout is LayoutKind.V1 else unit.fingerprint.rustc
        units.append(replace(unit, fingerprint=replace(unit.fingerprint, rustc=rustc)))
    assert marks(new, units) == {LayoutKind.V1: {Mark.ALIVE}, LayoutKind.V2: {Mark.ALIVE}}


def test_edges_stay_in_their_layout_where_the_fingerprints_are_the_same(built: Tiny) -> None:
    units = list(built.state().units.units)
    copies = [replace(unit, id=replace(unit.id, layout=LayoutKind.V2)) for unit in units]
    graph = build_graph([*units, *copies])
    assert graph.unresolved == {}
    assert sum(map(len, graph.needs.values())) > 40
    for unit_id, needed in graph.needs.items():
        assert {other_id.layout for other_id in needed} <= {unit_id.layout}


def test_a_final_name_stays_while_either_half_makes_it(tiny: Tiny) -> None:
    new = other(tiny)
    new.cargo(*BUILD)
    new.sweep()
    assert os.access(new.debug / "app", os.X_OK)
    assert new.cargo(*BUILD).compiled == []
