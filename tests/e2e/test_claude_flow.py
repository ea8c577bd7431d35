"""claude-flow for real, from the npm registry that this machine is set up for: minutes, and 600 MB below tmp.

It has a home directory and an npm cache of its own, so nothing of the machine changes; the registry's settings (npm's
user configuration) are the machine's.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.coordination import spool
from cargo_hone.coordination.claude_flow import environment
from tests.coordination.conftest import PREFIX, Desk, processes, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(2700),
    pytest.mark.skipif(shutil.which("npx") is None, reason="npx is not installed"),
]
STEPS = ("sccache", "target_dir", "levers", "ci", "devcontainer", "sweep", "metrics", "docs")
# Records the arguments and how it ended, and is the real npx otherwise.
WRAPPER = """#!/bin/sh
{npx} "$@"
code=$?
{{ for word in "$code" "$@"; do printf '%s\\0' "$word"; done; printf '\\036'; }} >> "$RECORD"
exit $code
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    base = tmp_path_factory.mktemp("claude-flow")
    made = Desk(base)
    home = base / "home"
    home.mkdir()
    userconfig = output(["npm", "config", "get", "userconfig"], env=dict(os.environ), cwd=base)
    made.env |= {
        "HOME": str(home),
        "npm_config_userconfig": userconfig.strip(),
        "npm_config_cache": str(base / "npm"),
    }
    made.program("npx", WRAPPER.format(npx=shutil.which("npx")))
    yield made
    for pid in (*made.drains, *made.within(), *started_from(base)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(base / "npm")


def output(argv: list[str], *, env: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        argv,
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def started_from(base: Path) -> list[int]:
    """The processes whose program lies below the test's npm cache."""
    return [pid for pid, words in processes() if any(w.startswith(f"{base}/npm/") for w in words)]


def package(desk: Desk) -> str:
    """`claude-flow@alpha`, or what a mirror without that tag has."""
    tags = json.loads(
        output(["npm", "view", "claude-flow", "dist-tags", "--json"], env=desk.env, cwd=desk.root)
    )
    return "claude-flow@alpha" if "alpha" in tags else "claude-flow@latest"


def test_all_calls_are_accepted_and_the_memory_is_read_back(desk: Desk) -> None:
    wanted = package(desk)
    # `session-end` of 3.43 wants the session that the project's own helper opens (its `init` puts it there, and may
    # then fail for want of another file).
    npx = str(shutil.which("npx"))
    env = environment(desk.env, offline=False)
    subprocess.run(
        [npx, wanted, "init"], env=env, cwd=desk.root, stdin=subprocess.DEVNULL, check=False
    )
    output(["node", ".claude/helpers/session.cjs", "start"], env=env, cwd=desk.root)

    config = desk.root / ".cargo/config.toml"
    config.parent.mkdir()
    config.write_text("[build]\n")
    events: list[list[object]] = []
    for step in STEPS:
        events.append(["started", step, f"{step} begins"])
        if step == "target_dir":
            events.append(["edited", step, ".cargo/config.toml", {"path": str(config)}])
        events.append(["finished", step, f"{step} done"])
    assert desk.run(*events, package=wanted, timeout="2m") == ""
    until(lambda: not spool.pending(desk.state) and not desk.drains, limit_s=2400)

    assert desk.memory("blockers") == []
    hooks = [call for call in desk.calls if call[2] == "hooks"]
    assert {call[0] for call in desk.calls} == {"0"}
    assert [call[3] for call in hooks] == [
        "pre-task",
        "session-restore",
        "notify",
        "post-edit",
        *["notify"] * 7,
        "post-task",
        "session-end",
    ]
    for name in ("status", "metrics", "blockers"):
        argv = [npx, wanted, "memory", "retrieve", "--key", f"{PREFIX}/{name}", "--format", "json"]
        said = output(argv, env=env, cwd=desk.root)
        kept = json.loads(said[said.index("{") :])
        assert json.loads(kept["content"]) == desk.memory(name)
    assert desk.memory("status")["state"] == "finished"
    assert desk.within() == []
    assert started_from(desk.state.parent) == []
