"""What rustdoc read of a target that is not there any more, as a real cargo kept it beside the rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.target.outlived import without_outlived
from cargo_hone.target.premises import LockedPackage
from cargo_hone.target.state import TargetState
from cargo_hone.target.units import Mode, Unit
from tests.target.layouts import V1, V2
from tests.target.tiny import Tiny

DOC = ("doc", "--workspace", "--no-deps")
SECOND = "app/src/bin/second.rs"


@pytest.fixture
def documented(tiny: Tiny) -> Tiny:
    """With the documentation of a program that was removed."""
    tiny.write(SECOND, "fn main() {}")
    tiny.cargo(*DOC)
    (tiny.root / SECOND).unlink()
    return tiny


def documentation(state: TargetState) -> Unit:
    (unit,) = (u for u in state.units.units if u.mode is Mode.DOC and u.id.package == "app")
    return unit


@pytest.mark.parametrize("layout", [V1, V2], ids=str)
def test_a_program_that_was_removed_is_no_part_any_more(documented: Tiny) -> None:
    state, premises = documented.state(), documented.premises()
    before = documentation(state)
    assert before.documented == {"app", "second"}
    read = without_outlived(state, premises)
    orphan = read.units.orphans[-1]
    after = documentation(read)
    assert after.documented == {"app"}
    # The program was read with its own library, checked.
    assert read.graph.needs[after.id] < state.graph.needs[before.id]
    files = {entry.path for entry in before.fingerprint_tree if "second" in entry.name}
    assert {entry.path for entry in orphan.tree} == files
    assert orphan.tree[0].name == "doc-bin-second.json"


def test_a_sweep_takes_its_files_and_leaves_the_rest_fresh(documented: Tiny) -> None:
    documented.cargo(*DOC)
    documented.sweep()
    assert not [name for name in documented.files() if "second" in Path(name).name]
    assert documented.cargo(*DOC).compiled == []


def test_the_documentation_of_programs_outlives_that_of_their_library(tiny: Tiny) -> None:
    tiny.write("app/src/main.rs", "fn main() {}")
    tiny.write(SECOND, "fn main() {}")
    (tiny.root / "app/tests/first-test.rs").unlink()
    tiny.cargo(*DOC)
    (tiny.root / "app/src/lib.rs").unlink()
    tiny.cargo(*DOC)
    tiny.sweep()
    assert tiny.cargo(*DOC).compiled == []


def test_what_is_there_stays(documented: Tiny) -> None:
    documented.write(SECOND, "fn main() {}")
    state = documented.state()
    assert without_outlived(state, documented.premises()) is state


def test_nothing_is_concluded_where_another_package_may_be_meant(documented: Tiny) -> None:
    state, premises = documented.state(), documented.premises()
    namesake = LockedPackage(name="app", version="7.0.0")
    for other in (
        replace(premises, crates=frozenset()),
        replace(premises, members=frozenset({"mac"})),
        replace(premises, targets=frozenset()),
        replace(premises, locked=premises.locked | {namesake}),
    ):
        assert without_outlived(state, other) is state


def test_a_package_that_is_called_like_documentation_is_none(documented: Tiny) -> None:
    documented.write(SECOND, "fn main() {}")
    state = documented.state()
    unit = documentation(state)
    top, *rest = unit.fingerprint_tree
    path = f"{top.path.rpartition('/')[0]}/doc-bin-app-{unit.id.hash}"
    named = replace(unit, fingerprint_tree=(top._replace(path=path), *rest))
    state = replace(state, units=replace(state.units, units=(named,)))
    assert without_outlived(state, documented.premises()) is state
