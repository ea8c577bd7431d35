"""The crate that holds up the longest chain of units: no number of cores makes the build shorter than that chain."""

from dataclasses import dataclass

from cargo_hone.levers.advice.interface import WORTH_A_WORD, Advice
from cargo_hone.levers.advice.recorded import Recorded
from cargo_hone.measure.critical_path import critical_path
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True)
class CriticalCrate:
    """Names the crate that takes the most of the critical path."""

    name: str = "critical-crate"
    title: str = "the crate on the critical path"

    def advise(self, recorded: Recorded, facts: WorkspaceFacts) -> tuple[Advice, ...]:
        """One piece of advice, or none where the chain is one unit long or the crate's time is an estimate."""
        del facts
        chain = critical_path(recorded.as_times(), wall_s=recorded.total_s)
        if len(chain.links) < 2 or chain.length_s <= 0:
            return ()
        units = {unit.number: unit for unit in recorded.units}
        longest = max(chain.links, key=lambda link: link.holds_up_s)
        unit = units[longest.unit.number]
        share = longest.holds_up_s / chain.length_s
        if not unit.is_measured or share < WORTH_A_WORD:
            return ()
        way = " → ".join(dict.fromkeys(link.unit.package for link in chain.links))
        what = (
            "split it, or let what needs only a part of it depend on that part"
            if unit.is_member
            else "look for features of it that nobody uses, or for a lighter one"
        )
        return (
            Advice(
                adviser=self.name,
                subject=unit.package,
                sentence=f"{unit.package} holds up {way}: {what}",
                cost_s=longest.holds_up_s,
                share=share,
                of=f"the longest chain of units ({chain.length_s:.1f} s)",
            ),
        )
