"""What every command is given: the global options, as in cargo, and the environment for cargo."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from cargo_hone.cargo import metadata
from cargo_hone.history import place
from cargo_hone.proc import clean_environment
from cargo_hone.ui.console import ColorChoice, Console, make_console


class Format(StrEnum):
    """`--format`. A command has the first two; more only where it names them (`with_formats`)."""

    PLAIN = "plain"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


_ORDINARY = (Format.PLAIN, Format.JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of the program."""

    manifest_path: Path | None
    locked: bool
    offline: bool
    format: Format
    verbose: bool
    state_dir_given: Path | None
    console: Console
    env: Mapping[str, str]

    @property
    def flags(self) -> tuple[str, ...]:
        """The options that cargo is to get as well."""
        return tuple(
            flag
            for flag, given in (("--locked", self.locked), ("--offline", self.offline))
            if given
        )

    def manifest(self) -> Path:
        """The manifest that is meant; UsageProblem where there is none."""
        return metadata.locate_manifest(self.manifest_path or Path.cwd())

    def state_dir(self, workspace_root: Path) -> Path:
        """Where this machine keeps what it knows of that workspace."""
        return place.state_dir(workspace_root, self.state_dir_given)


def with_invocation(command: Callable[..., int | None]) -> Callable[..., Any]:
    """Give a command the global options, and hand them over as its first argument."""
    return with_formats(*_ORDINARY)(command)


def with_formats(
    *formats: Format,
) -> Callable[[Callable[..., int | None]], Callable[..., Any]]:
    """Do what `with_invocation` does, for a command that can print in these formats."""
    return functools.partial(_with_invocation, formats=formats)


def _with_invocation(
    command: Callable[..., int | None], *, formats: tuple[Format, ...]
) -> Callable[..., Any]:
    @click.option("--manifest-path", type=click.Path(path_type=Path), help="Path to Cargo.toml.")
    @click.option("--locked", is_flag=True, help="Assert that Cargo.lock stays as it is.")
    @click.option("--offline", is_flag=True, help="Run without the network.")
    @click.option(
        "--color",
        type=click.Choice([choice.value for choice in ColorChoice]),
        default="auto",
        envvar="HONE_COLOR",
        help="When to colour.",
    )
    @click.option(
        "--format",
        "format_",
        type=click.Choice([choice.value for choice in formats]),
        default="plain",
        help="How to print data.",
    )
    @click.option("-q", "--quiet", is_flag=True, help="No progress, no notes.")
    @click.option("-v", "--verbose", is_flag=True, help="More detail.")
    @click.option(
        "--state-dir",
        type=click.Path(path_type=Path),
        envvar="HONE_STATE_DIR",
        help="Where history and journal are kept.",
    )
    @functools.wraps(command)
    def wrapper(**given: Any) -> int | None:
        own = {name: given.pop(name) for name in _GLOBAL}
        values = _inherited(own)
        require_format(Format(values["format_"]), formats)
        return command(_invocation(values), **given)

    return wrapper


def require_format(given: Format, formats: Sequence[Format] = _ORDINARY) -> None:
    """Refuse a format that a command has not: it may have been given before the command's name."""
    if given not in formats:
        raise click.BadParameter(
            f"'{given}' is not one of {', '.join(repr(one.value) for one in formats)} here.",
            param_hint="'--format'",
        )


_GLOBAL = (
    "manifest_path",
    "locked",
    "offline",
    "color",
    "format_",
    "quiet",
    "verbose",
    "state_dir",
)


def _inherited(own: dict[str, Any]) -> dict[str, Any]:
    """Options given before the command's name count as well, unless they are given again after it."""
    context: click.Context | None = click.get_current_context()
    values = dict(own)
    missing = {name for name in _GLOBAL if _is_default(context, name)}
    while context is not None and (context := context.parent) is not None:
        for name in sorted(missing):
            if name in context.params and not _is_default(context, name):
                values[name] = context.params[name]
                missing.discard(name)
    return values


def _is_default(context: click.Context | None, name: str) -> bool:
    source = context.get_parameter_source(name) if context else None
    return source in (None, click.core.ParameterSource.DEFAULT)


def _invocation(values: dict[str, Any]) -> Invocation:
    env = clean_environment(os.environ)
    state_dir = values["state_dir"]
    return Invocation(
        manifest_path=values["manifest_path"],
        locked=values["locked"],
        offline=values["offline"],
        format=Format(values["format_"]),
        verbose=values["verbose"],
        state_dir_given=state_dir.absolute() if state_dir else None,
        console=make_console(ColorChoice(values["color"]), env, quiet=values["quiet"]),
        env=env,
    )
