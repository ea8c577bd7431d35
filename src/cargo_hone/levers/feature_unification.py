"""Each dependency with the features that the whole workspace needs, whichever member is built.

Without it `cargo build -p ONE` may compile dependencies anew, with other features than `--workspace` did. Nightly
only (cargo 1.99, `-Zfeature-unification`); cargo-hakari does the same for stable, by a package that it generates.
"""

from dataclasses import dataclass

from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Context,
    Intent,
    Need,
    NotHere,
    Trial,
)
from cargo_hone.levers.moves import EDITS
from cargo_hone.levers.nightly import NightlyLever, NightlySetting
from cargo_hone.model import Scenario

_NIGHTLY = NightlyLever(
    name="feature-unification",
    title="features unified across the workspace",
    moves=(*EDITS, Scenario.TEST_BUILD),
    settings=(
        NightlySetting(keys=("unstable", "feature-unification"), value=True),
        NightlySetting(keys=("resolver", "feature-unification"), value="workspace"),
    ),
)


@dataclass(frozen=True, slots=True)
class FeatureUnification:
    """`resolver.feature-unification`, and a word about cargo-hakari where nightly is not wanted."""

    name: str = _NIGHTLY.name
    title: str = _NIGHTLY.title
    step: str = _NIGHTLY.step
    gives_up: str = _NIGHTLY.gives_up
    group: str = ""
    moves: tuple[Scenario, ...] = _NIGHTLY.moves
    needs: tuple[Need, ...] = _NIGHTLY.needs

    def applicability(self, context: Context) -> Applicability:
        """Of no use to one member alone; by cargo-hakari where that is how it is done here."""
        facts = context.facts
        if (facts.root / ".config" / "hakari.toml").is_file():
            return Already(evidence="cargo-hakari does it (.config/hakari.toml)")
        if len(facts.metadata.members) < 2:
            return Already(evidence="one member has nobody to differ from")
        found = _NIGHTLY.applicability(context)
        if isinstance(found, NotHere) and context.nightly is None:
            how = "cargo hakari init" if "cargo-hakari" in facts.tools else "cargo-hakari"
            return NotHere(reason=f"{found.reason}; on stable {how} does the same")
        return found

    def trial(self, context: Context) -> Trial:
        """The same keys."""
        return _NIGHTLY.trial(context)

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The same keys, and the toolchain file."""
        return _NIGHTLY.intents(context)
