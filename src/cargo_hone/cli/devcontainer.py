"""`cargo hone devcontainer`: what was gained, in the development container and the codespace."""

import json

import click

from cargo_hone.ci.devcontainer import plan_devcontainer, plan_removal
from cargo_hone.ci.proposal import Proposal
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import diff, shown
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Exit
from cargo_hone.settings.read import read
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.recovered import tell_recovered
from cargo_hone.workspace.facts import WorkspaceFacts, look


@click.group("devcontainer")
def command() -> None:
    """Put what was gained into the development container, or take it out again."""


@command.command("init")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def init(invocation: Invocation, yes: bool, dry_run: bool) -> int:
    """Add cargo-hone, sweeps and a volume for caches to each devcontainer.json; write one where there is none.

    Comments and formatting stay, and `cargo hone devcontainer remove` restores the bytes. What it adds never fails
    the start of a container.
    """
    facts = look(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    settings = read(facts.root, invocation.env)
    proposal = plan_devcontainer(facts, settings, create=True)
    return _carry_out(invocation, facts, proposal, yes=yes, dry_run=dry_run)


@command.command("remove")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the plan; change nothing.")
@with_invocation
def remove(invocation: Invocation, yes: bool, dry_run: bool) -> int:
    """Take out what `init` added, whoever ran it: the files alone are enough."""
    facts = look(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    return _carry_out(invocation, facts, plan_removal(facts), yes=yes, dry_run=dry_run)


def _carry_out(
    invocation: Invocation, facts: WorkspaceFacts, proposal: Proposal, *, yes: bool, dry_run: bool
) -> int:
    """Show, ask, apply, say. A file that was refused makes the exit code 1."""
    console, root, plan = invocation.console, facts.root, proposal.plan
    plain = invocation.format is Format.PLAIN
    journal = Journal(invocation.state_dir(root))
    if not dry_run:
        tell_recovered(recover(journal), console)
    for reason in proposal.refused:
        console.error(reason, label="warning")
    if plain:
        for note in proposal.notes:
            console.note(f"note: {note}")
    if plan.changes and plain and (dry_run or not yes):
        console.diff(diff(plan, root=root), to_err=not dry_run, long=invocation.verbose)
    changed = bool(plan.changes) and not dry_run
    if changed and not yes and not confirmed(console, "Write this?"):
        return int(Exit.FINDINGS)
    if changed:
        apply(plan, journal=journal, root=root)
    if not plain:
        console.print(json.dumps(_as_json(facts, proposal, dry_run=dry_run), indent=2))
    elif not plan.changes:
        console.print("nothing to change")
    elif changed:
        for change in plan.changes:
            word = "removed" if change.after is None else "written"
            console.print(f"{word}  {shown(change.path, root=root)}")
    found = proposal.refused or (dry_run and plan.changes)
    return int(Exit.FINDINGS if found else Exit.OK)


def _as_json(facts: WorkspaceFacts, proposal: Proposal, *, dry_run: bool) -> dict[str, object]:
    root = facts.root
    return {
        "schema": "cargo-hone/devcontainer/v1",
        "dry_run": dry_run,
        "changes": [
            {
                "path": shown(change.path, root=root),
                "why": change.why,
                "removed": change.after is None,
            }
            for change in proposal.plan.changes
        ],
        "notes": list(proposal.notes),
        "refused": list(proposal.refused),
        "diff": diff(proposal.plan, root=root),
    }
