"""The proof that builds reach the cache: in this shell, in an editor, in the pipelines and containers."""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache import configuration as own
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.scope import Surroundings
from cargo_hone.cache.wiring import declared, environments, links
from cargo_hone.cache.wiring.declared import Declared
from cargo_hone.cache.wiring.environments import Environment
from cargo_hone.cache.wiring.links import Chain, LinkName
from cargo_hone.cache.wiring.proof import Proof
from cargo_hone.cache.wiring.server import stop
from cargo_hone.cache.wiring.tiny_crate import TinyCrate, lay_out

_NOT_HASHED = re.compile(r"CARGO_(?:MAKEFLAGS|BUILD_JOBS|ENCODED_RUSTFLAGS|REGISTRIES_.*)")
"""All else that begins with CARGO_ is part of sccache's key (0.16: tried one by one)."""
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """All chains, the configuration file of sccache that counts here, and what differs between machines."""

    chains: tuple[Chain, ...]
    configuration: Path
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether no link failed."""
        return not any(chain.failed for chain in self.chains)


def check(surroundings: Surroundings, default: Capacity, *, here: Path) -> Checked:
    """Build a tiny crate twice in each environment. `here` counts outside of a workspace.

    Raises UsageProblem for configuration that cargo would refuse.
    """
    cwd = surroundings.root or here
    others = declared.of_pipeline(surroundings.pipeline)
    with tempfile.TemporaryDirectory(prefix="hone-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        own_places = (environments.here(surroundings, cwd), environments.editor(surroundings, cwd))
        chains = [_proven(one, place, default, surroundings) for one in own_places]
        chains += [_elsewhere(one, place, default, surroundings) for one in others]
    return Checked(
        chains=tuple(chains),
        configuration=own.path(surroundings.env),
        differences=differences(surroundings.env, others),
    )


def differences(env: Mapping[str, str], others: tuple[Declared, ...]) -> tuple[str, ...]:
    """Where a `CARGO_*` variable is another here than there: nothing is shared between the two then."""
    found: dict[str, list[str]] = {}
    for one in others:
        for name in sorted({*one.env, *one.unknown}):
            if not name.startswith("CARGO_") or _NOT_HASHED.fullmatch(name):
                continue
            there = _value(name, one.env, missing="an expression")
            mine = _value(name, env, missing="not set")
            if name not in one.env or one.env[name] != env.get(name):
                found.setdefault(f"{name} is {there} there, {mine} here", []).append(one.name)
    return tuple(f"{what} ({'; '.join(names)})" for what, names in found.items())


def _value(name: str, env: Mapping[str, str], *, missing: str) -> str:
    """A variable's value as it is shown: what may be a secret is not."""
    if name not in env:
        return missing
    return "a secret" if _SECRET.search(name) else f"`{env[name]}`"


def _elsewhere(one: Declared, place: Path, default: Capacity, surroundings: Surroundings) -> Chain:
    engine = Sccache().locate(surroundings.env)
    if one.problem or engine is None:
        said = one.problem or "there is no sccache here to try it with"
        return Chain(
            environment=one.name,
            links=tuple(links.untried(name, said) for name in LinkName),
        )
    with environments.elsewhere(one, surroundings, engine) as environment:
        try:
            return _proven(environment, place, default, surroundings)
        finally:
            stop(Sccache(engine.path), environment.env)


def _proven(
    environment: Environment, place: Path, default: Capacity, surroundings: Surroundings
) -> Chain:
    tiny: TinyCrate = lay_out(Path(tempfile.mkdtemp(dir=place)))
    return Proof(
        environment=environment, tiny=tiny, default=default, root=surroundings.root
    ).chain()
