"""Generic code that a dependency has compiled already is used again (nightly; rustc, `-Zshare-generics`)."""

from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.nightly import NightlyLever

SHARE_GENERICS = NightlyLever(
    name="share-generics",
    title="generic code shared among crates",
    moves=(*EDITS, *CLEAN),
    flags=("-Zshare-generics=y",),
)
