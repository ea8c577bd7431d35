"""`cargo hone memory`: what agents and teams can read of the work."""

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.coordination import keys
from cargo_hone.coordination.memory import Entry, open_memory, reading
from cargo_hone.coordination.run import mirror
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.settings.model import Coordination
from cargo_hone.settings.read import read


@click.group("memory")
def command() -> None:
    """Read and write what is known of the work: where it stands, its figures, its blockers."""


@command.command("get")
@click.argument("key")
@with_invocation
def get(invocation: Invocation, key: str) -> int:
    """Print the value of KEY as it is; exit code 1 where there is none."""
    _, settings, state_dir = _here(invocation)
    entries = _entries(state_dir, settings)
    entry = next((entry for entry in entries if entry.key == key), None)
    if entry is None:
        console = invocation.console
        console.error(f"there is nothing in the memory under `{key}`")
        console.err.write(f"  next: {_advice(key, [entry.key for entry in entries])}\n")
        return int(Exit.FINDINGS)
    if invocation.format is Format.JSON:
        _print_json(invocation, {"schema": "cargo-hone/memory-get/v1", **_as_json(entry)})
    else:
        invocation.console.print(entry.value)
    return int(Exit.OK)


@command.command("set")
@click.argument("key")
@click.argument("value")
@with_invocation
def set_(invocation: Invocation, key: str, value: str) -> int:
    """Keep VALUE (JSON, as a rule) under KEY; claude-flow is told of it, where it is there."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageProblem(
            "the memory keeps UTF-8, and this value is not", next_step="encode it (base64, say)"
        ) from None
    if not key.strip() or not key.isprintable():
        raise UsageProblem(
            "a key is a path of printable characters", next_step="choose one like phase7/team/notes"
        )
    root, settings, state_dir = _here(invocation)
    memory = open_memory(state_dir)
    try:
        memory.set(key, value)
    finally:
        memory.close()
    mirror(
        settings,
        root=root,
        state_dir=state_dir,
        env=invocation.env,
        key=key,
        value=value,
        note=invocation.console.note,
        offline=invocation.offline,
    )
    if invocation.format is Format.JSON:
        _print_json(invocation, {"schema": "cargo-hone/memory-set/v1", "key": key})
    return int(Exit.OK)


@command.command("list")
@click.argument("prefix", default="")
@with_invocation
def list_(invocation: Invocation, prefix: str) -> int:
    """Print the keys that begin with PREFIX, one a line."""
    _, settings, state_dir = _here(invocation)
    entries = [entry for entry in _entries(state_dir, settings) if entry.key.startswith(prefix)]
    if invocation.format is Format.JSON:
        listed = [_as_json(entry) for entry in entries]
        _print_json(invocation, {"schema": "cargo-hone/memory-list/v1", "entries": listed})
        return int(Exit.OK)
    for entry in entries:
        invocation.console.print(entry.key)
    return int(Exit.OK)


def _here(invocation: Invocation) -> tuple[Path, Coordination, Path]:
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    settings = read(root, invocation.env).coordination
    return root, settings, invocation.state_dir(root)


def _entries(state_dir: Path, settings: Coordination) -> list[Entry]:
    """All that is known, by key. The three keys are always there, also where nothing was done yet."""
    known = {
        key: Entry(key=key, value=value, updated_at=None)
        for key, value in keys.before_any_run(settings.memory_prefix).items()
    }
    with reading(state_dir) as memory:
        if memory is not None:
            known |= {entry.key: entry for entry in memory.list()}
    return [known[key] for key in sorted(known)]


def _advice(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.5)
    near = near or [other for other in known if key.strip("/") in other][:3]
    if near:
        return " or ".join(f"cargo hone memory get {other}" for other in near)
    return "see which there are: cargo hone memory list"


def _as_json(entry: Entry) -> dict[str, Any]:
    """An entry; its value as JSON where it is JSON, or else as a string."""
    try:
        value = json.loads(entry.value)
    except ValueError:
        value = entry.value
    return {"key": entry.key, "value": value, "updated_at": entry.updated_at}


def _print_json(invocation: Invocation, document: dict[str, Any]) -> None:
    invocation.console.print(json.dumps(document, indent=2, ensure_ascii=False))
