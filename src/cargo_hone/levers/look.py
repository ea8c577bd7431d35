"""What levers may look at here, put together; and what each of them says to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.configuration import configured_size
from cargo_hone.cache.sccache import Sccache
from cargo_hone.levers import nightly
from cargo_hone.levers.interface import Applicability, Context, Lever
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A lever, and whether it can be used here."""

    lever: Lever
    applicability: Applicability


def context(
    facts: WorkspaceFacts,
    *,
    capacity: Capacity,
    with_nightly: bool = False,
    build_place: Path | None = None,
) -> Context:
    """Return the context of a workspace. `capacity` is the cache's where the user's own file has none.

    `with_nightly`: the user lets levers in that need a nightly toolchain. `build_place`: a directory on another disk.
    """
    own_bytes = configured_size(facts.env)
    return Context(
        facts=facts,
        capacity=Capacity(size_bytes=own_bytes) if own_bytes else capacity,
        engine=Sccache().locate(facts.env),
        nightly=nightly.find(facts.env) if with_nightly else None,
        build_place=build_place.resolve() if build_place is not None else None,
    )


def ask(levers: Sequence[Lever], around: Context) -> tuple[Answer, ...]:
    """Ask each lever, in their order. Raises as `proc.run` does where a tool must be asked and is gone."""
    return tuple(Answer(lever=lever, applicability=lever.applicability(around)) for lever in levers)
