"""The layouts that cargo gives a target directory, each with the environment in which cargo writes it.

What a test needs is in the environment, so that any command (`cargo build`, `cargo metadata`, `cargo hone`)
does the same, and no file of the workspace has to change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutUnderTest:
    """One layout. `env` goes on top of the environment that a test has anyway (`tiny.environment()`)."""

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    is_new: bool = False
    build_dir_name: str = "target"

    def cargo(self, *args: str) -> list[str]:
        """The argv of a cargo command, to be run with `env` in the workspace."""
        return ["cargo", *args]

    def target_dir(self, root: Path) -> Path:
        """Where the final artifacts are."""
        return root / "target"

    def build_dir(self, root: Path) -> Path:
        """Where the units are: the target directory unless that is split."""
        return root / self.build_dir_name

    def __str__(self) -> str:
        return self.name


NEW = {
    # Only cargo sees it (RUSTC_BOOTSTRAP would leak into build scripts). From cargo 1.100 it is the default.
    "__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS": "nightly",
    "CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT": "true",
}
SPLIT = {"CARGO_BUILD_BUILD_DIR": "{workspace-root}/built"}

V1 = LayoutUnderTest(name="v1")
V2 = LayoutUnderTest(name="v2", env=NEW, is_new=True)
V1_SPLIT = LayoutUnderTest(name="v1-split", env=SPLIT, build_dir_name="built")
V2_SPLIT = LayoutUnderTest(name="v2-split", env=NEW | SPLIT, is_new=True, build_dir_name="built")

LAYOUTS = {layout.name: layout for layout in (V1, V2, V1_SPLIT, V2_SPLIT)}
"""All of them by name."""
