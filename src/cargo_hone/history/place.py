"""Where the history of a workspace lies unless somebody says otherwise."""

import hashlib
import re
from pathlib import Path

DATABASE_NAME = "history.sqlite3"


def default_state_dir(workspace_root: Path) -> Path:
    """Return the directory for the state of one workspace: the platform's state place, name and path hash.

    Two checkouts of the same project have two histories: their paths differ, and so do their samples.
    """
    import platformdirs  # noqa: PLC0415 - 10 ms that `--version` shall not pay

    root = workspace_root.resolve()
    digest = hashlib.blake2b(bytes(root), digest_size=5).hexdigest()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", root.name).strip("-.") or "workspace"
    return platformdirs.user_state_path("cargo-hone") / f"{name}-{digest}"
