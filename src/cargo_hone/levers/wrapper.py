"""`build.rustc-wrapper` as it is: one that is set stays, and one that the environment switches off cannot be set."""

from collections.abc import Callable

from cargo_hone.cache.scope import KEY
from cargo_hone.levers.interface import Already, NotHere
from cargo_hone.workspace.facts import WorkspaceFacts


def in_the_way(
    facts: WorkspaceFacts, *, is_wanted: Callable[[str], bool]
) -> Already | NotHere | None:
    """Why no wrapper can be set, or need be (`is_wanted`: the one that is set would be ours); None where one can."""
    setting = facts.configuration.setting(*KEY)
    if setting is not None and setting.value:
        where = f"build.rustc-wrapper is `{setting.value}` ({setting.origin})"
        return Already(evidence=where) if is_wanted(setting.value) else NotHere(reason=where)
    override = facts.configuration.environment_override(*KEY)
    if override is not None:
        return NotHere(reason=f"{override} is set to nothing, which switches every wrapper off")
    return None
