"""The words of the search: what is tried, what is asked to be measured, what became of each lever."""

from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.measure.variants import BASE
from cargo_hone.model import AnyScenario

_AND = " + "


class Stage(StrEnum):
    """Where the search stands."""

    SCREEN = "screen"
    """Each lever by itself against the base."""
    ADD = "add"
    """One winner more against those that were chosen before."""
    CONFIRM = "confirm"
    """All that was chosen against the base, by fresh pairs."""
    DONE = "done"


class Fate(StrEnum):
    """What became of a lever."""

    KEPT = "kept"
    NOT_APPLICABLE = "not applicable"
    USELESS = "useless"
    HARMFUL = "harmful"
    INCONCLUSIVE = "inconclusive"
    OUTDONE = "outdone"
    """Another lever that excludes it gains more."""
    FAILED = "failed"
    """The build fails with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lever as far as the search must know it. Of one `group` only one can be kept (empty: it stands alone).

    `cached`: it brings a compiler cache, so that its clean builds are measured warm as well.
    """

    name: str
    group: str = ""
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One round: each of `arms` built once in `scenario`, in this order. `repetition` is new in its scenario."""

    stage: Stage
    scenario: AnyScenario
    arms: tuple[str, ...]
    repetition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A lever's fate and the reason, in a sentence."""

    fate: Fate
    why: str


def arm_of(levers: tuple[str, ...]) -> str:
    """Return the name of the arm that tries these levers together."""
    return _AND.join(levers) or BASE


def levers_of(arm: str) -> tuple[str, ...]:
    """Return the levers of an arm."""
    return () if arm == BASE else tuple(arm.split(_AND))
