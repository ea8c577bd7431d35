"""The whole pipeline as one proposal: the workflows that build, and the scheduled clean-up of what they keep."""

from dataclasses import replace
from pathlib import Path

from cargo_hone.ci.cache_choice import CacheKind
from cargo_hone.ci.proposal import Proposal
from cargo_hone.ci.prune_workflow import plan_prune, plan_prune_removal
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal, plan_ci, plan_ci_removal
from cargo_hone.edit.plan import merge
from cargo_hone.settings.model import Settings
from cargo_hone.workspace.facts import WorkspaceFacts


def plan_pipeline(
    facts: WorkspaceFacts, settings: Settings, options: CiOptions | None = None
) -> CiProposal:
    """Plan what `ci init` writes; a pipeline that keeps caches gets their clean-up. Raises as `plan_ci` does."""
    workflows = plan_ci(facts, settings, options)
    keeps = workflows.choice is not None and workflows.choice.kind is not CacheKind.NONE
    return _with(workflows, plan_prune(facts, settings)) if keeps else workflows


def plan_pipeline_removal(facts: WorkspaceFacts, workflow: Path | None = None) -> CiProposal:
    """Plan that all of it goes; a named workflow alone leaves the clean-up to the others. Raises as `plan_ci`."""
    workflows = plan_ci_removal(facts, workflow)
    return workflows if workflow is not None else _with(workflows, plan_prune_removal(facts))


def _with(workflows: CiProposal, prune: Proposal) -> CiProposal:
    plan = merge([workflows.plan, prune.plan], title=workflows.plan.title)
    return replace(workflows, plan=plan, notes=(*workflows.notes, *prune.notes, *prune.refused))
