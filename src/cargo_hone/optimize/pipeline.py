"""What keeps the gain elsewhere: the workflows and the development container, as parts of the one plan."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cargo_hone.errors import HoneError
from cargo_hone.files.atomic import read
from cargo_hone.model import LeverOutcome, Plan, Standing
from cargo_hone.settings.model import Settings
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One place that keeps the gain: what would be written there, what became of it, what has to be said."""

    plan: Plan
    outcome: LeverOutcome
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A plan, the reasons for the report, and what the user should read before it is applied.

    `is_there`: without any change the place keeps the gain already (else it is one that cannot).
    """

    plan: Plan
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    is_there: bool


def propose(facts: WorkspaceFacts, settings: Settings, *, wanted: bool | None) -> tuple[Kept, ...]:
    """Return what can be done here. `wanted`: None where such files exist, True in any case, False not at all."""
    if wanted is False:
        return ()
    kept = []
    if wanted or facts.pipeline.workflows:
        kept.append(_attempt("ci", "CI that keeps the gain", lambda: _ci(facts, settings)))
    if wanted or facts.pipeline.devcontainers:
        title = "a codespace that keeps it"
        kept.append(_attempt("devcontainer", title, lambda: _container(facts, settings)))
    return tuple(kept)


def as_it_is_now(kept: Kept) -> Kept:
    """Leave out a place whose files somebody has edited since the plan was made: measuring takes a while."""
    edited = [
        change.path.name for change in kept.plan.changes if read(change.path) != change.before
    ]
    if not edited:
        return kept
    reason = (
        f"{', '.join(edited)} was edited meanwhile and left alone; `cargo hone ci init` does it"
    )
    outcome = replace(kept.outcome, standing=Standing.NOT_APPLICABLE, reason=reason)
    return Kept(plan=Plan(title=kept.plan.title, changes=()), outcome=outcome, notes=(reason,))


def _ci(facts: WorkspaceFacts, settings: Settings) -> _Planned:
    # YAML is read only where there is some.
    from cargo_hone.ci.whole import plan_pipeline  # noqa: PLC0415
    from cargo_hone.ci.workflow_plan import UNPROVEN  # noqa: PLC0415

    # What lies in the target directory now says little: it may be half a build, and the levers make it smaller.
    proposal = plan_pipeline(facts, settings)
    said = (*proposal.decisions, UNPROVEN) if proposal.plan.changes else proposal.decisions
    return _Planned(
        plan=proposal.plan,
        reasons=said,
        notes=(*proposal.decisions, *proposal.notes),
        is_there=any(job.mode is not None for job in proposal.jobs),
    )


def _container(facts: WorkspaceFacts, settings: Settings) -> _Planned:
    from cargo_hone.ci.devcontainer import plan_devcontainer  # noqa: PLC0415 - as above

    proposal = plan_devcontainer(facts, settings)
    names = tuple(path.name for path in facts.pipeline.devcontainers)
    return _Planned(
        plan=proposal.plan,
        reasons=proposal.refused or names,
        notes=(*proposal.notes, *proposal.refused),
        is_there=not proposal.refused,
    )


def _attempt(name: str, title: str, make: Callable[[], _Planned]) -> Kept:
    """A workflow that cannot be edited is no reason to leave the build slow: it is said, and left alone."""
    try:
        planned = make()
    except HoneError as error:
        planned = _Planned(
            plan=Plan(title=title, changes=()),
            reasons=(error.message,),
            notes=(error.message,),
            is_there=False,
        )
    standing = Standing.ALREADY if planned.is_there else Standing.NOT_APPLICABLE
    if planned.plan.changes:
        standing = Standing.APPLIED
    reason = "; ".join(planned.reasons)
    outcome = LeverOutcome(name=name, title=title, standing=standing, reason=reason)
    return Kept(plan=planned.plan, outcome=outcome, notes=planned.notes)
