"""What is said of a rival that was measured beside the default, and that it is not set up."""

import json
import os
from pathlib import Path

import pytest

from cargo_hone.cache.engines import Rival
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.mbx import Mbx
from cargo_hone.measure.builds import Failure
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Measured
from cargo_hone.model import Sample, Scenario, Variant
from cargo_hone.optimize.rivals import RivalArm, expected_s, judge
from tests.cache.rivals import path_with
from tests.cache.test_break_even import sample
from tests.optimize.conftest import Place

MBX = Rival(
    engine=Mbx(), location=EngineLocation(path=Path("/bin/mbx"), origin="PATH", version="1.29.1")
)
JITTER = (1.0, 1.01, 0.99)


def measured(*failures: Failure, **seconds: float) -> Measured:
    """`ours_warm=12` and so on: three samples each."""
    variants = {"plain": "baseline", "ours": "sccache only", "theirs": "mbx only"}
    scenarios = {
        "cold": Scenario.CLEAN_COLD,
        "warm": Scenario.CLEAN_WARM,
        "edit": Scenario.EDIT_ROOT,
    }
    samples: list[Sample] = []
    for name, wall_s in seconds.items():
        variant, scenario = name.split("_")
        samples += [
            sample(scenarios[scenario], variants[variant], place, wall_s * jitter)
            for place, jitter in enumerate(JITTER, start=1)
        ]
    return Measured(samples=tuple(samples), edited=(), skipped=(), timed=(), failures=failures)


def note(found: Measured) -> str:
    (only,) = judge(found, [MBX])
    return only


CLEAN = {"plain_cold": 16.0, "ours_cold": 17.0, "ours_warm": 12.0, "theirs_cold": 17.6}


def test_a_rival_that_wins_is_named_with_its_gain_and_what_it_means() -> None:
    said = note(measured(**CLEAN, theirs_warm=0.6, ours_edit=2.0, theirs_edit=2.0))
    assert said.startswith("mbx 1.29.1 beats sccache here (a warm clean build 0.6 s against 12.0 s")
    assert "-95 %" in said
    assert "an edit of the root 2.0 s against 2.0 s: no difference" in said
    assert "against no cache, a cold clean build costs about 1.6 s more (+10 %)" in said
    assert Mbx().meaning in said
    assert Mbx().by_hand in said


def test_slower_edits_are_said_in_the_same_breath() -> None:
    said = note(measured(**CLEAN, theirs_warm=0.6, ours_edit=2.0, theirs_edit=5.0))
    assert "beats sccache here in warm clean builds, but makes edit-root (+150 %) slower" in said


@pytest.mark.parametrize("warm_s", [12.0, 14.0])
def test_a_rival_that_does_not_win_is_not_praised(warm_s: float) -> None:
    said = note(measured(**CLEAN, theirs_warm=warm_s, ours_edit=2.0, theirs_edit=2.0))
    assert "does not beat sccache here" in said
    assert "to try it" not in said


def test_a_rival_that_cannot_build_the_workspace_is_named() -> None:
    failed = Failure(
        scenario=Scenario.CLEAN_COLD,
        variant="mbx only",
        command=("build",),
        message="the build failed",
        next_step="",
        detail="",
    )
    assert note(measured(failed)) == "mbx 1.29.1 was not measured: the build failed"


def test_the_path_of_whoever_measured_is_not_recorded() -> None:
    env = (("MBX_CACHE_DIR", "/x"), ("PATH", "/home/annabel/bin"))
    arm = RivalArm(rival=MBX, arm=Arm(variant=Variant(name="mbx only", env=env, cached=True)))
    assert arm.recorded.env == (("MBX_CACHE_DIR", "/x"),)
    assert arm.recorded.cached


def test_more_rivals_and_slower_builds_take_longer() -> None:
    assert expected_s(60.0, 1) < expected_s(60.0, 2) < expected_s(120.0, 2)
    assert 9 * 60 <= expected_s(60.0, 1) < 20 * 60


@pytest.mark.parametrize("name", ["mbx", "zccache"])
def test_a_rival_is_not_set_up_but_what_to_type_is_said(place: Place, name: str) -> None:
    place.make()
    before = place.files()
    refused = place.hone("optimize", "--yes", "--cache", name)
    assert refused.returncode == 2
    assert f"does not set up {name}" in refused.stderr
    assert "type by hand" in refused.stderr
    assert place.files() == before


