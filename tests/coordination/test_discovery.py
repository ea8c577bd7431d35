"""What shows that claude-flow is used here, and what does not."""

from pathlib import Path

import pytest

from cargo_hone.coordination.discovery import wanted
from cargo_hone.settings.model import Coordination

AUTO = Coordination()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    (root / ".claude").mkdir(parents=True)
    (root / ".swarm").mkdir()
    (root / "package.json").write_text('{"name": "flow", "keywords": ["claude-flow-like"]}')
    (root / "CLAUDE.md").write_text("We do not use claude-flow.")
    return root


def test_neighbours_of_its_files_are_no_sign(root: Path, env: dict[str, str]) -> None:
    assert wanted(AUTO, root=root, env=env) == ""


@pytest.mark.parametrize("name", [".claude-flow", ".hive-mind"])
def test_its_directories(root: Path, env: dict[str, str], name: str) -> None:
    (root / name).mkdir()
    assert name in wanted(AUTO, root=root, env=env)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("claude-flow.config.json", ""),
        (".swarm/memory.db", ""),
        (".mcp.json", '{"mcpServers": {"claude-flow": {}}}'),
        (".claude/settings.json", '{"hooks": "npx claude-flow hooks"}'),
        (".claude/settings.local.json", '{"enabledMcpjsonServers": ["claude-flow"]}'),
        ("package.json", '{"devDependencies": {"claude-flow": "alpha"}}'),
        ("CLAUDE.md", "Run `npx claude-flow@alpha hooks pre-task` first."),
    ],
)
def test_its_files_and_those_that_name_it(
    root: Path, env: dict[str, str], name: str, content: str
) -> None:
    (root / name).write_text(content)
    assert name in wanted(AUTO, root=root, env=env)


def test_the_program_on_the_machine(root: Path, env: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "bin" / "claude-flow"
    program.write_text("#!/bin/sh\n")
    assert wanted(AUTO, root=root, env=env) == ""
    program.chmod(0o755)
    assert str(program) in wanted(AUTO, root=root, env=env)


def test_the_settings_overrule_what_is_found(root: Path, env: dict[str, str]) -> None:
    assert wanted(Coordination(claude_flow=True), root=root, env=env)
    (root / ".claude-flow").mkdir()
    assert wanted(Coordination(claude_flow=False), root=root, env=env) == ""
