"""How build scripts and procedural macros are compiled: well, to run fast, or plainly, to be there soon.

Cargo compiles them without optimisation in every profile (the Cargo book, "Profiles", build dependencies).
"""

from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.profile_keys import ProfileKey, ProfileKeys
from cargo_hone.model import Scenario

OPTIMISED = ProfileKeys(
    name="build-override-optimised",
    title="build scripts and procedural macros optimised (opt-level 3)",
    gives_up="time of clean builds; packages that both they and the product use are compiled twice",
    settings=(ProfileKey(keys=("dev", "build-override", "opt-level"), value=3, defaults=(0, "0")),),
    moves=(*EDITS, Scenario.CHECK),
    group="build-override",
)
PLAIN = ProfileKeys(
    name="build-override-plain",
    title="build scripts and procedural macros without optimisation, where somebody had it switched on",
    gives_up="their speed: macros expand and scripts run more slowly",
    settings=(
        ProfileKey(
            keys=("dev", "build-override", "opt-level"),
            value=0,
            defaults=(1, 2, 3, "1", "2", "3", "s", "z"),
            implied=0,
        ),
    ),
    moves=CLEAN,
    group="build-override",
)
