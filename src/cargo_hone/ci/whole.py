"""The whole pipeline as one proposal: the workflows that build, and the scheduled clean-up of what they keep."""

from dataclasses import replace
from pathlib import Path

from cargo_hone.ci.proposal import Proposal
from cargo_hone.ci.prune_workflow import plan_prune, plan_prune_removal
from cargo_hone.ci.workflow_plan import CiOptions, CiProposal, plan_ci, plan_ci_removal
from cargo_hone.edit.plan import merge
from cargo_hone.errors import UsageProblem
from cargo_hone.settings.model import Settings
from cargo_hone.workspace import pipeline
from cargo_hone.workspace.facts import WorkspaceFacts
from cargo_hone.workspace.pipeline import root_of


def plan_pipeline(
    facts: WorkspaceFacts, settings: Settings, options: CiOptions | None = None
) -> CiProposal:
    """Plan what `ci init` writes; a pipeline that keeps caches on GitHub gets their clean-up, any other loses it.

    Raises as `plan_ci` does, and UsageProblem for a named workflow that lies where GitHub does not look.
    """
    if options is not None and options.workflow is not None:
        _check(options.workflow, root_of(facts.root) / ".github" / "workflows")
    workflows = plan_ci(facts, settings, options)
    if not settings.ci.prune or workflows.keeps is False:
        return _with(workflows, plan_prune_removal(facts.root))
    return _with(workflows, plan_prune(facts, settings)) if workflows.keeps else workflows


def plan_pipeline_removal(root: Path, workflow: Path | None = None) -> CiProposal:
    """Plan that all of it goes; a named workflow alone leaves the clean-up to the others. Raises as `plan_ci`.

    `root` is the workspace's; nothing else of it needs to be known.
    """
    workflows = plan_ci_removal(pipeline.find(root), workflow)
    return workflows if workflow is not None else _with(workflows, plan_prune_removal(root))


def _check(workflow: Path, directory: Path) -> None:
    if workflow.parent.resolve() != directory.resolve() or workflow.suffix not in {".yml", ".yaml"}:
        raise UsageProblem(
            f"GitHub runs no workflow at {workflow}: it looks for *.yml and *.yaml in {directory}",
            next_step=f"cargo hone ci init --workflow {directory / workflow.with_suffix('.yml').name}",
        )


def _with(workflows: CiProposal, prune: Proposal) -> CiProposal:
    plan = merge([workflows.plan, prune.plan], title=workflows.plan.title)
    return replace(workflows, plan=plan, notes=(*workflows.notes, *prune.notes, *prune.refused))
