"""Which calls a record becomes, as pure values."""

from pathlib import Path

import pytest

from cargo_hone.coordination.claude_flow import ClaudeFlow, environment
from cargo_hone.coordination.interface import Program
from cargo_hone.coordination.records import (
    Began,
    Ended,
    Happened,
    Outcome,
    Record,
    Stored,
    from_line,
    to_line,
)
from cargo_hone.events import EventKind
from cargo_hone.settings.model import Coordination

ROOT = Path("/code/shop")


def argvs(record: Record, **settings: str) -> list[tuple[str, ...]]:
    sink = ClaudeFlow(
        settings=Coordination(**settings), root=ROOT, remembered=lambda key: f'"{key}"'
    )
    calls = list(sink.calls(record, index=0))
    assert all(isinstance(call, Program) and call.stdin is None for call in calls)
    return [call.argv for call in calls if isinstance(call, Program)]


def happened(kind: EventKind, **given: object) -> Happened:
    fields = {"at": "", "step": "sweep", "message": "swept", "data": {}, **given}
    return Happened(kind=kind, **fields)  # type: ignore[arg-type]


def test_all_names_are_settings() -> None:
    names = {
        "package": "claude-flow@2",
        "description": "D",
        "session_id": "S",
        "task_id": "T",
        "memory_prefix": "p/q",
        "notify_prefix": "N! ",
    }
    began, ended = (
        argvs(Began(at=""), **names),
        argvs(Ended(at="", outcome=Outcome.FAILED), **names),
    )
    assert began == [
        ("npx", "claude-flow@2", "hooks", "pre-task", "--description", "D"),
        ("npx", "claude-flow@2", "hooks", "session-restore", "--session-id", "S"),
        (
            "npx",
            "claude-flow@2",
            "memory",
            "store",
            "--key",
            "p/q/status",
            "--value",
            '"p/q/status"',
        ),
    ]
    assert [call[5] for call in ended[:3]] == ["p/q/status", "p/q/metrics", "p/q/blockers"]
    assert ended[3:] == [
        ("npx", "claude-flow@2", "hooks", "post-task", "--task-id", "T"),
        ("npx", "claude-flow@2", "hooks", "session-end", "--export-metrics", "true"),
    ]
    (said,) = argvs(happened(EventKind.FINISHED), **names)
    assert said[2:] == ("hooks", "notify", "--message", "N! swept")
    (edited,) = argvs(happened(EventKind.EDITED, data={"path": "/code/shop/a"}), **names)
    assert edited[2:] == ("hooks", "post-edit", "--file", "a", "--memory-key", "p/q/sweep")


@pytest.mark.parametrize("kind", EventKind)
def test_only_ends_of_steps_and_edits_are_told(kind: EventKind) -> None:
    told = {EventKind.EDITED, EventKind.FINISHED, EventKind.BLOCKED}
    assert bool(argvs(happened(kind))) is (kind in told)


def test_a_value_goes_as_it_is_and_a_message_on_one_line() -> None:
    (stored,) = argvs(Stored(at="", key="k", value='{"a":\n 1}'))
    assert stored[-1] == '{"a":\n 1}'
    (said,) = argvs(happened(EventKind.FINISHED, message="two\nlines \x00and a NUL"))
    assert said[-1] == "Build Infra: two lines  and a NUL"


def test_a_path_that_is_not_utf_8_survives_the_spool() -> None:
    path = b"/code/shop/caf\xe9".decode(errors="surrogateescape")
    record = from_line(to_line(happened(EventKind.EDITED, data={"path": path})))
    assert isinstance(record, Happened)
    (edited,) = argvs(record)
    assert edited[5].encode(errors="surrogateescape") == b"caf\xe9"


def test_the_environment_of_npx() -> None:
    given = {"PATH": "/bin", "NPM_CONFIG_OFFLINE": "false", "npm_config_yes": "no"}
    assert environment(given, offline=True) == {
        "PATH": "/bin",
        "npm_config_yes": "true",
        "npm_config_update_notifier": "false",
        "npm_config_omit_lockfile_registry_resolved": "false",
        "npm_config_offline": "true",
        "RUFLO_DAEMON_AUTOSTART": "0",
    }
    assert environment(given, offline=False)["NPM_CONFIG_OFFLINE"] == "false"
    # Whoever wants the daemon has it.
    wanted = environment({"RUFLO_DAEMON_AUTOSTART": "1"}, offline=False)
    assert wanted["RUFLO_DAEMON_AUTOSTART"] == "1"
