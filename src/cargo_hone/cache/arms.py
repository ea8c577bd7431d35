"""Variants that build through sccache get a private, empty one each: none profits from another's, or the user's."""

import contextlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.scope import is_sccache
from cargo_hone.cache.trial import trial_cache
from cargo_hone.measure.meter import Arm
from cargo_hone.model import Variant
from cargo_hone.workspace.configuration import Configuration

_KEY = ("build", "rustc-wrapper")


def is_cached(variant: Variant, configuration: Configuration) -> bool:
    """Whether a variant's `build.rustc-wrapper`, its own or the one in effect, is sccache (or our shim of that name).

    As for cargo, RUSTC_WRAPPER wins over `--config`, and `--config` over the files.
    """
    env = {**configuration.env, **dict(variant.env)}
    if "RUSTC_WRAPPER" in env:
        return is_sccache(env["RUSTC_WRAPPER"])
    for setting in reversed(variant.config):
        given = tomllib.loads(setting).get(_KEY[0], {}).get(_KEY[1])
        if given is not None:
            return is_sccache(given)
    found = configuration.setting(*_KEY)
    return found is not None and is_sccache(found.value)


@contextlib.contextmanager
def arms(
    variants: Sequence[Variant],
    *,
    place: Path,
    environ: Mapping[str, str],
    engine: Path | None,
    capacity: Capacity,
) -> Iterator[tuple[Arm, ...]]:
    """Make the arms; those that are marked as cached get a cache below `place`. Servers and contents go at the end.

    Without an `engine` a wrapper of that name does nothing but call rustc: no arm is cached then.
    """
    with contextlib.ExitStack() as stack:
        made = []
        for variant in variants:
            if not variant.cached or engine is None:
                made.append(Arm(variant=replace(variant, cached=False)))
                continue
            name = variant.name.replace(" ", "-")
            cache = stack.enter_context(
                trial_cache(name=name, place=place, engine=engine, capacity=capacity, env=environ)
            )
            env = tuple(sorted({**cache.own, **dict(variant.env)}.items()))
            made.append(Arm(variant=replace(variant, env=env), probe=cache))
        yield tuple(made)
