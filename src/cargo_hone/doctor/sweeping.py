"""cargo-sweep's and our own sweeps among the commands of a script (options of cargo-sweep 0.8)."""

from cargo_hone.workspace.cargo_commands import Command

STAMP = frozenset({"-s", "--stamp"})
FILE = frozenset({"-f", "--file"})
TIME = frozenset({"-t", "--time"})


def is_cargo_sweep(command: Command) -> bool:
    """Whether it is the subcommand of the package cargo-sweep."""
    return command.subcommand == "sweep"


def is_sweep(command: Command) -> bool:
    """Whether it deletes from a target directory by somebody's rule. To write a stamp deletes nothing."""
    if command.subcommand == "hone":
        return "sweep" in command.arguments
    return is_cargo_sweep(command) and not has(command, STAMP)


def has(command: Command, options: frozenset[str]) -> bool:
    """Whether one of these options is given, with its value behind `=` or not."""
    return any(word.partition("=")[0] in options for word in command.arguments)
