"""`cargo hone cache check`: the proof that builds reach the cache."""

import json
from pathlib import Path

import click

from cargo_hone.cache import scope
from cargo_hone.cache.check import Checked, check
from cargo_hone.cache.wiring.links import LinkState
from cargo_hone.cli import cache_place
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import Exit

_MARKS = {LinkState.HOLDS: "ok", LinkState.FAILED: "FAILED", LinkState.UNTRIED: "-"}


@click.command("check")
@with_invocation
def command(invocation: Invocation) -> int:
    """Build a tiny crate twice in two directories, and show that the second one came out of the cache.

    The same as an editor builds (without your PATH), and in the environment that workflows and devcontainer.json
    declare, on a private server. Exit code 1 where a link of the chain does not hold; each such link says what to do.
    """
    place = cache_place.find(invocation)
    here = Path.cwd()
    surroundings = scope.look(place.root, here=here, env=invocation.env)
    checked = check(surroundings, place.default, here=here)
    if invocation.format is Format.JSON:
        invocation.console.print(json.dumps(_document(checked), indent=2, ensure_ascii=False))
    else:
        _show(invocation, checked)
    return int(Exit.OK if checked.holds else Exit.FINDINGS)


def _show(invocation: Invocation, checked: Checked) -> None:
    console = invocation.console
    for chain in checked.chains:
        console.print(chain.environment)
        for link in chain.links:
            console.print(f"  {_MARKS[link.state]:<7} {link.name:<23} {link.said}")
            if link.remedy:
                console.print(f"  {'':<31} next: {link.remedy}")
        for note in chain.notes:
            console.print(f"  {'note':<7} {note}")
    console.print(f"sccache's configuration: {checked.configuration}")
    for difference in checked.differences:
        console.error(
            f"{difference}: it is part of sccache's keys, so nothing is shared with builds there;"
            " cargo-hone sets none of them on this machine",
            label="warning",
        )


def _document(checked: Checked) -> dict[str, object]:
    return {
        "schema": "cargo-hone/cache-check/v1",
        "holds": checked.holds,
        "configuration": str(checked.configuration),
        "differences": list(checked.differences),
        "environments": [
            {
                "name": chain.environment,
                "links": [
                    {
                        "name": link.name.value,
                        "state": link.state.value,
                        "said": link.said,
                        "remedy": link.remedy or None,
                    }
                    for link in chain.links
                ],
                "notes": list(chain.notes),
            }
            for chain in checked.chains
        ],
    }
