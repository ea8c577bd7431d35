"""Levers together as an arm that builds: `--config` values, environment, a private compiler cache if they want one."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from cargo_hone.cache import shim
from cargo_hone.cache.engines import engine_named
from cargo_hone.cache.interface import TrialStore
from cargo_hone.cache.scope import is_sccache
from cargo_hone.cache.trial import trial_cache
from cargo_hone.files import atomic
from cargo_hone.levers import together
from cargo_hone.levers.compiler_cache import trial_wrapper
from cargo_hone.levers.interface import Context, Lever
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.scratch import Scratch
from cargo_hone.model import Variant

_SCCACHE = "sccache"


def make_arm(
    name: str,
    levers: Sequence[Lever],
    *,
    scratch: Scratch,
    context: Context,
    stack: contextlib.ExitStack,
) -> Arm:
    """Make the arm of these levers; its cache and server are gone when `stack` is closed.

    Raises UsageProblem where the levers exclude each other or something in the environment cancels them, ToolMissing
    for a compiler cache that is not installed.
    """
    trial = together.trial(levers, context)
    config, env = trial.config, dict(trial.env)
    engine = trial.engine or (_SCCACHE if has_sccache(context) else "")
    store = _store(engine, name=name, scratch=scratch, context=context, stack=stack)
    if store is None:
        return Arm(variant=Variant(name=name, config=config, env=tuple(sorted(env.items()))))
    if trial.engine == _SCCACHE:
        # The very shim that the repository would get, so that its cost is in what is measured.
        config = (trial_wrapper(_shim(scratch.builds_dir, context)), *config)
    elif trial.engine:
        config = (*store.config, *config)
    env = {**env, **store.own}
    return Arm(
        variant=Variant(name=name, config=config, env=tuple(sorted(env.items())), cached=True),
        probe=store,
    )


def has_sccache(context: Context) -> bool:
    """Whether the user has sccache wired: then each arm gets a store that is as cold as the others'."""
    setting = context.facts.configuration.setting("build", "rustc-wrapper")
    return setting is not None and is_sccache(setting.value)


def _store(
    engine: str,
    *,
    name: str,
    scratch: Scratch,
    context: Context,
    stack: contextlib.ExitStack,
) -> TrialStore | None:
    place, plain = scratch.builds_dir, name.replace(" ", "-")
    if engine == _SCCACHE:
        if context.engine is None:
            return None
        return stack.enter_context(
            trial_cache(
                name=plain,
                place=place,
                engine=context.engine.path,
                capacity=context.capacity,
                env=scratch.environ,
            )
        )
    known = engine_named(engine)
    if known is None:
        return None
    return stack.enter_context(
        known.trial(name=plain, place=place, capacity=context.capacity, env=scratch.environ)
    )


def _shim(place: Path, context: Context) -> Path:
    path = place / "hone-shim" / "sccache"
    if not path.exists():
        atomic.create_parents(path)
        atomic.replace(path, shim.text(context.capacity), mode=0o755)
    return path
