"""A group of commands whose modules are imported only when they are called: starting up is a promise."""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """A group some of whose commands live elsewhere: name, module of `cargo_hone.cli`, line of help.

    Each of these modules has the click command as `command`. They come after the group's own ones, or before them
    (`elsewhere_first`).
    """

    def __init__(
        self,
        *args: Any,
        elsewhere: Mapping[str, tuple[str, str]],
        elsewhere_first: bool = False,
        **given: Any,
    ) -> None:
        super().__init__(*args, **given)
        self._elsewhere = dict(elsewhere)
        self._elsewhere_first = elsewhere_first

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the help page."""
        own = super().list_commands(ctx)
        return [*self._elsewhere, *own] if self._elsewhere_first else [*own, *self._elsewhere]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command that lives elsewhere."""
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        module, _ = self._elsewhere[cmd_name]
        command: click.Command = importlib.import_module(f"cargo_hone.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing those that live elsewhere."""
        lines = {name: command.get_short_help_str() for name, command in self.commands.items()}
        lines |= {name: line for name, (_, line) in self._elsewhere.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, lines[name]) for name in self.list_commands(ctx)])
