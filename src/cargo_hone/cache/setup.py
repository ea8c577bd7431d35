"""Setting the cache up: which files say what, in the repository or in the user's own cargo home.

Nothing is written here: the result is a plan, and the sentences that belong to it.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from cargo_hone.cache import configuration as own
from cargo_hone.cache import remote, remote_setup, shim
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.cautions import overruled, stepping_aside
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cache.scope import (
    KEY,
    Choice,
    Scope,
    Surroundings,
    choose,
    config_file,
    in_repository,
    is_sccache,
)
from cargo_hone.cache.setup_engine import needs_pointer
from cargo_hone.cache.wanted import Key, Wanted, Whole, plan
from cargo_hone.errors import HoneError, UsageProblem
from cargo_hone.model import Plan

STEP = "sccache"
_TITLE = "sccache as the compiler cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What the user asked for; None and "" for what they left open. `default` is the cap of the settings.

    `is_default_set`: the team's settings name it, so it wins over the one that the shim has.
    `is_team_remote`: `remote` comes from the team's settings, so where it cannot be used here the rest goes on.
    """

    scope: Scope | None
    capacity: Capacity | None
    default: Capacity
    is_default_set: bool = False
    remote: str = ""
    is_team_remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is to be done. `capacity` is the cap that the file will have; `cautions` are what else has a say.

    `shim` is where the shim lies, or will lie; nothing is there where an sccache of the user's is the wrapper.
    """

    choice: Choice
    capacity: Capacity
    engine: EngineLocation
    shim: Path
    plan: Plan
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]


def prepare(surroundings: Surroundings, ask: Ask, engine: EngineLocation) -> Setup:
    """Decide, and plan.

    Raises UsageProblem as `choose` does and for a remote that cannot be used, Unavailable for one that cannot be
    reached from here, EditRefused (exit 2) where a file cannot be edited safely.
    """
    choice = choose(surroundings, ask.scope)
    env = surroundings.env
    capacity = ask.capacity or _standing_capacity(env) or ask.default
    further = onward(ask, engine, env)
    wanted = (
        *wrapper(surroundings, choice.scope, _capacity_of_shim(surroundings, choice.scope, ask)),
        *machine(env, capacity, engine),
        *further.wanted,
    )
    return Setup(
        choice=choice,
        capacity=capacity,
        engine=engine,
        shim=_target(surroundings, choice.scope).shim,
        plan=plan(wanted, title=_TITLE, step=STEP),
        sentences=(*_sentences(choice, capacity, engine), *further.sentences),
        cautions=(
            *choice.cautions,
            *_kept(surroundings, choice.scope),
            *_not_executable(surroundings, choice.scope),
            *stepping_aside(env),
            *overruled(env, capacity),
            *further.cautions,
        ),
    )


def wrapper(surroundings: Surroundings, scope: Scope, capacity: Capacity) -> tuple[Wanted, ...]:
    """The shim, and the setting that leads cargo to it; nothing where an sccache of the user's is the wrapper.

    Raises UsageProblem where another program is.
    """
    target = _target(surroundings, scope)
    standing = _in_file(surroundings, target.file)
    if standing and standing != target.value:
        if is_sccache(standing):
            return ()
        raise UsageProblem(
            f"`{standing}` is the wrapper already ({target.file})",
            next_step="remove that line, then run this again",
        )
    return (
        Whole(path=target.shim, content=shim.text(capacity), executable=True, why=_TITLE),
        Key(
            path=target.file,
            keys=KEY,
            value=target.value,
            comment="sccache where it is installed and healthy, plain rustc where not",
            why=_TITLE,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """The cargo configuration file of a scope, what it is to say, and the shim that this means."""

    file: Path
    value: str
    shim: Path


def _target(surroundings: Surroundings, scope: Scope) -> _Target:
    match scope:
        case Scope.REPO:
            base = _base(surroundings)
            return _Target(
                file=config_file(base / ".cargo"),
                value=shim.RELATIVE_PATH,
                shim=base / shim.RELATIVE_PATH,
            )
        case Scope.USER:
            # A relative path would be relative to the parent of the cargo home (the Cargo book, "Configuration").
            place = surroundings.user_shim
            return _Target(file=surroundings.user_config, value=str(place), shim=place)
        case _:
            assert_never(scope)


def _base(surroundings: Surroundings) -> Path:
    """The workspace, or the directory above it in the same checkout that leads to sccache already."""
    for layer in surroundings.configuration.layers:
        value = layer.value(*KEY)
        if value and is_sccache(value) and in_repository(surroundings, layer):
            return layer.base
    return surroundings.root or Path()  # `choose` has refused a repository that is none


def machine(
    env: Mapping[str, str], capacity: Capacity, engine: EngineLocation
) -> tuple[Wanted, ...]:
    """What this machine keeps: the cap in sccache's own file, and where an sccache lies that is not on every PATH."""
    wanted: list[Wanted] = [
        Key(
            path=own.path(env),
            keys=own.KEYS,
            value=capacity.size_bytes,
            comment=f"{capacity}, whoever starts the server",
            why=_TITLE,
        )
    ]
    if needs_pointer(engine, env):
        pointer = own.pointer_path(env)
        wanted.append(Whole(path=pointer, content=f"{engine.path}\n".encode(), why=_TITLE))
    return tuple(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """What a remote cache asks for; empty without one."""

    wanted: tuple[Wanted, ...] = ()
    sentences: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


def onward(ask: Ask, engine: EngineLocation, env: Mapping[str, str]) -> Onward:
    """The remote in sccache's own file, without credentials. Raises UsageProblem and Unavailable as `prepare`."""
    if not ask.remote:
        return Onward()
    storage = remote.parse(ask.remote)
    try:
        remote_setup.require(storage, env)
        edits = remote_setup.file_edits(storage, version=engine.version)
    except HoneError as error:
        if not ask.is_team_remote:
            raise
        return Onward(cautions=(f"the team's remote cache is left out here: {error.message}",))
    needed = remote_setup.with_credentials(storage)
    is_chain = remote_setup.has_chain(engine.version)
    where = (
        "behind the local disk" if is_chain else "instead of the local disk (before sccache 0.15)"
    )
    said = f"remote  {storage.kind}, {where}; no credential is written to any file"
    if needed:
        said += f". Where it asks for one, set {', '.join(needed)} in the environment of the server"
    return Onward(
        wanted=tuple(
            Key(
                path=own.path(env), keys=keys, value=value, why=f"the remote cache ({storage.kind})"
            )
            for keys, value in edits
        ),
        sentences=(said,),
    )


def _not_executable(surroundings: Surroundings, scope: Scope) -> tuple[str, ...]:
    """A plan holds bytes; a bit that got lost comes back by hand."""
    path = _target(surroundings, scope).shim
    if not path.is_file() or os.access(path, os.X_OK):
        return ()
    return (f"{path} is not executable, so every build fails: chmod +x {shlex.quote(str(path))}",)


def _standing_capacity(env: Mapping[str, str]) -> Capacity | None:
    """What the user has in the file stays, unless they ask for something else."""
    size_bytes = own.configured_size(env)
    return Capacity(size_bytes=size_bytes) if size_bytes is not None else None


def _capacity_of_shim(surroundings: Surroundings, scope: Scope, ask: Ask) -> Capacity:
    """Not the size that this user's file has, for colleagues get the shim; what the shim sets already stays as well."""
    standing = None if ask.is_default_set else shim.capacity(_target(surroundings, scope).shim)
    return ask.capacity or standing or ask.default


def _in_file(surroundings: Surroundings, file: Path) -> str:
    for layer in surroundings.configuration.layers:
        if layer.path == file:
            return str(layer.value(*KEY) or "")
    return ""


def _kept(surroundings: Surroundings, scope: Scope) -> tuple[str, ...]:
    """The wrapper of the user's that stays, where one does."""
    target = _target(surroundings, scope)
    standing = _in_file(surroundings, target.file)
    if not standing or standing == target.value:
        return ()
    said = (
        f"{target.file} has the wrapper `{standing}`, which stays; a build where that is missing or ill fails. Remove"
        " the line and run this again to have the shim instead"
    )
    return (said,)


def _sentences(choice: Choice, capacity: Capacity, engine: EngineLocation) -> tuple[str, ...]:
    return (
        f"scope   {choice.scope}: {choice.why}",
        f"engine  sccache {engine.version}, {engine.path} ({engine.origin})",
        f"cap     {written_out(capacity)}",
    )


def written_out(capacity: Capacity) -> str:
    """A cap in both units: sccache's own figures are GiB."""
    gb, gib = capacity.size_bytes / 10**9, capacity.size_bytes / 2**30
    return f"{capacity} ({gb:.2f} GB of 10⁹ bytes, {gib:.2f} GiB of 2³⁰)"
