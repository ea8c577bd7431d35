"""`cargo hone measure` for real, on tiny workspaces: what it prints, keeps, and leaves behind however it ends."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec
from tests.cli.own_place import OwnPlace

WRAPPER = """#!/bin/sh
sleep {seconds}
exec "$@"
"""


class Place(OwnPlace):
    def __init__(self, base: Path) -> None:
        super().__init__(base, "measure", TinySpec(commits=1))

    def measure(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*arguments),
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=200,
            check=False,
        )

    def wrapper(self, seconds: float) -> str:
        """A variant whose compiler waits before each unit."""
        path = self.base / "wrapper.sh"
        path.write_text(WRAPPER.format(seconds=seconds))
        path.chmod(0o755)
        return f"slow:build.rustc-wrapper={path}"

    def read(self, sql: str) -> list[tuple[object, ...]]:
        (path,) = (self.base / "state").glob("*/history.sqlite3")
        with contextlib.closing(sqlite3.connect(path)) as database:
            return database.execute(sql).fetchall()

    def sources(self) -> dict[str, tuple[bytes, int]]:
        return {
            str(path.relative_to(self.root)): (path.read_bytes(), path.stat().st_mode)
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not {"target", ".git"} & {*path.relative_to(self.root).parts}
        }

    def processes(self) -> list[int]:
        """What runs with this place in its environment, but for this test itself."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (process / "environ").read_bytes()
                if os.fsencode(str(self.base)) in words and int(process.name) != os.getpid():
                    found.append(int(process.name))
        return found

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=self.root, env=self.env, capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for pid in made.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_until(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    give_up_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_s, "it never happened"
        time.sleep(0.02)


def test_a_run_is_shown_and_kept_and_leaves_nothing(place: Place) -> None:
    before = place.sources()
    done = place.measure(
        *("--scenario", "noop,edit-leaf", "--repeat", "2", "--label", "monday", "--seed", "7"),
        *("--variant", "slim:profile.dev.debug=0", "--variant", "slim:env.HONE_TEST=1"),
    )
    assert done.returncode == 0, done.stderr
    assert "edit-leaf  baseline" in done.stdout
    assert "2 pairs were measured, at least 3 are needed" in done.stdout
    assert "fn main in crates/bin0/src/main.rs" in done.stdout
    assert "label monday" in done.stdout
    assert "slim: profile.dev.debug=0, HONE_TEST=1" in done.stderr
    assert place.sources() == before
    assert [path.name for path in place.root.parent.iterdir()] == ["ws"]
    assert not (place.root / "target").exists()
    assert place.git("status", "--porcelain") == ""

    kept = place.read("SELECT kind, label, outcome, seed, git_dirty, length(git_commit) FROM run")
    assert kept == [("measure", "monday", "finished", 7, 0, 40)]
    counts = place.read(
        "SELECT scenario, variant, count(*) FROM sample GROUP BY scenario, variant ORDER BY 1, 2"
    )
    assert counts == [
        *(("edit-leaf", "baseline", 2), ("edit-leaf", "slim", 2)),
        *(("noop", "baseline", 2), ("noop", "slim", 2)),
    ]
    variants = place.read("SELECT name, config, env FROM variant ORDER BY position")
    assert variants[0] == ("baseline", "[]", "[]")
    assert json.loads(str(variants[1][1])) == ["profile.dev.debug=0"]
    facts = dict(place.read("SELECT key, value FROM fact"))
    assert facts["edit-leaf"] == "bin0"
    assert "measure" in str(facts["command"])
    assert json.loads(str(facts["configuration"]))["profiles"] == {}


def test_it_does_not_take_the_place_of_an_optimization(place: Place) -> None:
    assert place.measure("--scenario", "noop", "--repeat", "1").returncode == 0
    words = [sys.executable, "-m", "cargo_hone", "report"]
    done = subprocess.run(
        words, cwd=place.root, env=place.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "cargo hone optimize" in done.stderr


def test_the_same_as_json(place: Place) -> None:
    config = place.root / ".config" / "hone.toml"
    config.parent.mkdir()
    config.write_text('[scenarios.one]\ncommand = ["check", "-p", "lib1"]\nedit = "lib1"\n')
    done = place.measure("--scenario", "one", "--repeat", "1", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('{\n  "schema": "cargo-hone/measure/v1"')
    said = json.loads(done.stdout)
    (sample,) = said["samples"]
    assert (sample["scenario"], sample["variant"], sample["units_compiled"]) == (
        "one",
        "baseline",
        1,
    )
    assert said["scenarios"][0]["command"] == ["cargo", "check", "-p", "lib1"]
    assert said["edited"][0]["crate"] == "lib1"
    assert isinstance(said["seed"], int)
    assert place.read("SELECT scenario FROM sample") == [("one",)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scenario", "edit-rot"], "did you mean `edit-root`"),
        (["--variant", "x:env.CARGO_INCREMENTAL=0"], "sccache hashes"),
        (["--variant", "x:profile.dev.dbug=0"], "did you mean `debug`"),
        (["--repeat", "3", "--budget", "1m"], "leave one of the two out"),
        (["--repeat", "0"], "--repeat"),
        (["--budget", "soon"], "is not a duration"),
        (["--in-place", "--scenario", "switch"], "not measured in place"),
    ],
)
def test_bad_input_is_a_usage_error(place: Place, words: list[str], said: str) -> None:
    done = place.measure(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert not (place.base / "state").exists()


def test_a_budget_that_earlier_runs_show_to_be_too_small_is_refused_at_once(place: Place) -> None:
    assert place.measure("--scenario", "clean", "--repeat", "1").returncode == 0
    started = place.start("--scenario", "clean", "--budget", "0s", "-v")
    _, said = started.communicate(timeout=60)
    assert started.returncode == 2
    assert "too small" in said
    assert "--budget" in said
    assert "scratch copy" not in said


def test_a_variant_that_does_not_build_is_not_called_slow(place: Place) -> None:
    done = place.measure(
        *("--scenario", "noop", "--repeat", "1"),
        *("--variant", 'odd:build.rustflags=["--nonsense"]', "--variant", "fine:build.jobs=1"),
    )
    assert done.returncode == 3
    assert "variant odd" in done.stderr
    assert "--nonsense" in done.stderr
    assert place.read("SELECT DISTINCT variant FROM sample ORDER BY 1") == [
        ("baseline",),
        ("fine",),
    ]
    assert "odd" in str(place.read("SELECT text FROM warning"))


def test_what_would_be_measured_is_shown_and_not_built(place: Place) -> None:
    done = place.measure("-n", "--scenario", "check", "--variant", "x:build.jobs=1")
    assert done.returncode == 0
    assert "cargo check --workspace" in done.stdout
    assert "x: build.jobs=1" in done.stdout
    assert not (place.base / "state").exists()
    assert [path.name for path in place.root.parent.iterdir()] == ["ws"]


def test_in_place_asks_first(place: Place) -> None:
    before = place.sources()
    done = place.measure("--in-place", "--scenario", "edit-root", "--repeat", "1")
    assert done.returncode == 1
    assert "say --yes" in done.stderr
    assert not (place.root / "target").exists()
    assert place.sources() == before


def _edited(place: Place) -> bool:
    return b"_hone_edit" in (place.root / "crates/lib0/src/lib.rs").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_in_place_puts_everything_back_however_it_ends(
    place: Place, number: signal.Signals
) -> None:
    before = place.sources()
    words = ("--in-place", "--yes", "--scenario", "edit-root", "--repeat", "500")
    started = place.start(*words)
    wait_until(lambda: _edited(place))
    wait_until(lambda: place.read("SELECT count(*) FROM sample") > [(2,)])
    started.send_signal(number)
    started.communicate(timeout=60)
    (samples,) = place.read("SELECT count(*) FROM sample")[0]
    assert isinstance(samples, int)
    if number == signal.SIGINT:
        assert started.returncode == 130
        assert place.read("SELECT outcome FROM run") == [("interrupted",)]
    else:
        # The next start of whatever changes files.
        again = place.measure("--scenario", "noop", "--repeat", "1")
        assert again.returncode == 0, again.stderr
        assert place.read("SELECT count(*) FROM sample")[0] == (samples + 1,)
    assert place.sources() == before
    assert place.git("status", "--porcelain") == ""
    assert not [*(place.root / "target").glob(".hone*")]
    assert place.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_scratch_copy_goes_however_it_ends(place: Place, number: signal.Signals) -> None:
    before = place.sources()
    started = place.start(
        *("--scenario", "clean", "--repeat", "5", "--variant", place.wrapper(30)),
        *("--seed", "3", "--format", "json"),
    )

    def is_in_the_middle() -> bool:
        with contextlib.suppress(ValueError, sqlite3.Error):
            if place.read("SELECT count(*) FROM sample") == [(0,)]:
                return False
        names = [_command(pid) for pid in place.processes()]
        return any(name.startswith("sleep") for name in names)

    wait_until(is_in_the_middle)
    kept = place.read("SELECT variant FROM sample") if number != signal.SIGKILL else None
    started.send_signal(number)
    out, said = started.communicate(timeout=60)
    if number == signal.SIGKILL:
        assert [*place.root.parent.glob(".hone-scratch-*")]
        assert place.processes()
        again = place.measure("--scenario", "noop", "--repeat", "1")
        assert again.returncode == 0, again.stderr
    else:
        assert started.returncode == 130
        assert "what was measured is kept" in said
        assert place.read("SELECT variant FROM sample") == kept
        if kept:
            assert json.loads(out)["interrupted"] is True
    assert place.processes() == []
    assert [path.name for path in place.root.parent.iterdir() if path.name != ".hone-trash"] == [
        "ws"
    ]
    assert place.sources() == before


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "cmdline").read_text().replace("\0", " ")
    return ""


@pytest.mark.e2e
def test_a_planted_slowdown_is_found_and_no_difference_is_not(place: Place) -> None:
    done = place.measure(
        *("--scenario", "edit-root,edit-leaf", "--budget", "90s", "--format", "json"),
        *("--variant", place.wrapper(0.7), "--variant", "same:profile.dev.opt-level=0"),
    )
    assert done.returncode == 0, done.stderr
    found = {(row["scenario"], row["variant"]): row for row in json.loads(done.stdout)["results"]}
    for scenario in ("edit-root", "edit-leaf"):
        slow = found[scenario, "slow"]["comparison"]
        assert slow["verdict"] == "slower"
        assert slow["ratio"] > 1.0
        # Nothing is decided by fewer pairs than the first look has, and what is decided is not measured on.
        assert 3 <= slow["pairs"] <= found[scenario, "baseline"]["count"]
        assert abs(found[scenario, "same"]["comparison"]["ratio"] - 1.0) < 0.5
