"""The command group; each command's module is imported only when it is called."""

import importlib

import click

from cargo_hone import __version__
from cargo_hone.cli.invocation import Format, Invocation, require_format, with_formats

# Command: (module, one line of help). The order is that of `--help`.
COMMANDS = {
    "optimize": "measure, change what pays, prove it, report",
    "measure": "what builds take here, and whether a setting changes that",
    "tune": "which changes of settings pay here, found by measuring",
    "compare": "two variants, labels or commits against each other",
    "history": "what builds took over time, and since when",
    "apply": "levers into the files, without measuring; all levers: --list",
    "doctor": "what makes builds slow or disks full, seen without measuring",
    "explain": "what a rule of the doctor means, and what to do",
    "ci": "put what was gained into the pipeline; its summary",
    "devcontainer": "put it into the codespace",
    "sweep": "give disk space back that no build uses",
    "snapshot": "a fresh checkout that builds in the time of a copy",
    "report": "write the report of the last run again",
    "undo": "take back the last change of files",
    "cache": "the compiler cache: its state, start and stop",
    "memory": "what agents and teams can read of the work",
}


class Lazy(click.Group):
    """A group whose commands live in modules of their name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the help page."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"cargo_hone.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(
    __version__, "-V", "--version", prog_name="cargo-hone", message="%(prog)s %(version)s"
)
@with_formats(*Format)
def program(invocation: Invocation) -> int | None:
    """Make a Cargo workspace build fast and stay small, and prove it by measuring.

    Without a command: one screen about the workspace here.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return None
    require_format(invocation.format)
    from cargo_hone.cli.status import show  # noqa: PLC0415 - only when it is wanted

    return show(invocation)


def run(arguments: list[str]) -> int:
    """Run the command line; click's own errors come out as exceptions."""
    result = program.main(args=arguments, prog_name="cargo hone", standalone_mode=False)
    return int(result or 0)
