"""Unpacked objects of earlier builds, as a real rustc left them: only what nothing names any more goes."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.target.state import TargetState
from cargo_hone.target.units import UnitId
from cargo_hone.target.unpacked import object_names, without_unpacked
from tests.target.layouts import V1, V2_SPLIT, LayoutUnderTest
from tests.target.tiny import Tiny, make

_LIBRARY = "pub mod {module} {{ pub fn answer(x: u32) -> u32 {{ x + {value} }} }}"
_PROGRAM = (
    'mod one {{ pub fn say() {{ println!("{text}"); }} }}'
    'mod two {{ pub fn say() {{ println!("two {{}}", going::{module}::answer(1)); }} }}'
    "fn main() {{ one::say(); two::say(); }}"
)


@pytest.fixture(params=[V1, V2_SPLIT], ids=str)
def layout(request: pytest.FixtureRequest) -> LayoutUnderTest:
    assert isinstance(request.param, LayoutUnderTest)
    return request.param


@pytest.fixture
def unpacked(tmp_path: Path, layout: LayoutUnderTest) -> Tiny:
    """Built once: one library, one program, debug information beside."""
    tiny = make(tmp_path / "workspace", layout)
    tiny.write(
        "Cargo.toml",
        '[workspace]\nmembers = ["app", "beside/going"]\nexclude = ["mac", "beside/native"]\nresolver = "2"\n'
        '[profile.dev]\nsplit-debuginfo = "unpacked"\n',
    )
    tiny.write(
        "app/Cargo.toml",
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\nautotests = false\n'
        '[dependencies]\ngoing = { path = "../beside/going" }\n',
    )
    (tiny.root / "app/src/lib.rs").unlink()
    write(tiny, module="first", value=1, text="one")
    tiny.cargo(*BUILD)
    return tiny


BUILD = ("build", "--workspace")


def write(tiny: Tiny, *, module: str, value: int, text: str) -> None:
    tiny.write("beside/going/src/lib.rs", _LIBRARY.format(module=module, value=value))
    tiny.write("app/src/main.rs", _PROGRAM.format(module=module, text=text))


def objects(tiny: Tiny) -> set[Path]:
    return {path for path in tiny.built.glob("**/*.rcgu.*") if "incremental" not in path.parts}


def left(state: TargetState, *, dead: frozenset[UnitId] = frozenset()) -> set[Path]:
    found = without_unpacked(state, dead=dead)
    assert not {o.path for u in found.units.units for o in u.outputs} & {
        e.path for orphan in found.units.orphans for e in orphan.tree
    }
    return {Path(e.path) for orphan in found.units.orphans for e in orphan.tree}


def named_by_the_program(tiny: Tiny) -> set[str]:
    """But for those of the standard library, which nobody has."""
    found = re.findall(
        rb"(?:app|going)[\w-]*\.[\w.-]+\.rcgu\.dwo", (tiny.debug / "app").read_bytes()
    )
    assert found
    return {name.decode() for name in found}


def test_all_that_one_compilation_wrote_is_needed(unpacked: Tiny) -> None:
    assert objects(unpacked)
    assert left(unpacked.state()) == set()


def test_after_edits_a_sweep_leaves_what_the_program_names(unpacked: Tiny) -> None:
    for number, module in enumerate(("second", "second")):
        write(unpacked, module=module, value=number + 5, text=f"one {number}")
        unpacked.cargo(*BUILD)
    before = objects(unpacked)
    named = named_by_the_program(unpacked)
    assert named <= {path.name for path in before}

    unpacked.sweep()
    after = objects(unpacked)
    assert after < before
    assert named <= {path.name for path in after}
    assert unpacked.cargo(*BUILD).compiled == []
    assert left(unpacked.state()) == set()

    # What the next compilation takes from its sessions is there as well.
    write(unpacked, module="second", value=7, text="one again")
    unpacked.cargo(*BUILD)
    assert named_by_the_program(unpacked) <= {path.name for path in objects(unpacked)}


def test_without_incremental_compilation_only_numbers_are_left_over(unpacked: Tiny) -> None:
    env = {**unpacked.layout.env, "CARGO_INCREMENTAL": "0"}
    unpacked = replace(unpacked, layout=replace(unpacked.layout, env=env))
    for value in (2, 3):
        write(unpacked, module="first", value=value, text=f"one {value}")
        unpacked.cargo(*BUILD)
    assert left(unpacked.state()) == set()
    first = next(path for path in objects(unpacked) if path.name.endswith("-cgu.0.rcgu.dwo"))
    second = first.with_name(first.name.replace("-cgu.0.", "-cgu.1."))
    second.write_bytes(b"of a codegen unit that is no more")
    assert left(unpacked.state()) == {second}


def edited(tiny: Tiny) -> TargetState:
    write(tiny, module="second", value=2, text="other")
    tiny.cargo(*BUILD)
    assert left(tiny.state())
    return tiny.state()


def test_what_a_copy_of_the_old_program_names_stays(unpacked: Tiny) -> None:
    old = (unpacked.debug / "app").read_bytes()
    edited(unpacked)
    (unpacked.debug / "app-of-yesterday").write_bytes(old)
    names = {path.name for path in left(unpacked.state())}
    assert not names & set(object_names(unpacked.debug / "app-of-yesterday"))


def test_nothing_is_concluded_from_a_program_without_its_names(unpacked: Tiny) -> None:
    """Compressed debug information hides them."""
    edited(unpacked)
    assert any(path.name.startswith("going") for path in left(unpacked.state()))
    program = unpacked.debug / "app"
    text = program.read_bytes().replace(b".rcgu.", b".hidd.")
    program.write_bytes(text)  # The unit's file as well: one inode.
    assert left(unpacked.state()) == set()


def test_a_dead_program_needs_nothing(unpacked: Tiny) -> None:
    old = (unpacked.debug / "app").read_bytes()
    state = edited(unpacked)
    app = next(unit for unit in state.units.units if unit.id.package == "app")
    first = left(state)
    program = next(Path(e.path) for e in app.outputs if os.access(e.path, os.X_OK))
    program.write_bytes(old)
    assert left(unpacked.state()) < first
    (unpacked.debug / "app").unlink()
    going = {path for path in first if path.name.startswith("going")}
    assert left(unpacked.state(), dead=frozenset({app.id})) >= going


def test_a_name_is_found_wherever_the_parts_of_a_file_end(tmp_path: Path) -> None:
    file = tmp_path / "app"
    name = b"app-0123456789abcdef.abc.def.rcgu.dwo"
    for start in range((1 << 20) - len(name), (1 << 20) + 1):
        file.write_bytes(b"\0" * start + name + b"\0")
        assert set(object_names(file)) == {name.decode()}


def test_only_files_are_looked_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    assert set(object_names(tmp_path / "pipe")) == set(object_names(tmp_path / "link")) == set()
