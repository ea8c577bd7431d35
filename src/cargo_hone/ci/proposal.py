"""What is proposed for the pipeline: a plan, and what has to be said beside it."""

from dataclasses import dataclass

from cargo_hone.model import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan of file changes. `notes` are sentences for the user; `refused` names files that stay, and why."""

    plan: Plan
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
