"""Levers made for a test: they apply everywhere; what they do to a build is known."""

from dataclasses import dataclass

from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    Trial,
)
from cargo_hone.levers.moves import CLEAN, EDITS
from cargo_hone.model import Scenario

APPLIES = Applies()


@dataclass(frozen=True, kw_only=True)
class Planted:
    name: str
    config: tuple[str, ...] = ()
    applies: Applicability = APPLIES
    moves: tuple[Scenario, ...] = (*CLEAN, *EDITS)
    group: str = ""
    engine: str = ""
    step: str = "levers"
    title: str = "a planted lever"
    gives_up: str = ""
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        del context
        return self.applies

    def trial(self, context: Context) -> Trial:
        del context
        return Trial(config=self.config, engine=self.engine)

    def intents(self, context: Context) -> tuple[Intent, ...]:
        del context
        return ()


THERE = Planted(name="there", applies=Already(evidence="a file says so"))
NOT_HERE = Planted(name="not-here", applies=NotHere(reason="it needs another machine"))
