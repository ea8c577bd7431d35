"""Where the hooks of a development container run, and so how they name our script."""

import re
from collections.abc import Mapping

from cargo_hone.edit.jsonc import Value

SCRIPT = ".devcontainer/hone.sh"
_ROOT = re.compile(r"(.*/\$\{localWorkspaceFolderBasename\})(/.*)?")


def script_path(config: Mapping[str, Value]) -> tuple[str, tuple[str, ...]]:
    """Return the script's path from where hooks run, and what is to be said where that is a guess.

    Hooks run in `workspaceFolder`; without one (and without Compose) that is where the repository is mounted
    (containers.dev, "Lifecycle scripts").
    """
    folder = config.get("workspaceFolder")
    if not isinstance(folder, str):
        if "dockerComposeFile" not in config:
            return SCRIPT, ()
        return SCRIPT, (
            "no `workspaceFolder`: with Compose the hooks run in `/`, and ours do nothing there",
        )
    below = _below(folder.rstrip("/"), config.get("workspaceMount"))
    if below is not None:
        return "../" * below + SCRIPT, ()
    return SCRIPT, (
        f"the repository must be mounted at `workspaceFolder` ({folder}): our hooks run there",
    )


def _below(folder: str, mount: Value) -> int | None:
    """How many directories `folder` lies below the repository's root; None where that is not said."""
    if isinstance(mount, str):
        targets = re.findall(r"(?:^|,)(?:target|destination|dst)=([^,]+)", mount)
        root = str(targets[-1]).rstrip("/") if targets else None
        if root is not None and (folder == root or folder.startswith(f"{root}/")):
            return folder.removeprefix(root).count("/")
        return None
    found = _ROOT.fullmatch(folder)
    return (found[2] or "").count("/") if found else None
