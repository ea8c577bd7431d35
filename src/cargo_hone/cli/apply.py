"""`cargo hone apply`: levers into the files, without measuring; and the list of all there are."""

from collections.abc import Sequence
from pathlib import Path

import click

from cargo_hone.cache.capacity import parse
from cargo_hone.cargo import metadata
from cargo_hone.cli import apply_list
from cargo_hone.cli.carry_out import Offer, carry_out
from cargo_hone.cli.invocation import Invocation, with_invocation
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.recover import recover
from cargo_hone.errors import UsageProblem
from cargo_hone.levers import look as looking
from cargo_hone.levers import overridden, together, writing
from cargo_hone.levers.interface import Already, Applies, Context, Lever, NotHere
from cargo_hone.levers.registry import ALL, lever_named
from cargo_hone.measure.near import near_matches
from cargo_hone.settings.read import read
from cargo_hone.tune import kept
from cargo_hone.tune.kept import KeptPlan
from cargo_hone.ui.recovered import tell_recovered
from cargo_hone.workspace import revision
from cargo_hone.workspace.facts import WorkspaceFacts, look


@click.command("apply")
@click.argument("names", metavar="[LEVER]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@click.option(
    "--list", "is_list", is_flag=True, help="All levers: whether each can be used, what it costs."
)
@click.option("--nightly", is_flag=True, help="Let levers in that need a nightly toolchain.")
@click.option(
    "--build-dir-on",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="A directory on another disk, for the lever build-dir-disk.",
)
@with_invocation
def command(
    invocation: Invocation,
    names: tuple[str, ...],
    *,
    yes: bool,
    dry_run: bool,
    is_list: bool,
    nightly: bool,
    build_dir_on: Path | None,
) -> int:
    """Write levers into the files they belong to: these, or what `cargo hone tune` has found to pay.

    Nothing is measured here. `cargo hone undo` restores the bytes.
    """
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    state_dir = invocation.state_dir(root)
    tuned = None if names or is_list else _tuned(state_dir)
    levers = ALL if is_list else _named(names or (tuned.levers if tuned is not None else ()))
    if not dry_run and not is_list:
        tell_recovered(recover(Journal(state_dir)), invocation.console)
    facts = look(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    context = looking.context(
        facts,
        capacity=parse(read(facts.root, invocation.env).cache.size),
        with_nightly=nightly,
        build_place=build_dir_on,
    )
    answers = looking.ask(levers, context)
    if is_list:
        return apply_list.show(invocation, answers, context)
    offer = _offer(answers, context, first=_about(tuned, facts) if tuned is not None else ())
    return carry_out(invocation, offer, root=facts.root, yes=yes, dry_run=dry_run)


def _tuned(state_dir: Path) -> KeptPlan:
    plan = kept.read(state_dir)
    if plan is None:
        raise UsageProblem(
            "no lever was named, and `cargo hone tune` has found nothing out here yet",
            next_step="run `cargo hone tune`, or name levers (all there are: cargo hone apply --list)",
        )
    return plan


def _about(plan: KeptPlan, facts: WorkspaceFacts) -> tuple[str, ...]:
    """What was found out when, and what is no longer as it was then."""
    said = [f"found by `cargo hone tune` on {plan.when}"]
    said += [
        f"  {scenario}: {(ratio - 1) * 100:+.0f} %" for scenario, ratio in plan.confirmed.items()
    ]
    now = revision.read(facts.root, env=facts.env)
    stale = plan.stale(commit=now.commit, rustc=facts.toolchain.rustc, cargo=facts.toolchain.cargo)
    said += [f"note: {reason}: run `cargo hone tune` again to be sure" for reason in stale]
    if not plan.levers:
        said.append("nothing was found to pay")
    return tuple(said)


def _named(names: Sequence[str]) -> tuple[Lever, ...]:
    levers = []
    for name in dict.fromkeys(names):
        lever = lever_named(name)
        if lever is None:
            near = near_matches(name, [one.name for one in ALL])
            raise UsageProblem(
                f"there is no lever `{name}`{near}",
                next_step="see which there are: cargo hone apply --list",
            )
        levers.append(lever)
    clash = together.rivals(levers)
    if clash is not None:
        raise UsageProblem(
            f"{clash[0].name} and {clash[1].name} exclude each other (both are about {clash[0].group})",
            next_step=f"choose one: cargo hone apply {clash[0].name}",
        )
    return tuple(levers)


def _offer(answers: Sequence[looking.Answer], context: Context, *, first: Sequence[str]) -> Offer:
    taken: list[Lever] = []
    sentences = list(first)
    refused: list[str] = []
    for answer in answers:
        name = answer.lever.name
        match answer.applicability:
            case Applies(cautions=cautions):
                taken.append(answer.lever)
                sentences.append(f"{name}: {answer.lever.title}")
                if answer.lever.gives_up:
                    sentences.append(f"  gives up {answer.lever.gives_up}")
                sentences += [f"  note: {caution}" for caution in cautions]
            case Already(evidence=evidence):
                sentences.append(f"{name}: nothing to do: {evidence}")
            case NotHere(reason=reason):
                refused.append(f"{name} cannot be used here: {reason}")
    overruling = [
        said for said in overridden.cautions(taken, context) if f"  note: {said}" not in sentences
    ]
    sentences += [f"note: {said}" for said in overruling]
    return Offer(
        plan=writing.plan(taken, context, title=f"apply {', '.join(one.name for one in taken)}"),
        schema="apply",
        sentences=tuple(sentences),
        refused=tuple(refused),
        head={
            "levers": [apply_list.as_json(answer) for answer in answers],
            "cautions": overruling,
        },
    )
