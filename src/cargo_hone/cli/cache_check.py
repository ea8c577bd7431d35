"""`cargo hone cache check`: the proof that builds reach the cache."""

import json
from pathlib import Path

import click

from cargo_hone.cache import scope
from cargo_hone.cache.check import Checked, check
from cargo_hone.cache.wiring.links import LinkState
from cargo_hone.cli import cache_place, cache_second
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import Exit, UsageProblem

_MARKS = {LinkState.HOLDS: "ok", LinkState.FAILED: "FAILED", LinkState.UNTRIED: "-"}


@click.command("check")
@click.option(
    "--second-checkout",
    is_flag=True,
    help="Also build this workspace in two directories, and say what the second one gets.",
)
@with_invocation
def command(invocation: Invocation, second_checkout: bool) -> int:
    """Build a tiny crate twice in two directories, and show that the second one came out of the cache.

    The same as an editor builds (without your PATH), and in the environment that workflows and devcontainer.json
    declare, on a private server. Exit code 1 where a link of the chain does not hold; each such link says what to do.
    """
    place = cache_place.find(invocation)
    here = Path.cwd()
    surroundings = scope.look(place.root, here=here, env=invocation.env)
    checked = check(surroundings, place.default, here=here)
    plain = invocation.format is not Format.JSON
    if plain:
        _show(invocation, checked)
    second = cache_second.compared(invocation, _root(place.root)) if second_checkout else None
    if not plain:
        said = _document(checked) | {"second_checkout": second and cache_second.document(second)}
        invocation.console.print(json.dumps(said, indent=2, ensure_ascii=False))
    elif second is not None:
        cache_second.show(invocation, second)
    return int(Exit.OK if checked.holds else Exit.FINDINGS)


def _root(root: Path | None) -> Path:
    if root is None:
        raise UsageProblem(
            "a second checkout is of a workspace, and there is none here",
            next_step="go into one, or name it: --manifest-path PATH",
        )
    return root


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
