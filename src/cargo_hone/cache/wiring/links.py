"""The chain from cargo to the cache's store: its links have names, and each that fails has a remedy."""

from dataclasses import dataclass
from enum import StrEnum


class LinkName(StrEnum):
    """The links, in the order in which a build goes through them."""

    CONFIGURED = "wrapper-configured"
    COMMITTED = "wrapper-committed"
    RUNS = "wrapper-runs"
    ENGINE = "engine-found"
    INCREMENTAL = "incremental-not-forced"
    SERVER = "server-answers"
    CAP = "cap-holds"
    CALLED = "wrapper-called"
    HIT = "second-build-hits"


class LinkState(StrEnum):
    """Whether a link holds. `UNTRIED`: what it hangs on is not there."""

    HOLDS = "holds"
    FAILED = "failed"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: what was seen, and what to type where it failed."""

    name: LinkName
    state: LinkState
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """All links in one environment, in their order; `notes` are worth a word and fail nothing."""

    environment: str
    links: tuple[Link, ...]
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Link, ...]:
        """The links that do not hold."""
        return tuple(link for link in self.links if link.state is LinkState.FAILED)


def holds(name: LinkName, said: str) -> Link:
    """A link that holds."""
    return Link(name=name, state=LinkState.HOLDS, said=said)


def failed(name: LinkName, said: str, *, remedy: str) -> Link:
    """A link that does not hold, with the command or the change that mends it."""
    return Link(name=name, state=LinkState.FAILED, said=said, remedy=remedy)


def untried(name: LinkName, said: str) -> Link:
    """A link that could not be looked at, and why."""
    return Link(name=name, state=LinkState.UNTRIED, said=said)
