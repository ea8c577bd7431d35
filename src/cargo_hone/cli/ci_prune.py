"""`cargo hone ci prune`: delete caches of GitHub Actions that nobody needs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from cargo_hone.cargo import metadata
from cargo_hone.ci.prune import Deletion, Limits, Pruning, judge
from cargo_hone.ci.prune_github import GitHub
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import Exit
from cargo_hone.quantity import parse_bytes, parse_seconds
from cargo_hone.report import figures
from cargo_hone.settings.model import Settings
from cargo_hone.settings.read import read
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.console import Console


@click.command("prune")
@click.option(
    "--older-than", metavar="SPAN", help="Unused for longer: 7d, 36h. [ci.prune-older-than]"
)
@click.option("--max-size", metavar="SIZE", help="What all may take: 8G. [ci.prune-max-size]")
@click.option("--branch-gone", is_flag=True, help="Also those of branches that are gone.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="List what would go; delete nothing.")
@with_invocation
def command(invocation: Invocation, **options: Any) -> int:
    """Delete caches of closed pull requests, old ones, and the least recently used above the size.

    Asks GitHub through the `gh` executable. The newest cache of each key prefix on the default branch stays.
    """
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    dry_run: bool = options["dry_run"]
    limits = _limits(read(root, invocation.env), options["older_than"], options["max_size"])
    github = GitHub(directory=root, env=invocation.env)
    pruning = judge(
        github.caches(),
        refs=github.refs(with_branches=options["branch_gone"]),
        limits=limits,
        now=datetime.now(UTC),
    )
    console, plain = invocation.console, invocation.format is Format.PLAIN
    if plain:
        for deletion in pruning.deletions:
            console.print(_line(deletion))
    if pruning.deletions and not dry_run:
        if not options["yes"] and not confirmed(console, f"Delete {_many(pruning.deletions)}?"):
            return int(Exit.FINDINGS)
        for deletion in pruning.deletions:
            if not github.delete(deletion.entry):
                console.note(f"had gone already: {deletion.entry.key}")
    _conclude(console, pruning, limits, plain=plain, dry_run=dry_run)
    return int(Exit.FINDINGS if dry_run and pruning.deletions else Exit.OK)


def _limits(settings: Settings, older_than: str | None, max_size: str | None) -> Limits:
    age = older_than or settings.ci.prune_older_than
    size = max_size or settings.ci.prune_max_size
    return Limits(older_than=timedelta(seconds=parse_seconds(age)), max_bytes=parse_bytes(size))


def _conclude(
    console: Console, pruning: Pruning, limits: Limits, *, plain: bool, dry_run: bool
) -> None:
    if not plain:
        console.print(json.dumps(_as_json(pruning, dry_run=dry_run), indent=2))
        return
    before, after = figures.size(pruning.before_bytes), figures.size(pruning.after_bytes)
    word = "would leave" if dry_run else "left"
    console.print(f"{before} before, {word} {after} in {pruning.kept} caches")
    if pruning.after_bytes > limits.max_bytes:
        limit = figures.size(limits.max_bytes)
        console.note(f"above {limit}: the newest of each key prefix on the default branch stay")


def _line(deletion: Deletion) -> str:
    entry = deletion.entry
    return f"{figures.size(entry.size_bytes):>8}  {entry.key}  {entry.ref}: {deletion.reason}"


def _many(deletions: Sequence[Deletion]) -> str:
    return f"{len(deletions)} cache{'s' if len(deletions) != 1 else ''}"


def _as_json(pruning: Pruning, *, dry_run: bool) -> dict[str, object]:
    return {
        "schema": "cargo-hone/ci-prune/v1",
        "dry_run": dry_run,
        "before_bytes": pruning.before_bytes,
        "after_bytes": pruning.after_bytes,
        "kept": pruning.kept,
        "deletions": [
            {
                "id": deletion.entry.id,
                "key": deletion.entry.key,
                "ref": deletion.entry.ref,
                "bytes": deletion.entry.size_bytes,
                "last_used_at": deletion.entry.last_used_at.isoformat(),
                "reason": deletion.reason,
            }
            for deletion in pruning.deletions
        ],
    }
