"""A plan that a command offers: shown, asked for, applied, and said; the same for all that edit the pipeline."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.plan import diff, shown
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Busy, Exit
from cargo_hone.files import atomic
from cargo_hone.model import Plan
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.recovered import tell_recovered
from cargo_hone.workspace.pipeline import root_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan, and what is said with it.

    `sentences` are printed before the diff (plain format only), `refused` says which files stay and why (in every
    format, and the exit code is then 1). `schema` and `head` are for JSON: `cargo-hone/SCHEMA/v1`, and the keys of
    this command's own.
    """

    plan: Plan
    schema: str
    sentences: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    head: Mapping[str, object] = field(default_factory=dict)


def carry_out(invocation: Invocation, offer: Offer, *, root: Path, yes: bool, dry_run: bool) -> int:
    """Show, ask, apply, say; `root` is the workspace's. Returns the exit code.

    1 is for a file that was refused, for a no, and for a dry run that would change something. Directories that
    the plan's removals leave empty go as well. Raises as `recover` and `apply` do, and Unavailable where such a
    directory cannot be removed.
    """
    console, plan = invocation.console, offer.plan
    plain = invocation.format is Format.PLAIN
    journal = Journal(invocation.state_dir(root))
    if not dry_run:
        recovered = recover(journal)
        tell_recovered(recovered, console)
        if recovered.titles and plan.changes:
            # The plan was made from files as the killed run had left them.
            raise Busy("this plan was made before that", next_step="run the command again")
    _say(invocation, offer)
    if plan.changes and plain and (dry_run or not yes):
        console.diff(diff(plan, root=root), to_err=not dry_run, long=invocation.verbose)
    changed = bool(plan.changes) and not dry_run
    if changed and not yes and not confirmed(console, "Write this?"):
        return int(Exit.FINDINGS)
    emptied: list[Path] = []
    if changed:
        apply(plan, journal=journal, root=root)
        emptied = _without_empty(plan, root_of(root))
    if not plain:
        console.print(
            json.dumps(_as_json(offer, root, dry_run=dry_run), indent=2, ensure_ascii=False)
        )
    elif changed:
        for change in plan.changes:
            word = "removed" if change.after is None else "written"
            console.print(f"{word}  {shown(change.path, root=root)}")
        for directory in emptied:
            console.print(f"removed  {shown(directory, root=root)}/")
    elif not plan.changes:
        console.print("nothing to change")
    found = offer.refused or (dry_run and plan.changes)
    return int(Exit.FINDINGS if found else Exit.OK)


def _say(invocation: Invocation, offer: Offer) -> None:
    for reason in offer.refused:
        invocation.console.error(reason, label="warning")
    if invocation.format is Format.PLAIN:
        for sentence in offer.sentences:
            invocation.console.note(sentence)


def _without_empty(plan: Plan, repository: Path) -> list[Path]:
    """Remove the directories inside the repository that the plan's removals left empty; `undo` makes them anew."""
    gone: list[Path] = []
    for change in plan.changes:
        if change.after is not None:
            continue
        for directory in change.path.parents:
            if repository not in directory.parents or directory.is_symlink():
                break
            if directory in gone:
                continue
            if not atomic.remove_if_empty(directory):
                break
            gone.append(directory)
    return gone


def _as_json(offer: Offer, root: Path, *, dry_run: bool) -> dict[str, object]:
    return {
        "schema": f"cargo-hone/{offer.schema}/v1",
        "dry_run": dry_run,
        **offer.head,
        "changes": [
            {
                "path": shown(change.path, root=root),
                "why": change.why,
                "removed": change.after is None,
            }
            for change in offer.plan.changes
        ],
        "diff": diff(offer.plan, root=root),
    }
