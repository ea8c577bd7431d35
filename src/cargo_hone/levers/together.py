"""Several levers at once: whether they can be had together, and how they are tried together."""

from collections.abc import Sequence

from cargo_hone.edit.toml_value import render, render_key
from cargo_hone.errors import UsageProblem
from cargo_hone.levers import flag_source, rustflags
from cargo_hone.levers.flag_source import Cancelled
from cargo_hone.levers.interface import Context, Lever, Trial


def exclude(one: Lever, other: Lever) -> bool:
    """Whether two levers are different answers to the same question."""
    return one.name != other.name and bool(one.group) and one.group == other.group


def rivals(levers: Sequence[Lever]) -> tuple[Lever, Lever] | None:
    """Return the first two that exclude each other; None where all can be had together."""
    for place, one in enumerate(levers):
        for other in levers[place + 1 :]:
            if exclude(one, other):
                return one, other
    return None


def trial(levers: Sequence[Lever], context: Context) -> Trial:
    """Return how these levers are tried together, their flags made into `config`.

    Raises UsageProblem where two exclude each other, or where a variable in the environment cancels flags.
    """
    clash = rivals(levers)
    if clash is not None:
        raise UsageProblem(
            f"{clash[0].name} and {clash[1].name} exclude each other (both are about {clash[0].group})",
            next_step="choose one of the two",
        )
    trials = [lever.trial(context) for lever in levers]
    flags = tuple(flag for one in trials for flag in one.rustflags)
    env: dict[str, str] = {}
    for one in trials:
        env |= one.env
    return Trial(
        config=(*(c for one in trials for c in one.config), *_as_config(flags, context)),
        env=env,
        engine=next((one.engine for one in trials if one.engine), ""),
        build_parent=next((one.build_parent for one in trials if one.build_parent), None),
    )


def _as_config(flags: Sequence[str], context: Context) -> tuple[str, ...]:
    """One `--config` value: cargo joins a list to what the files have, and lets a string take their place."""
    if not flags:
        return ()
    place = flag_source.place(context.facts)
    if isinstance(place, Cancelled):
        raise UsageProblem(
            f"rustc's flags cannot be tried: {place.reason}",
            next_step="change that, then run again",
        )
    added = rustflags.missing(place.joined, flags)
    if not added:
        return ()
    value = rustflags.merge(place.written, flags) if isinstance(place.written, str) else [*added]
    return (f"{render_key(place.keys)}={render(value)}",)
