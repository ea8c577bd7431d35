"""The script that a container's hooks call: one file in the repository, `.devcontainer/hone.sh`."""

import os
import re
import shlex
from importlib import resources
from pathlib import PurePath

from cargo_hone import __version__
from cargo_hone.ci.devcontainer_edit import VOLUME

MARK = b"#!/bin/sh\n# Written by cargo-hone"
"""How a script of ours begins."""
_LOOK_EVERY_S = 600.0
# A word as `shlex.quote` writes it, which may hold line ends.
_WORKSPACE = re.compile(rb"""^workspace=((?:[^'"\\\s]|'[^']*'|"[^"\\]*")+)$""", re.MULTILINE)


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


def workspace_of(content: bytes) -> PurePath | None:
    """Return the workspace that a script of ours serves, from the repository's root; None where it does not say."""
    found = _WORKSPACE.search(content)
    return PurePath(*shlex.split(os.fsdecode(found[1]))) if found else None
