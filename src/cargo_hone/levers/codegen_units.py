"""Into how many parts rustc cuts a crate for code generation: more run side by side, fewer repeat less work.

Cargo's dev profile has 256 (the Cargo book, "Profiles"); on few cores most of them wait.
"""

from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.levers.profile_keys import ProfileKey, ProfileKeys

_ALL = ("dev", "codegen-units")
_DEPENDENCIES = ("dev", "package", "*", "codegen-units")

FEWER = ProfileKeys(
    name="codegen-units-16",
    title="16 codegen units in place of 256",
    gives_up="a little of what an incremental build can use again",
    settings=(ProfileKey(keys=_ALL, value=16, defaults=(256,)),),
    moves=(*CLEAN, *EDITS),
    group="codegen-units",
)
ONE_FOR_DEPENDENCIES = ProfileKeys(
    name="codegen-units-dependencies",
    title="one codegen unit for each dependency",
    gives_up="code generation of one large dependency on several cores at a time",
    settings=(ProfileKey(keys=_DEPENDENCIES, value=1, defaults=(256, 16)),),
    moves=CLEAN,
    group="codegen-units",
)
