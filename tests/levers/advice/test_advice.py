"""What is advised, from times that are known; and from those of a real build."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cargo_hone.cargo.build import build
from cargo_hone.history.swept import RebuildTime
from cargo_hone.levers.advice import recorded as recording
from cargo_hone.levers.advice import registry
from cargo_hone.levers.advice.build_scripts import BuildScripts
from cargo_hone.levers.advice.critical_crate import CriticalCrate
from cargo_hone.levers.advice.duplicate_versions import DuplicateVersions
from cargo_hone.levers.advice.integration_tests import IntegrationTests
from cargo_hone.levers.advice.interface import Advice
from cargo_hone.levers.advice.recorded import Recorded, RecordedUnit
from cargo_hone.target.units import Mode, TargetKind
from cargo_hone.workspace.facts import WorkspaceFacts
from tests.levers.tree import Tree


def unit(number: int, package: str, wall_s: float, **more: object) -> RecordedUnit:
    plain = RecordedUnit(
        number=number,
        package=package,
        version="",
        target=package,
        kind=TargetKind.LIB,
        mode=Mode.BUILD,
        wall_s=wall_s,
        frontend_s=None,
        needs=(),
        is_member=True,
        waits_for_all=False,
        is_measured=True,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def recorded(*units: RecordedUnit) -> Recorded:
    return Recorded(units=units)


@pytest.fixture
def facts(tmp_path: Path) -> WorkspaceFacts:
    return Tree(tmp_path).context().facts


def one(found: tuple[Advice, ...]) -> Advice:
    (advice,) = found
    return advice


def test_the_crate_that_holds_up_the_chain_is_named(facts: WorkspaceFacts) -> None:
    found = one(
        CriticalCrate().advise(
            recorded(
                unit(0, "base", 2.0, frontend_s=1.0),
                unit(1, "core", 9.0, frontend_s=6.0, needs=(0,)),
                unit(2, "aside", 7.0),
                unit(3, "app", 3.0, needs=(1, 2), waits_for_all=True, kind=TargetKind.BIN),
            ),
            facts,
        )
    )
    # 1 of base (its metadata), 9 of core (the binary links, so it waits for the end), 3 of app.
    assert found.subject == "core"
    assert found.cost_s == pytest.approx(9.0)
    assert found.share == pytest.approx(9 / 13)
    assert "base → core → app" in found.sentence
    assert "split it" in found.sentence


def test_dependents_that_do_not_link_wait_for_metadata_only(facts: WorkspaceFacts) -> None:
    found = one(
        CriticalCrate().advise(
            recorded(
                unit(0, "wide", 9.0, frontend_s=1.0),
                unit(1, "next", 8.5, frontend_s=1.0, needs=(0,)),
            ),
            facts,
        )
    )
    assert (found.subject, found.cost_s) == ("next", 8.5)


def test_an_estimate_is_no_ground_for_advice(facts: WorkspaceFacts) -> None:
    units = recorded(unit(0, "a", 9.0, is_measured=False), unit(1, "b", 1.0, needs=(0,)))
    assert CriticalCrate().advise(units, facts) == ()
    assert units.total_s == 1.0


def test_all_but_the_dearest_version_count(facts: WorkspaceFacts) -> None:
    found = one(
        DuplicateVersions().advise(
            recorded(
                unit(0, "syn", 4.0, version="1.0.109", is_member=False),
                unit(1, "syn", 6.0, version="2.0.98", is_member=False),
                unit(2, "bits", 5.0, version="1.0.0", is_member=False),
                unit(3, "bits", 5.0, version="1.0.0", is_member=False),
            ),
            facts,
        )
    )
    assert (found.subject, found.cost_s, found.share) == ("syn", 4.0, pytest.approx(0.2))
    assert "1.0.109 because of the lock file" in found.sentence


def test_integration_tests_of_one_package_are_counted_but_for_the_dearest(
    facts: WorkspaceFacts,
) -> None:
    tests = [
        unit(number, "app", wall_s, kind=TargetKind.TEST, mode=Mode.TEST, target=f"t{number}")
        for number, wall_s in enumerate((3.0, 2.0, 1.0))
    ]
    lone = unit(9, "other", 4.0, kind=TargetKind.TEST, mode=Mode.TEST)
    found = one(IntegrationTests().advise(recorded(*tests, lone), facts))
    assert (found.subject, found.cost_s, found.share) == ("app", 3.0, pytest.approx(0.3))


def test_a_build_script_is_dear_by_running_or_by_compiling(facts: WorkspaceFacts) -> None:
    found = BuildScripts().advise(
        recorded(
            unit(0, "sys", 1.0, kind=TargetKind.BUILD_SCRIPT, is_member=False),
            unit(1, "sys", 7.0, kind=TargetKind.BUILD_SCRIPT, mode=Mode.RUN, is_member=False),
            unit(2, "light", 0.1, kind=TargetKind.BUILD_SCRIPT),
            unit(3, "app", 2.0),
        ),
        facts,
    )
    advice = one(found)
    assert advice.subject == "sys"
    assert "runs 7.0 s and takes 1.0 s to compile" in advice.sentence
    assert "from the system" in advice.sentence


def test_shares_below_two_percent_are_not_mentioned(facts: WorkspaceFacts) -> None:
    big = unit(9, "app", 1000.0)
    script = unit(0, "sys", 9.0, kind=TargetKind.BUILD_SCRIPT)
    assert BuildScripts().advise(recorded(big, script), facts) == ()
    versions = [unit(n, "syn", 9.0, version=f"{n}.0.0", is_member=False) for n in (1, 2)]
    assert DuplicateVersions().advise(recorded(big, *versions), facts) == ()


def test_nothing_built_is_nothing_recorded(tmp_path: Path) -> None:
    assert recording.read(Tree(tmp_path).context().facts.metadata) is None


def test_a_real_build_is_read_with_its_edges_and_without_old_generations(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.write("Cargo.toml", '[workspace]\nmembers = ["low", "top"]\nresolver = "2"\n')
    tree.write(
        "low/build.rs",
        "fn main() { std::thread::sleep(std::time::Duration::from_millis(700));"
        ' println!("cargo::rerun-if-changed=build.rs"); }\n',
    )
    tree.package("top", "main.rs", "fn main() { low::one(); }\n")
    with (tree.root / "top/Cargo.toml").open("a") as manifest:
        manifest.write('[dependencies]\nlow = { path = "../low" }\n')
    for name in ("one", "two"):
        tree.write(f"top/tests/{name}.rs", "#[test]\nfn it() { low::one(); }\n")
    # An older generation of the same, which must not count a second time.
    build(cwd=tree.root, args=["build"], env=tree.env, config=["profile.dev.debug=0"])
    build(cwd=tree.root, args=["test", "--no-run"], env=tree.env)
    facts = tree.context().facts
    found = recording.read(facts.metadata)
    assert found is not None
    mains = [one for one in found.units if one.target == "top" and one.mode is Mode.BUILD]
    (main,) = mains
    by_number = {one.number: one for one in found.units}
    assert "low" in {by_number[number].package for number in main.needs}
    assert main.waits_for_all
    runs = [one for one in found.units if one.mode is Mode.RUN]
    assert [one.wall_s > 0.6 for one in runs] == [True] * len(runs)
    said = registry.advise(found, facts)
    assert {"build-scripts", "integration-tests"} <= {one.adviser for one in said}
    assert all(0 < one.share <= 1 for one in said)


def test_an_earlier_whole_time_stands_for_one_that_was_compiled_in_part(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    build(cwd=tree.root, args=["build"], env=tree.env)
    source = tree.write("low/src/lib.rs", "pub fn one() -> u32 { 11 }\n")
    later_s = source.stat().st_mtime + 2
    os.utime(source, (later_s, later_s))
    build(cwd=tree.root, args=["build"], env=tree.env)
    metadata = tree.context().facts.metadata
    (again,) = (recording.read(metadata) or recorded()).units
    assert not again.is_measured
    (fingerprint,) = (tree.root / "target/debug/.fingerprint").iterdir()
    whole = RebuildTime(
        profile="debug",
        package="low",
        hash=fingerprint.name.removeprefix("low-"),
        wall_s=30.0,
        frontend_s=20.0,
    )
    (known,) = (recording.read(metadata, [whole]) or recorded()).units
    assert known.is_measured
    assert (known.wall_s, known.frontend_s) == (30.0, 20.0)
