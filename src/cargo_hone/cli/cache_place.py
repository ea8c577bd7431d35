"""Where a `cargo hone cache` command works: in a workspace, or outside of one for this user alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.capacity import Capacity, parse
from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Invocation
from cargo_hone.errors import UsageProblem
from cargo_hone.settings.model import Settings
from cargo_hone.settings.read import read
from cargo_hone.workspace.configuration import cargo_home


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`root` is None outside of a workspace. `keeper` is what the state belongs to: the root, or else this user."""

    root: Path | None
    keeper: Path
    settings: Settings

    @property
    def default(self) -> Capacity:
        """The cap where nobody says another."""
        return parse(self.settings.cache.size)


def find(invocation: Invocation) -> Place:
    """Find it. Raises UsageProblem for a manifest that was named and is not there, or that does not parse."""
    root = _root(invocation)
    keeper = root or users_keeper(invocation.env)
    return Place(root=root, keeper=keeper, settings=read(keeper, invocation.env))


def users_keeper(env: Mapping[str, str]) -> Path:
    """What stands for this user where a workspace's root stands else (nothing is there): its state has the journal."""
    return cargo_home(env) / "hone" / "user"


def _root(invocation: Invocation) -> Path | None:
    try:
        manifest = invocation.manifest()
    except UsageProblem:
        if invocation.manifest_path is not None:
            raise
        return None
    return metadata.workspace_root(manifest, env=invocation.env)
