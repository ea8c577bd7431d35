"""The script that a container's hooks call: one file in the repository, `.devcontainer/hone.sh`."""

import shlex
from importlib import resources
from pathlib import PurePath

from cargo_hone import __version__
from cargo_hone.ci.devcontainer_edit import VOLUME

MARK = b"#!/bin/sh\n# Written by cargo-hone"
"""How a script of ours begins."""
_LOOK_EVERY_S = 600.0


def script(
    *,
    package: str,
    workspace: PurePath,
    volume: str = VOLUME,
    look_every_s: float = _LOOK_EVERY_S,
) -> bytes:
    """Return the script's bytes.

    `package` is what pip gets, `{version}` in it stands for our own version; `workspace` leads from the repository's
    root to the cargo workspace.
    """
    values = {
        "@PACKAGE@": shlex.quote(package.replace("{version}", __version__)),
        "@WORKSPACE@": shlex.quote(workspace.as_posix()),
        "@VOLUME@": shlex.quote(volume),
        "@INTERVAL@": f"{look_every_s:g}",
    }
    text = resources.files("cargo_hone.ci").joinpath("devcontainer.sh").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return text.encode()
