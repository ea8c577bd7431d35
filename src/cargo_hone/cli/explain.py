"""`cargo hone explain`: what a rule of the doctor means."""

import json

import click

from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.doctor.pages import page
from cargo_hone.doctor.registry import RULES, find
from cargo_hone.errors import UsageProblem


@click.command("explain")
@click.argument("rule", required=False)
@with_invocation
def command(invocation: Invocation, rule: str | None) -> int:
    """Print the page of a rule (`HONE012`, or its short name); without one, list them all.

    Works offline and anywhere: the pages come with the program.
    """
    console = invocation.console
    is_json = invocation.format is Format.JSON
    if rule is None:
        if is_json:
            listed = [{"rule": r.id, "name": r.name, "title": r.title} for r in RULES]
            console.print(
                json.dumps({"schema": "cargo-hone/explain/v1", "rules": listed}, indent=2)
            )
        else:
            for one in RULES:
                console.print(f"{one.id}  {one.name.ljust(24)} {one.title}")
        return 0
    found = find(rule)
    if found is None:
        raise UsageProblem(
            f"`{rule}` is no rule of the doctor",
            next_step="cargo hone explain lists the rules",
        )
    if is_json:
        document = {
            "schema": "cargo-hone/explain/v1",
            "rule": found.id,
            "name": found.name,
            "title": found.title,
            "page": page(found),
        }
        console.print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        console.print(page(found).rstrip("\n"))
    return 0
