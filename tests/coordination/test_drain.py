"""What real listeners get, from real runs through a real drain."""

import json
import os
import signal
from pathlib import Path

import pytest

from cargo_hone.coordination import spool, telling
from cargo_hone.coordination.records import Ended, Header, Outcome
from cargo_hone.settings.model import Coordination
from tests.coordination.conftest import PREFIX, Desk, until

STEPS = (
    ["started", "levers", "writing"],
    ["progress", "levers", "half of it"],
    ["measured", "metrics", "one sample"],
    ["finished", "levers", "line tables only"],
)


def hooks(desk: Desk) -> list[list[str]]:
    return [call for call in desk.calls if call[1] == "hooks"]


def messages(desk: Desk) -> list[str]:
    return [entry["message"] for entry in desk.memory("blockers")]


def test_claude_flow_gets_exactly_these_calls_in_this_order(desk: Desk) -> None:
    inside, outside = str(desk.root / ".cargo/config.toml"), "/elsewhere/sccache/config"
    desk.run(
        *STEPS,
        ["edited", "target_dir", "config.toml", {"path": inside}],
        ["edited", "sccache", "config", {"path": outside}],
        ["finished", "docs", "wrote the page"],
    )
    desk.settle()
    assert hooks(desk) == [
        ["claude-flow@alpha", "hooks", *words]
        for words in (
            ["pre-task", "--description", "Task 7.1: Build Infrastructure Optimization"],
            ["session-restore", "--session-id", "swarm-phase7"],
            ["notify", "--message", "Build Infra: line tables only"],
            ["post-edit", "--file", ".cargo/config.toml", "--memory-key", f"{PREFIX}/target_dir"],
            ["post-edit", "--file", outside, "--memory-key", f"{PREFIX}/sccache"],
            ["notify", "--message", "Build Infra: wrote the page"],
            ["post-task", "--task-id", "task-7.1-build-infra"],
            ["session-end", "--export-metrics", "true"],
        )
    ]
    stored = [call for call in desk.calls if call[1] == "memory"]
    assert [call[:5] for call in stored] == [
        ["claude-flow@alpha", "memory", "store", "--key", f"{PREFIX}/{key}"]
        for key in ("status", "status", "metrics", "blockers")
    ]
    assert json.loads(stored[1][6])["state"] == "finished"
    assert stored[3][6] == "[]"
    assert desk.memory("blockers") == []


def test_the_run_ends_while_npx_hangs_and_what_hangs_is_ended_with_its_children(desk: Desk) -> None:
    desk.npx('[ "$3" = pre-task ] || { sleep 1000 & sleep 1000; }')
    assert desk.run(*STEPS, timeout="1s") == ""
    assert desk.memory("status")["state"] == "finished"
    assert spool.pending(desk.state)
    desk.settle()
    assert not desk.within()
    assert messages(desk) == [
        "claude-flow: `hooks session-restore` took longer than 1 s and was ended",
        "claude-flow: `memory store` took longer than 1 s and was ended",
        "claude-flow: `hooks notify` took longer than 1 s and was ended",
        "claude-flow: 3 errors in a row: nothing more is tried in this run",
    ]
    assert len(desk.calls) == 4


def test_the_first_call_has_time_to_install_the_package(desk: Desk) -> None:
    desk.npx('[ -e "$RECORD.there" ] || { sleep 2; : > "$RECORD.there"; }')
    desk.run(timeout="1s")
    desk.settle()
    assert messages(desk) == []


def test_a_failing_npx_is_given_up_after_three_errors_and_said_why(desk: Desk) -> None:
    desk.npx("echo 'npm error code EBAD' >&2; echo 'npm error no luck' >&2; exit 7")
    assert desk.run(*STEPS) == ""
    desk.settle()
    assert messages(desk)[0] == "claude-flow: `hooks pre-task` ended with 7: npm error no luck"
    assert messages(desk)[-1].endswith("3 errors in a row: nothing more is tried in this run")
    assert len(desk.calls) == 3
    assert desk.memory("status")["state"] == "finished"


def test_errors_among_successes_give_up_nothing(desk: Desk) -> None:
    desk.npx('case "$3" in notify) echo no >&2; exit 1;; esac')
    desk.run(*(["finished"], ["edited"]) * 4)
    desk.settle()
    assert hooks(desk)[-1][2] == "session-end"
    (said,) = desk.memory("blockers")
    assert (said["message"], said["times"]) == ("claude-flow: `hooks notify` ended with 1: no", 4)


def test_without_npx_one_blocker_says_so(desk: Desk) -> None:
    (desk.bin / "npx").unlink()
    desk.env["PATH"] = str(desk.bin)
    assert desk.run(*STEPS) == ""
    desk.settle()
    (said,) = messages(desk)
    assert said.startswith("claude-flow: cannot run `npx`")


def test_a_noisy_npx_is_heard_out(desk: Desk) -> None:
    desk.npx("head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2")
    desk.run(["finished"])
    desk.settle()
    assert [call[2] for call in hooks(desk)][-1] == "session-end"
    assert messages(desk) == []


def test_a_registry_without_the_tag_is_answered_with_the_setting(desk: Desk) -> None:
    desk.npx(
        "echo 'npm error notarget No matching version found for claude-flow@alpha.' >&2; exit 1"
    )
    desk.run()
    desk.settle()
    assert 'package = "claude-flow@latest"' in messages(desk)[0]


