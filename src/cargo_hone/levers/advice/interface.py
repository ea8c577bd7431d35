"""What an adviser says, and what it may look at."""

from dataclasses import dataclass
from typing import Protocol

from cargo_hone.levers.advice.recorded import Recorded
from cargo_hone.workspace.facts import WorkspaceFacts

WORTH_A_WORD = 0.02
"""A smaller share of the time is not mentioned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing that somebody could change by hand.

    `cost_s` are the seconds that it is about, as they were recorded; `share` their part of `of`, from 0 to 1.
    """

    adviser: str
    subject: str
    sentence: str
    cost_s: float
    share: float
    of: str


class Adviser(Protocol):
    """One kind of advice."""

    @property
    def name(self) -> str:
        """Its short name."""
        ...

    @property
    def title(self) -> str:
        """What it is about, in a phrase."""
        ...

    def advise(self, recorded: Recorded, facts: WorkspaceFacts) -> tuple[Advice, ...]:
        """Say what there is to say, the dearest first."""
        ...
