"""Units of a target directory that a real cargo made: names, modes, files, sizes, sessions."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.files.walk import disk_usage
from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.incremental import read_incremental
from cargo_hone.target.inventory import Kind
from cargo_hone.target.origin import LOCAL, Origin, OriginKind, read_origin
from cargo_hone.target.units import Mode, TargetKind, Unit
from tests.target.tiny import Tiny


def of(built: Tiny, package: str, kind: TargetKind) -> list[Unit]:
    units = built.state().units.units
    return [unit for unit in units if unit.id.package == package and unit.kind is kind]


def test_each_unit_has_the_mode_it_was_built_in(built: Tiny) -> None:
    # `--workspace` tests build the binary for the integration test once more, unless it is the same unit.
    modes = Counter((str(u.kind), str(u.mode)) for u in built.state().units.units)
    assert modes["lib", "check"] == 4
    assert modes["build-script", "run"] == modes["build-script", "build"] == 1
    assert modes["integration-test", "test"] == 1
    assert modes["bin", "check"] == 1
    assert modes["bin", "test"] == 1
    assert modes["lib", "test"] == 2
    assert {mode for _, mode in modes} == {"build", "check", "test", "run"}


def test_each_file_with_a_hash_belongs_to_one_unit(built: Tiny) -> None:
    units = built.state().units
    assert units.orphans == ()
    owned = Counter(e.path for u in units.units for e in u.outputs if "/deps/" in e.path)
    assert set(owned) == {str(path) for path in (built.debug / "deps").iterdir()}
    assert set(owned.values()) == {1}


def test_a_build_script_has_its_directory(built: Tiny) -> None:
    by_mode = {unit.mode: unit for unit in of(built, "native", TargetKind.BUILD_SCRIPT)}
    run = {Path(entry.path).name for entry in by_mode[Mode.RUN].build_tree}
    assert {"out", "value.rs", "big.bin", "output"} <= run
    assert f"build_script_build-{by_mode[Mode.BUILD].id.hash}" in {
        entry.name for entry in by_mode[Mode.BUILD].outputs
    }


def test_a_units_times_are_those_of_its_first_and_last_compilation(tiny: Tiny) -> None:
    before = of(tiny, "going", TargetKind.LIB)
    tiny.edit("beside/going/src/lib.rs", "nothing", "nothing_at_all")
    tiny.cargo("build", "--workspace")
    after = {unit.id: unit for unit in of(tiny, "going", TargetKind.LIB)}
    changed = [(old, after[old.id]) for old in before if old.ended_ns != after[old.id].ended_ns]
    assert len(changed) == 1
    old, new = changed[0]
    assert new.mode is Mode.BUILD
    assert old.born_ns == new.born_ns <= old.ended_ns < new.started_ns <= new.ended_ns


def test_the_inventory_counts_each_inode_once(built: Tiny) -> None:
    inventory = built.state().inventory
    assert inventory.total_bytes == disk_usage(built.target).allocated_bytes
    sizes = dict(inventory.bytes_by_kind)
    assert sum(sizes.values()) == inventory.total_bytes
    # The binary's final name is a second one for what deps/ holds: only the small .d files are its own.
    assert (built.debug / "app").stat().st_size > 300_000 > sizes[Kind.FINAL]
    assert sizes[Kind.DEPS] > 1_000_000
    assert sizes[Kind.BUILD_SCRIPTS] > 300_000


def test_each_incremental_session_finds_its_unit(built: Tiny) -> None:
    state = built.state()
    assert len(state.incremental) >= 12
    for directory in state.incremental:
        assert directory.owners, directory.path
        for owner in directory.owners:
            crate = state.graph.units[owner].crate_name
            assert Path(directory.path).name.startswith(crate)


def test_a_librarys_session_is_told_by_its_file_where_times_are_ambiguous(built: Tiny) -> None:
    state = built.state()
    units = [replace(unit, started_ns=0, ended_ns=2**63) for unit in state.units.units]
    told = read_incremental(state.inventory.profiles[0], units)
    libraries = [d for d in told if any(e.name == "metadata.rmeta" and e.links > 1 for e in d.tree)]
    assert len(libraries) >= 4
    assert {len(directory.owners) for directory in libraries} == {1}
    assert max(len(directory.owners) for directory in told) > 1


def test_an_edit_leaves_one_older_session(tiny: Tiny) -> None:
    assert [d for d in tiny.state().incremental if d.superseded] == []
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {}\npub fn answer")
    tiny.cargo("build", "--workspace")
    older = [d for d in tiny.state().incremental if d.superseded]
    assert {Path(d.path).name.split("-")[0] for d in older} == {"app"}
    for directory in older:
        newest = max(session.name for session in directory.sessions if session.is_finished)
        assert newest not in {session.name for session in directory.superseded}


def test_rustc_and_features_are_read_from_the_json(built: Tiny) -> None:
    read = [u.fingerprint for u in built.state().units.units]
    assert all(isinstance(fingerprint, Fingerprint) for fingerprint in read)
    assert len({f.rustc for f in read if isinstance(f, Fingerprint)}) == 1


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        (
            "/t/deps/libfoo.rmeta: /c/registry/src/index.crates.io-1949cf8c6b5b557f/foo-1.2.3+b.1/src/lib.rs",
            Origin(kind=OriginKind.REGISTRY, identity="1.2.3+b.1"),
        ),
        ("/t/x: /c/registry/src/i-1/foo-derive-1.2.3/src/lib.rs", LOCAL),
        (
            "/t/x: /c/git/checkouts/foo-0f/abc1234/src/lib.rs",
            Origin(kind=OriginKind.GIT, identity="abc1234"),
        ),
        (
            "/t/x: /s/lib/rustlib/src/rust/library/core/src/lib.rs",
            Origin(kind=OriginKind.STANDARD),
        ),
        ("/t/x: app/src/lib.rs", LOCAL),
    ],
)
def test_dep_info_names_version_and_revision(tmp_path: Path, line: str, origin: Origin) -> None:
    file = tmp_path / "foo.d"
    file.write_text(line + "\n")
    assert read_origin(file, package="foo") == origin
