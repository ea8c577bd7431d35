"""rustc's front end on several threads (nightly; rustc's unstable book, "threads")."""

from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.nightly import NightlyLever
from cargo_hone.model import Scenario

PARALLEL_FRONT_END = NightlyLever(
    name="parallel-front-end",
    title="rustc's front end on 8 threads",
    moves=(*EDITS, *CLEAN, Scenario.CHECK),
    flags=("-Zthreads=8",),
)
