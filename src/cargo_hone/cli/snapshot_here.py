"""The checkout that a command was called in. It imports little: cargo is asked while the rest is loaded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cargo_hone.cargo import metadata, toolchain
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.cli.invocation import Invocation
from cargo_hone.settings.model import Settings
from cargo_hone.settings.read import read
from cargo_hone.snapshot.place import Place, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The checkout that the command was called in."""

    place: Place
    known: Metadata
    settings: Settings


def here(
    invocation: Invocation,
    manifest: Path | None = None,
    *,
    meanwhile: Callable[[], object] = lambda: None,
) -> Here:
    """Ask cargo and rustc, both at once, about the workspace here or that of `manifest`."""
    manifest = manifest or invocation.manifest()
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(metadata.read, manifest, env=invocation.env, flags=invocation.flags)
        compiler = pool.submit(toolchain.read, manifest.parent, env=invocation.env)
        meanwhile()
    known = asked.result()
    place = place_of(known, toolchain=compiler.result(), env=invocation.env)
    return Here(place=place, known=known, settings=read(known.workspace_root, invocation.env))


def with_store(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--store`."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path),
        envvar="HONE_SNAPSHOT_DIR",
        help="Where snapshots are kept.",
    )(command)
