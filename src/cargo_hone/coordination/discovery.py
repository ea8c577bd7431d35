"""Whether claude-flow is used here: on the machine, or in the repository's files.

Its `init` (2.0 to 3.43) makes `.claude-flow/`, `.mcp.json`, `.claude/settings.json` and `CLAUDE.md`; its commands make
`claude-flow.config.json`, `.hive-mind/` and `.swarm/memory.db`. Others own `.claude/` and `.swarm/` as well, so those
count only by what is in them.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.settings.model import Coordination

_ITS_OWN = (".claude-flow", "claude-flow.config.json", ".hive-mind", ".swarm/memory.db")
_NAMED_IN = (
    (".mcp.json", b"claude-flow"),
    (".claude/settings.json", b"claude-flow"),
    (".claude/settings.local.json", b"claude-flow"),
    ("package.json", b'"claude-flow"'),
    ("CLAUDE.md", b"npx claude-flow"),
)
_LOOKED_AT_BYTES = 1 << 20


def wanted(settings: Coordination, *, root: Path, env: Mapping[str, str]) -> str:
    """Return why claude-flow is told of the work in `root`; "" where it is not."""
    match settings.claude_flow:
        case True:
            return "switched on in the settings"
        case False:
            return ""
        case _:
            return found(root, env)


def found(root: Path, env: Mapping[str, str]) -> str:
    """Return what shows that claude-flow is used here; "" where nothing does."""
    for name in _ITS_OWN:
        if (root / name).exists():
            return f"{name} is in the workspace"
    for name, mark in _NAMED_IN:
        if mark in _beginning(root / name):
            return f"{name} names it"
    program = shutil.which("claude-flow", path=env.get("PATH", ""))
    return f"{program} is on PATH" if program else ""


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LOOKED_AT_BYTES)
    except OSError:
        # Not there, or not for us: it names nothing.
        return b""
