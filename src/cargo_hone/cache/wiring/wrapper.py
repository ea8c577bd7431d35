"""The wrapper that cargo calls in some environment, as its configuration says."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import Capacity
from cargo_hone.cache.scope import KEY, is_sccache
from cargo_hone.cache.wiring import links
from cargo_hone.cache.wiring.environments import Environment
from cargo_hone.cache.wiring.links import Link, LinkName
from cargo_hone.workspace import configuration

_SETUP = "cargo hone cache setup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """`value` is what stands there and `origin` where, `path` what can be run. `capacity` is our shim's own cap."""

    value: str
    origin: str
    path: str
    ours: bool
    capacity: Capacity | None


def configured(environment: Environment) -> Wrapper | Link:
    """Read it as cargo does, or return the link that does not hold. Raises UsageProblem as cargo would refuse."""
    name = LinkName.CONFIGURED
    setting = configuration.read(environment.cwd, env=environment.env).setting(*KEY)
    if setting is None:
        if environment.foreign:
            said = (
                "nothing of the repository leads builds there to sccache: it is set up for this user alone, or not at"
                " all (`cargo hone ci init --cache sccache` does it for pipelines)"
            )
            return links.untried(name, said)
        return links.failed(name, "no configuration file names a wrapper", remedy=_SETUP)
    value = str(setting.value)
    if not value:
        return links.failed(
            name,
            f"{setting.origin} is set to nothing, which switches every wrapper off",
            remedy=f"unset {setting.origin}" if setting.layer is None else _SETUP,
        )
    if not is_sccache(value):
        return links.failed(
            name,
            f"`{value}` ({setting.origin}) is not sccache",
            remedy=("remove it" if setting.layer is not None else f"unset {setting.origin}")
            + f", then {_SETUP}",
        )
    if "/" in value:
        # Relative to the parent of `.cargo` (the Cargo book, "Configuration"); a variable's to where cargo starts.
        base = setting.layer.base if setting.layer is not None else environment.cwd
        path = str(base / value)
    else:
        path = shutil.which(value, path=environment.env.get("PATH", "")) or value
    return Wrapper(
        value=value,
        origin=setting.origin,
        path=path,
        ours=shim.is_ours(Path(path)) or value.endswith("hone/sccache"),
        capacity=shim.capacity(Path(path)),
    )
