"""Where something else has the last word: what a lever writes into a file would not hold there."""

from collections.abc import Sequence

from cargo_hone.edit.plan import shown
from cargo_hone.levers import flag_source
from cargo_hone.levers.interface import AddedFlags, Context, Lever, TomlValue
from cargo_hone.workspace import configuration
from cargo_hone.workspace.configuration import Layer


def cautions(levers: Sequence[Lever], context: Context) -> tuple[str, ...]:
    """Name each environment variable and each nearer configuration file that overrides a key of these levers."""
    facts = context.facts
    members = [package.manifest_path.parent for package in facts.metadata.member_packages]
    nearer = configuration.nearer(facts.root, members)
    found: list[str] = []
    for lever in levers:
        for intent in lever.intents(context):
            if isinstance(intent, AddedFlags):
                found += flag_source.cancelled_in_pipeline(facts)
                found += _nearer_flags(intent, nearer, context)
            if not isinstance(intent, TomlValue) or not intent.path.is_relative_to(facts.root):
                continue
            key = ".".join(intent.keys)
            variable = facts.configuration.environment_override(*intent.keys)
            if variable is not None:
                found.append(
                    f"{variable} in your environment overrides {key}: unset it to get what is written"
                )
            found += [
                f"{shown(layer.path, root=facts.root)} sets {key} too: builds that are started in"
                f" {shown(layer.base, root=facts.root)} follow that file"
                for layer in nearer
                if layer.value(*intent.keys) is not None
            ]
    return tuple(dict.fromkeys(found))


def _nearer_flags(intent: AddedFlags, nearer: Sequence[Layer], context: Context) -> list[str]:
    """Lists of one key are joined; a nearer string, or flags of a stronger source, take their place."""
    root = context.facts.root
    by_triple = ("target", context.facts.toolchain.host, "rustflags")
    stronger = [by_triple] if intent.keys != by_triple else []
    return [
        f"{shown(layer.path, root=root)} has rustflags of its own: builds that are started in"
        f" {shown(layer.base, root=root)} follow that file"
        for layer in nearer
        if isinstance(layer.value(*intent.keys), str)
        or any(layer.value(*keys) is not None for keys in stronger)
    ]
