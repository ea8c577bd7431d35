"""Dependencies without overflow checks and debug assertions: less code to generate, in every crate that is not yours.

Cargo's dev profile switches both on for all packages (the Cargo book, "Profiles"). Generic code of a dependency that
a member instantiates is compiled as the member is, and keeps them.
"""

from cargo_hone.levers.moves import CLEAN
from cargo_hone.levers.profile_keys import ProfileKey, ProfileKeys

_DEPENDENCIES = ("dev", "package", "*")

NONE_IN_DEPENDENCIES = ProfileKeys(
    name="checks-dependencies",
    title="no overflow checks and debug assertions in dependencies",
    gives_up="a panic where a dependency's arithmetic overflows or its own assertion fails, as in a release build",
    settings=tuple(
        ProfileKey(
            keys=(*_DEPENDENCIES, key),
            value=False,
            defaults=(True,),
            inherited=("dev", key),
            implied=True,
        )
        for key in ("debug-assertions", "overflow-checks")
    ),
    moves=CLEAN,
    group="checks",
)
