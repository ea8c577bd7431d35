"""Registry and git versions against the lock file, on units made up of real ones (no network)."""

from dataclasses import replace

import pytest

from cargo_hone.cargo import metadata
from cargo_hone.target.fingerprint import Fingerprint
from cargo_hone.target.graph import build_graph
from cargo_hone.target.liveness import Mark, judge
from cargo_hone.target.origin import Origin, OriginKind
from cargo_hone.target.premises import LockedPackage, Premises, read_premises
from cargo_hone.target.units import Mode, Unit
from cargo_hone.workspace.excluded import ExcludedPackage
from tests.target.tiny import Tiny, environment


def with_origin(built: Tiny, origin: Origin) -> list[Unit]:
    """All units, as if `native` were not beside the workspace but had come from there."""
    return [
        replace(unit, origin=origin)
        if unit.id.package == "native" and unit.mode is not Mode.RUN
        else unit
        for unit in built.state().units.units
    ]


def with_compiler(unit: Unit, rustc: int) -> Unit:
    assert isinstance(unit.fingerprint, Fingerprint)
    return replace(unit, fingerprint=replace(unit.fingerprint, rustc=rustc))


def dead(units: list[Unit], premises: Premises) -> set[str]:
    marks = judge(build_graph(units), premises).marks
    return {f"{i.package}-{i.hash}" for i, mark in marks.items() if mark is Mark.DEAD}


@pytest.mark.parametrize(
    ("origin", "locked", "is_dead"),
    [
        (Origin(kind=OriginKind.REGISTRY, identity="0.2.0"), ["0.2.0"], False),
        (Origin(kind=OriginKind.REGISTRY, identity="0.2.0"), ["0.1.0", "0.2.0"], False),
        (Origin(kind=OriginKind.REGISTRY, identity="0.2.0"), ["0.2.1"], True),
        (Origin(kind=OriginKind.REGISTRY, identity="0.2.0"), [], True),
        (Origin(kind=OriginKind.GIT, identity="abc1234"), ["abc1234def"], False),
        (Origin(kind=OriginKind.GIT, identity="abc1234"), ["fff1234def"], True),
        (Origin(kind=OriginKind.LOCAL), ["9.9.9"], False),
    ],
)
def test_a_version_that_is_not_locked_is_dead_with_all_that_stands_on_it(
    built: Tiny, origin: Origin, locked: list[str], is_dead: bool
) -> None:
    known = built.premises()
    kept = {package for package in known.locked if package.name != "native"}
    revision = origin.kind is OriginKind.GIT
    added = {
        LockedPackage(name="native", version="0.2.0" if revision else it, revision=it * revision)
        for it in locked
    }
    premises = replace(known, locked=frozenset(kept | added))
    gone = dead(with_origin(built, origin), premises)
    if not is_dead:
        assert gone == set()
        return
    # Everything of native and app, nothing of what they share with nobody.
    assert gone == built.hashes("native-") | built.hashes("app-")


def test_without_a_lock_file_nothing_is_concluded_from_it(built: Tiny) -> None:
    premises = replace(built.premises(), locked=frozenset())
    assert (
        dead(with_origin(built, Origin(kind=OriginKind.REGISTRY, identity="7.7.7")), premises)
        == set()
    )


def test_another_compiler_supersedes_only_when_the_toolchain_changed(tiny: Tiny) -> None:
    # Two generations, of which the older is made to look like another compiler's.
    before = tiny.hashes()
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    for command in ("build", "check"):
        tiny.cargo(command, "--workspace")
    tiny.cargo("test", "--workspace", "--no-run")
    units = [
        with_compiler(unit, 1) if f"{unit.id.package}-{unit.id.hash}" in before else unit
        for unit in tiny.state().units.units
    ]
    premises = tiny.premises()
    assert dead(units, premises) == set()
    moment = max(premises.settings_changed_ns)
    assert dead(units, replace(premises, toolchain_changed_ns=(moment,))) == before


def test_the_units_of_one_compiler_do_not_supersede_those_of_another(tiny: Tiny) -> None:
    # Three generations; the newest is the only one of this compiler, and the only one since the change.
    for old, new in (("debug = 0", "debug = 1"), ("debug = 1", "debug = 2")):
        others = tiny.hashes()
        tiny.edit("Cargo.toml", old, new)
        tiny.cargo("build", "--workspace")
    units = list(tiny.state().units.units)
    moment = max(tiny.premises().settings_changed_ns)
    premises = replace(tiny.premises(), settings_changed_ns=(moment,))
    foreign = [
        with_compiler(unit, 1) if f"{unit.id.package}-{unit.id.hash}" in others else unit
        for unit in units
    ]
    assert len(dead(units, premises)) > 5
    assert dead(foreign, premises) == set()


def test_nothing_is_superseded_without_a_change(tiny: Tiny) -> None:
    tiny.edit("Cargo.toml", "debug = 0", "debug = 1")
    tiny.cargo("build", "--workspace")
    units = list(tiny.state().units.units)
    assert dead(units, tiny.premises()) != set()
    assert dead(units, replace(tiny.premises(), settings_changed_ns=())) == set()


def test_an_excluded_package_that_builds_into_the_same_directory_has_its_say(tiny: Tiny) -> None:
    tiny.edit("app/Cargo.toml", 'going = { path = "../beside/going" }', "")
    tiny.cargo("build", "--workspace")
    tiny.write("fuzz/Cargo.lock", '[[package]]\nname = "going"\nversion = "0.3.0"\n')
    known = metadata.read(tiny.root / "Cargo.toml", env=environment(), flags=["--offline"])
    units = list(tiny.state().units.units)
    for target_dir, may_go in ((tiny.target, False), (tiny.root / "fuzz/target", True)):
        excluded = ExcludedPackage(
            name="fuzz", manifest=tiny.root / "fuzz/Cargo.toml", target_dir=target_dir, binaries=()
        )
        gone = dead(units, read_premises(known, excluded=[excluded]))
        assert (tiny.hashes("going-") <= gone) == may_go
