"""Where a session builds, as far as it must know: a scratch copy, or the user's own tree."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from cargo_hone.measure.source_edit import Editor
from cargo_hone.measure.tree_files import LeftOut


class Place(Editor, Protocol):
    """A tree to build in. `top` holds the workspace and all that moves with it."""

    @property
    def top(self) -> Path:
        """The root of what belongs to the workspace (the repository's, where there is one)."""

    @property
    def workspace(self) -> Path:
        """The workspace's root."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment for whatever runs here."""

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What the user's tree has and this one has not."""

    @property
    def described(self) -> str:
        """The place in a few words, for messages: `the scratch copy`."""

    @property
    def builds_dir(self) -> Path:
        """Where what builds make, and their caches, may lie."""

    def target_dir(self, variant: str) -> Path:
        """Return where a variant builds."""

    def clean_target_dir(self, variant: str) -> Path:
        """Return where a variant builds from nothing; what is there may be deleted."""

    def delete_target(self, variant: str) -> None:
        """Delete what a variant has built from nothing. Raises Unavailable where the system refuses."""

    def refuse_ways_back(self, manifests: Sequence[Path]) -> None:
        """Raise UsageProblem where a build here would build the original's sources."""

    def put_back(self) -> bool:
        """Give the tree its own contents again where it is to be kept; returns whether anything was changed."""
