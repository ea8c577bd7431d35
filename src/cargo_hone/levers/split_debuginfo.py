"""Debug information left in the object files: linking has less to copy, the target directory more to keep."""

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
from cargo_hone.levers.profile_keys import ProfileKey, ProfileKeys
from cargo_hone.model import Scenario

_KEYS = ProfileKeys(
    name="split-debuginfo-unpacked",
    title="debug information stays in the object files",
    gives_up="disk space (tens of thousands of object files), and programs that carry their debug information along",
    settings=(ProfileKey(keys=("dev", "split-debuginfo"), value="unpacked"),),
    moves=EDITS,
)


@dataclass(frozen=True, slots=True)
class KeptUnpacked:
    """`split-debuginfo = "unpacked"` where linking copies debug information today."""

    name: str = _KEYS.name
    title: str = _KEYS.title
    step: str = _KEYS.step
    gives_up: str = _KEYS.gives_up
    group: str = "split-debuginfo"
    moves: tuple[Scenario, ...] = _KEYS.moves
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        """Linux only: macOS does it by default, and Windows cannot (the Cargo book, "Profiles")."""
        host = context.facts.toolchain.host
        if "apple" in host:
            return Already(evidence="it is cargo's default on macOS")
        if "linux" not in host:
            return NotHere(reason=f"{host} has no unpacked debug information")
        return _KEYS.applicability(context)

    def trial(self, context: Context) -> Trial:
        """The same key."""
        return _KEYS.trial(context)

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The same key, in the file where the profile is."""
        return _KEYS.intents(context)
