"""`cargo hone tune` on the command line: what it prints, keeps, refuses, and leaves behind after ^C."""

import json
import signal
import time
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec
from cargo_hone.history.place import state_dir
from cargo_hone.tune import kept
from tests.cli.own_place import OwnPlace


class Place(OwnPlace):
    def __init__(self, base: Path) -> None:
        super().__init__(base, "tune", TinySpec(crates=2, commits=1))

    def tune(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as running:
            out, err = running.communicate(timeout=200)
        return running.returncode, out, err

    @property
    def kept(self) -> kept.KeptPlan | None:
        return kept.read(state_dir(self.root, self.base / "state"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_search_says_its_verdicts_and_keeps_them_for_apply(place: Place) -> None:
    arguments = ("--lever", "debug", "--lever", "incremental-on", "--scenario", "edit-root")
    code, out, err = place.tune(*arguments, "--quick", "--budget", "60s", "--format", "json")
    assert code == 0, err
    document = json.loads(out)
    assert document["schema"] == "cargo-hone/tune/v1"
    fates = {one["name"]: one["fate"] for one in document["levers"]}
    assert fates["incremental-on"] == "not applicable"
    assert fates["debug"] != "not applicable"
    assert document["levers"][0]["effects"]["edit-root"]["pairs"] >= 2
    assert document["bounds"][0]["scenario"] == "edit-root"
    assert document["builds"] > 0
    plan = place.kept
    assert plan is not None
    assert list(plan.levers) == document["kept"]
    assert plan.commit == document["commit"]
    assert {one.name: one.fate for one in plan.verdicts} == fates
    assert "seed" in err


def test_nothing_to_try_builds_nothing(place: Place) -> None:
    code, out, err = place.tune("--lever", "incremental-on", "--budget", "60s")
    assert code == 0, err
    assert "No lever was shown to pay here" in out
    assert "incremental-on: it is cargo's default" in out
    assert not (place.root / "target").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--lever", "debugg"), "debug"),
        (("--scenario", "noop"), "edit-leaf"),
        (("--scenario", "edit-rot"), "edit-root"),
    ],
)
def test_what_is_not_known_is_refused(place: Place, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = place.tune(*arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_an_interrupted_search_keeps_its_samples_and_no_plan(place: Place) -> None:
    with place.start("--lever", "debug", "--budget", "10m", "-v") as running:
        assert running.stderr is not None
        give_up_s = time.monotonic() + 120
        while time.monotonic() < give_up_s:
            line = running.stderr.readline()
            if line.startswith("edit-root #2"):
                break
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "interrupted" in out
    assert "debug" in out
    assert place.kept is None
    assert [path.name for path in place.root.parent.iterdir()] == ["ws"]
