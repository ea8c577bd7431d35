"""`split-debuginfo = "unpacked"` leaves tens of thousands of object files behind, for little use on Linux."""

from dataclasses import dataclass

from cargo_hone.levers.debug_information import profile_file
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    TomlValue,
    Trial,
)
from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.model import Scenario


@dataclass(frozen=True, slots=True)
class UnpackedObjects:
    """Switch unpacked debug information off where somebody had switched it on."""

    name: str = "split-debuginfo"
    title: str = "no unpacked object files"
    step: str = "levers"
    gives_up: str = ""
    group: str = "split-debuginfo"
    moves: tuple[Scenario, ...] = (*CLEAN, *EDITS)
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        """Only where it is set: on Linux cargo's default is off, on macOS unpacked is the fast choice."""
        facts = context.facts
        value = facts.dev_profile("split-debuginfo")
        if value is None or value == "off" or "apple" in facts.toolchain.host:
            return Already(evidence=f"split-debuginfo is {value or 'at its default'}")
        return Applies()

    def trial(self, context: Context) -> Trial:
        """The same key."""
        del context
        return Trial(config=('profile.dev.split-debuginfo="off"',))

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """Set the value where it is set now."""
        return (
            TomlValue(
                path=profile_file(context.facts),
                keys=("profile", "dev", "split-debuginfo"),
                value="off",
            ),
        )