def test_the_plan_names_the_rivals_that_are_installed_and_no_others(place: Place) -> None:
    place.make()
    programs = place.base / "bin"
    programs.mkdir()
    (programs / "mbx").write_text('#!/bin/sh\necho "mbx 9.9"\n')
    (programs / "mbx").chmod(0o755)
    path = os.pathsep.join([str(programs), place.env["PATH"]])
    shown = place.hone("optimize", "--dry-run", "--format", "json", PATH=path)
    assert {"name": "mbx", "version": "9.9"} in json.loads(shown.stdout)["rivals"]
    plain = place.hone("optimize", "--dry-run", PATH=path)
    assert "beside   mbx 9.9" in plain.stdout


@pytest.mark.e2e
@pytest.mark.parametrize("name", ["mbx", "zccache"])
def test_an_installed_rival_is_measured_beside_the_default(place: Place, name: str) -> None:
    place.make()
    path = path_with(name)
    done = place.hone(
        "optimize", "--quick", "--yes", PATH=path, HOME=str(place.base), **_toolchain()
    )
    assert done.returncode == 0, done.stderr
    raw = json.loads((place.root / "docs/build-optimization.json").read_text())
    columns = raw["table"]["columns"]
    assert columns[0] == "baseline"
    assert f"{name} only" in columns
    assert columns[-1] in {"sccache only", "all changes", "what was kept"}
    warm = [
        one
        for one in raw["samples"]
        if one["variant"] == f"{name} only" and one["scenario"] == "clean-warm"
    ]
    assert len(warm) == 3
    assert all(one["cache"]["hits"] > 0 for one in warm)
    assert any(text.startswith(f"{name} ") for text in raw["warnings"])
    assert not [one for one in place.base.iterdir() if one.name.startswith(".hone-scratch")]


def planted_front_end(place: Place, last: str = 'exec cargo "$@"') -> str:
    """A program that stands where mbx does: called as `cargo`, it runs the next cargo on PATH. Returns the PATH."""
    programs = place.base / "bin"
    programs.mkdir()
    (programs / "mbx").write_text(
        f"""#!/bin/sh
case "$0" in
*/cargo) PATH=${{PATH#*:}}; {last} ;;
*) echo "mbx 9.9" ;;
esac
"""
    )
    (programs / "mbx").chmod(0o755)
    return os.pathsep.join([str(programs), place.env["PATH"]])


def notes_of(place: Place, *options: str, path: str) -> str:
    """Run the main job; what it noted."""
    done = place.hone("optimize", "--quick", "--yes", *options, PATH=path)
    assert done.returncode == 0, done.stderr
    raw = json.loads((place.root / "docs/build-optimization.json").read_text())
    return "\n".join(note for note in raw["warnings"] if "mbx" in note or "rivals" in note)


@pytest.mark.e2e
def test_a_rival_that_gains_nothing_is_measured_and_does_not_win(place: Place) -> None:
    place.make()
    assert notes_of(place, path=planted_front_end(place)).startswith("mbx 9.9 ")
    rows = json.loads((place.root / "docs/build-optimization.json").read_text())["samples"]
    counted = {
        scenario: sum(one["scenario"] == scenario for one in rows if one["variant"] == "mbx only")
        for scenario in ("clean-cold", "clean-warm", "edit-root", "edit-leaf")
    }
    assert counted == {"clean-cold": 3, "clean-warm": 3, "edit-root": 3, "edit-leaf": 0}


@pytest.mark.e2e
def test_a_rival_that_cannot_build_fails_alone(place: Place) -> None:
    place.make()
    said = notes_of(place, path=planted_front_end(place, last="exit 9"))
    assert said.startswith("mbx 9.9 was not measured: ")


@pytest.mark.e2e
def test_rivals_are_left_out_where_the_budget_has_no_room(place: Place) -> None:
    place.make()
    said = notes_of(place, "--budget", "1s", path=planted_front_end(place))
    assert said.startswith("the rivals of sccache were not measured: ")
    assert "--budget" in said


def _toolchain() -> dict[str, str]:
    """Where rustup and cargo keep their things, for a home that is not this user's."""
    home = Path.home()
    return {
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(home / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(home / ".rustup")),
    }