def test_a_memory_without_a_database_is_made_and_the_value_stored_again(desk: Desk) -> None:
    desk.npx(
        'case "$2 $3" in "memory init") : > "$RECORD.db";;'
        ' "memory store") [ -e "$RECORD.db" ] || '
        "{ echo '[ERROR] Database not initialized. Run: claude-flow memory init'; exit 1; };; esac"
    )
    desk.run()
    desk.settle()
    asked = [call[1:3] for call in desk.calls if call[1] == "memory"]
    assert asked[:3] == [["memory", "store"], ["memory", "init"], ["memory", "store"]]
    assert asked[3:] == [["memory", "store"]] * 3
    assert messages(desk) == []


def test_npx_is_neither_asked_nor_left_a_daemon_and_runs_in_the_workspace(desk: Desk) -> None:
    desk.env |= {"NPM_CONFIG_YES": "false"}
    desk.npx('env > "$RECORD.env"; pwd > "$RECORD.pwd"; readlink /proc/self/fd/0 >> "$RECORD.pwd"')
    desk.run()
    desk.settle()
    env = Path(f"{desk.record}.env").read_text().splitlines()
    assert {"npm_config_yes=true", "RUFLO_DAEMON_AUTOSTART=0"} <= set(env)
    assert "NPM_CONFIG_YES=false" not in env
    assert "npm_config_offline=true" not in env
    assert Path(f"{desk.record}.pwd").read_text().split() == [str(desk.root), "/dev/null"]


def test_the_drain_outlives_the_run_in_a_session_of_its_own(desk: Desk) -> None:
    desk.npx(f"[ -e {desk.record}.go ] || sleep 1000")
    child = desk.start(ending="waiting", timeout="60s")
    assert child.stdout is not None
    assert child.stdout.readline() == "waiting\n"
    until(lambda: desk.calls)
    (drain,) = desk.drains
    assert os.getsid(drain) == drain
    assert Path(f"/proc/{drain}/cwd").readlink() == Path("/")
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert desk.drains == [drain]
    assert desk.memory("status")["state"] == "interrupted"


def test_what_a_killed_drain_left_the_next_one_tells_in_order(desk: Desk) -> None:
    desk.npx(f'[ "$3" != notify ] || [ -e {desk.record}.go ] || sleep 1000')
    desk.run(["finished", "levers", "one"], ["finished", "sweep", "two"], timeout="60s")
    until(lambda: any("notify" in call for call in desk.calls))
    (drain,) = desk.drains
    os.kill(drain, signal.SIGKILL)
    until(lambda: not desk.drains)
    Path(f"{desk.record}.go").touch()
    desk.record.unlink()
    desk.run(["finished", "docs", "three"])
    desk.settle()
    told = [call[-1] for call in hooks(desk)]
    # The record in hand comes again; what was told before it does not.
    assert told[:2] == ["Build Infra: one", "Build Infra: two"]
    assert told[2:4] == ["task-7.1-build-infra", "true"]
    assert told[6] == "Build Infra: three"


def test_a_killed_run_is_ended_for_it(desk: Desk) -> None:
    desk.run(["started", "sweep", "sweeping"], ending="killed")
    desk.settle()
    assert [call[2] for call in hooks(desk)][-2:] == ["post-task", "session-end"]
    status = desk.memory("status")
    assert (status["state"], status["step"], status["error"]) == ("interrupted", "sweep", "killed")


def test_of_two_runs_at_once_one_drain_tells_both(desk: Desk) -> None:
    first = desk.start(["finished", "levers", "first"], ending="waiting")
    assert first.stdout is not None
    first.stdout.readline()
    until(lambda: any(call[-1] == "Build Infra: first" for call in desk.calls))
    desk.run(["finished", "levers", "second"])
    until(lambda: len(desk.drains) == 1)
    assert "Build Infra: second" not in [call[-1] for call in desk.calls]
    first.kill()
    first.communicate()
    desk.settle()
    assert "Build Infra: second" in [call[-1] for call in desk.calls]


def test_a_spool_that_cannot_be_read_does_not_stand_in_the_way(desk: Desk) -> None:
    place = spool.directory(desk.state)
    place.mkdir(parents=True)
    (place / "0.jsonl").symlink_to(desk.state)  # a directory: nobody can read it, not even root
    (place / "1.jsonl").write_text("half a spool")
    desk.run(["finished", "docs", "told all the same"])
    until(lambda: not desk.drains)
    assert "Build Infra: told all the same" in [call[-1] for call in desk.calls]
    assert [path.name for path in spool.pending(desk.state)] == ["0.jsonl"]


def test_what_comes_too_late_after_the_run_is_dropped_and_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_AFTER_THE_RUN", 2)
    desk.program("slow", '#!/bin/sh\necho >> "$RECORD"\nsleep 0.7\n')
    header = Header(
        run="r",
        root=str(desk.root),
        settings=Coordination(command=("slow",), timeout="1s"),
        claude_flow="",
        offline=False,
    )
    writer = spool.Writer(desk.state, header)
    for _ in range(9):
        writer.append(Ended(at="", outcome=Outcome.FINISHED))
    writer.close()
    telling.tell_spool(spool.pending(desk.state)[0], state_dir=desk.state, env=desk.env)
    told = len(desk.record.read_text().splitlines())
    assert 1 <= told < 9
    assert messages(desk)[-1] == f"{9 - told} events could not be told in time"
