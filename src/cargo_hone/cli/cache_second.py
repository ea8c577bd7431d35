"""`cargo hone cache check --second-checkout`: what another path of this workspace gets, and why not more."""

from pathlib import Path

from cargo_hone.cache.call_log import Result
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.second_checkout import SecondCheckout, compare
from cargo_hone.cli.invocation import Invocation
from cargo_hone.errors import ToolMissing
from cargo_hone.measure.scratch import home_of, own_directory, remove_leftovers

_SHOWN = 20


def compared(invocation: Invocation, root: Path) -> SecondCheckout:
    """Build two copies of the workspace at `root`, beside it, through a cache of their own.

    Raises ToolMissing without sccache, and as `compare` and `own_directory` do.
    """
    engine = Sccache().locate(invocation.env)
    if engine is None:
        raise ToolMissing("there is no sccache here", next_step="run `cargo hone cache setup`")
    home = home_of(root, environ=invocation.env, parent=None)
    remove_leftovers(home)
    invocation.console.note(
        f"building two copies of the workspace from nothing, in {home}; the second one with one job"
    )
    with own_directory(home, f"{root.name}-second") as place:
        return compare(root, place=place, engine=engine.path, env=invocation.env)


def show(invocation: Invocation, found: SecondCheckout) -> None:
    """Say the share, and the reason of each miss."""
    console = invocation.console
    linked = sum(unit.result is Result.NOT_CACHEABLE for unit in found.units)
    share = "" if found.share is None else f" ({found.share:.0%})"
    console.print("\na second checkout, under another path")
    console.print(
        f"  {found.hits} of {found.cacheable} cacheable units of registry packages hit{share}; {linked} more link"
        f" and are never cached; {found.others} other calls are the workspace's own"
    )
    missed = found.missed
    for unit in missed if invocation.verbose else missed[:_SHOWN]:
        console.print(f"  missed  {unit.package:<28} {unit.reasons_said}")
    if len(missed) > _SHOWN and not invocation.verbose:
        console.print(f"  … {len(missed) - _SHOWN} more: -v")


def document(found: SecondCheckout) -> dict[str, object]:
    """The same for programs; `share` is 0 to 1, null where nothing can be cached."""
    return {
        "hits": found.hits,
        "cacheable": found.cacheable,
        "share": found.share,
        "others": found.others,
        "missed": [
            {
                "package": unit.package,
                "unit": unit.unit,
                "reasons": [
                    {"cause": reason.cause.value, "what": list(reason.what)}
                    for reason in unit.reasons
                ],
            }
            for unit in found.missed
        ],
    }
