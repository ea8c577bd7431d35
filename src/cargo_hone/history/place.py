"""Where the history of a workspace lies unless somebody says otherwise."""

import re
from pathlib import Path

DATABASE_NAME = "history.sqlite3"


def state_dir(workspace_root: Path, base: Path | None = None) -> Path:
    """Return the directory for the state of one workspace: name and path hash, in `base`.

    `base` is the platform's state place where it is not given.

    Two checkouts of the same project have two histories: their paths differ, and so do their samples.
    """
    if base is None:
        import platformdirs  # noqa: PLC0415 - 10 ms that `--version` shall not pay

        base = platformdirs.user_state_path("cargo-hone")
    import hashlib  # noqa: PLC0415 - 3 ms, as above

    root = workspace_root.resolve()
    digest = hashlib.blake2b(bytes(root), digest_size=5).hexdigest()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", root.name).strip("-.") or "workspace"
    return base / f"{name}-{digest}"
