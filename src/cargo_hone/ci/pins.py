"""Which version of each foreign thing a workflow gets, pinned by what cannot move.

A tag can be moved to other code, a commit cannot: `uses:` names the commit, the version stands in a comment behind it.
The table is data (`pins.json`), written by `tools/pins.py` from the tags of the actions' repositories.
"""

import functools
import json
from dataclasses import dataclass
from importlib import resources

CHECKOUT = "actions/checkout"
CACHE = "actions/cache"
SCCACHE = "mozilla-actions/sccache-action"

CARGO_SWEEP_VERSION = "0.8.0"
"""The release of cargo-sweep whose options the written steps use (its README and src/cli.rs)."""
SCCACHE_VERSION = "v0.17.0"
"""The release of sccache that the action installs; SCCACHE_GHA_RW_MODE is there since v0.16.0 (docs/GHA.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """An action at a version: `repository` is `owner/name`, `commit` 40 hexadecimal digits, `version` its tag."""

    repository: str
    version: str
    commit: str

    def uses(self, subdirectory: str = "") -> str:
        """What stands behind `uses:`, with the version as a comment that people and updaters read."""
        path = f"{self.repository}/{subdirectory}" if subdirectory else self.repository
        return f"{path}@{self.commit} # {self.version}"


@functools.cache
def pins() -> dict[str, Pin]:
    """All pins by repository."""
    text = resources.files("cargo_hone.ci").joinpath("pins.json").read_text("utf-8")
    return {
        repository: Pin(repository=repository, version=entry["version"], commit=entry["commit"])
        for repository, entry in json.loads(text).items()
    }


def pin(repository: str) -> Pin:
    """The pin of one action; KeyError for an action that the table does not have."""
    return pins()[repository]
