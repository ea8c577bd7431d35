"""What could be changed here, as a plan with a diff; nothing is measured or written yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.configuration import configured_size
from cargo_hone.cache.engines import Rival, installed_rivals
from cargo_hone.cache.sccache import Sccache
from cargo_hone.edit.plan import diff, merge
from cargo_hone.levers import overridden, writing
from cargo_hone.levers.interface import Already, Applies, Context, Lever, NotHere
from cargo_hone.levers.registry import LEVERS
from cargo_hone.model import LeverOutcome, Plan, Standing
from cargo_hone.optimize import pipeline
from cargo_hone.optimize.pipeline import Kept
from cargo_hone.optimize.request import Request
from cargo_hone.workspace import facts
from cargo_hone.workspace.facts import WorkspaceFacts

TITLE = "optimize the build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The levers that will be tried, what became of the others, and what all of them together would write."""

    request: Request
    context: Context
    tried: tuple[Lever, ...]
    settled: tuple[LeverOutcome, ...]
    pipeline: tuple[Kept, ...]
    plan: Plan
    cautions: tuple[str, ...]
    rivals: tuple[Rival, ...] = ()
    """Caches that are installed here and measured beside the default one, where that is tried."""

    @property
    def facts(self) -> WorkspaceFacts:
        """The workspace."""
        return self.context.facts

    @property
    def diff(self) -> str:
        """The plan as a unified diff."""
        return diff(self.plan, root=self.facts.root)

    def plan_for(self, levers: Sequence[Lever], places: Sequence[Kept]) -> Plan:
        """What these levers write, and what keeps the gain elsewhere, as one plan."""
        own = writing.plan(levers, self.context, title=TITLE)
        return merge([own, *(kept.plan for kept in places)], title=TITLE)

    def documents(self) -> tuple[Path, Path]:
        """The pages that the job writes at its end."""
        docs = self.facts.root / "docs"
        return docs / "BUILD-OPTIMIZATION.md", docs / "build-optimization.json"


def propose(request: Request) -> Proposal:
    """Look at the workspace and say what would be tried. Errors as those of `workspace.facts.look`."""
    found = facts.look(request.manifest, env=request.env, flags=request.flags)
    own_cap = None if request.capacity_given else configured_size(request.env)
    context = Context(
        facts=found,
        capacity=Capacity(size_bytes=own_cap) if own_cap else request.capacity,
        engine=Sccache().locate(request.env),
    )
    tried: list[Lever] = []
    settled: list[LeverOutcome] = []
    cautions: list[str] = []
    for lever in LEVERS:
        match lever.applicability(context):
            case Applies(cautions=said):
                tried.append(lever)
                cautions += said
            case Already(evidence=evidence):
                settled.append(outcome(lever, Standing.ALREADY, evidence))
            case NotHere(reason=reason):
                settled.append(outcome(lever, Standing.NOT_APPLICABLE, reason))
    proposal = Proposal(
        request=request,
        context=context,
        tried=tuple(tried),
        settled=tuple(settled),
        pipeline=pipeline.propose(found, request.settings, wanted=request.pipeline),
        plan=Plan(title=TITLE, changes=()),
        cautions=(*cautions, *overridden.cautions(tried, context)),
        rivals=installed_rivals(request.env) if _tries_a_cache(tried) else (),
    )
    return replace(proposal, plan=proposal.plan_for(tried, proposal.pipeline))


def _tries_a_cache(levers: Sequence[Lever]) -> bool:
    return any(lever.step == "sccache" for lever in levers)


def outcome(lever: Lever, standing: Standing, reason: str) -> LeverOutcome:
    """What became of a lever, in the words of the model."""
    return LeverOutcome(
        name=lever.name,
        title=lever.title,
        standing=standing,
        reason=reason,
        gives_up=lever.gives_up,
    )
