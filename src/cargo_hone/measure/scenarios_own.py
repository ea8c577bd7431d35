"""Scenarios that the workspace's settings define: `[scenarios.NAME]` in `.config/hone.toml`."""

from pathlib import Path, PurePosixPath

from cargo_hone.errors import UsageProblem
from cargo_hone.measure.near import near_matches
from cargo_hone.measure.scenarios import Change, Edit, Nothing, Patch, Recipe, Start, Touch
from cargo_hone.model import AnyScenario, OwnScenario, Scenario
from cargo_hone.settings import model as settings

MEASURABLE = ("bench", "build", "check", "clippy", "doc", "run", "rustc", "rustdoc", "test")
"""The subcommands that take --config and --target-dir and tell in JSON what they compile."""
_OURS = ("--config", "--target-dir", "--message-format", "--manifest-path")
_TAKEN = {"clean", *Scenario}


def own_recipes(
    defined: dict[str, settings.OwnScenario], *, root: Path
) -> dict[AnyScenario, Recipe]:
    """Return the recipes of the settings, in their order; `root` is the workspace's.

    Raises UsageProblem for a name that is taken, a command that cannot be measured, more than one change, a change
    where there is nothing that it could change, and a patch that is not there.
    """
    return {
        OwnScenario(name): _recipe(OwnScenario(name), wanted, root)
        for name, wanted in defined.items()
    }


def _recipe(name: OwnScenario, wanted: settings.OwnScenario, root: Path) -> Recipe:
    where = f"[scenarios.{name}] in .config/hone.toml"
    if name in _TAKEN:
        raise UsageProblem(
            f"{where}: `{name}` is a scenario already", next_step="choose another name for yours"
        )
    _require_command(wanted.command, where)
    start = Start(wanted.from_)
    change = _change(wanted, where, root)
    if start is Start.CLEAN and isinstance(change, (Edit, Touch)):
        raise UsageProblem(
            f'{where}: with from = "clean" everything is compiled, whatever was touched or edited before',
            next_step='leave `touch` and `edit` out, or say from = "built"',
        )
    return Recipe(
        scenario=name, command=wanted.command, start=start, change=change, about=_about(wanted)
    )


def _change(wanted: settings.OwnScenario, where: str, root: Path) -> Change:
    given = [key for key in ("touch", "edit", "patch") if getattr(wanted, key)]
    if len(given) > 1:
        raise UsageProblem(
            f"{where} has both `{given[0]}` and `{given[1]}`: it would not be known which one the time is of",
            next_step="keep one, and make a second scenario for the other",
        )
    if wanted.touch:
        for path in wanted.touch:
            if PurePosixPath(path).is_absolute():
                raise UsageProblem(
                    f"{where}: {path} is absolute, and the scratch copy has another place",
                    next_step="write `touch` relative to the workspace's root",
                )
        return Touch(paths=tuple(Path(path) for path in wanted.touch))
    if wanted.edit:
        return Edit(crate=wanted.edit)
    if wanted.patch:
        patch = root / wanted.patch
        if not patch.is_file():
            raise UsageProblem(
                f"{where}: there is no patch {patch}",
                next_step="correct `patch` (a path relative to the workspace's root), or make the file with `git diff`",
            )
        return Patch(path=patch)
    return Nothing()


def _require_command(command: tuple[str, ...], where: str) -> None:
    subcommand = command[0]
    if subcommand not in MEASURABLE:
        hint = (
            "; leave `cargo` itself out"
            if subcommand == "cargo"
            else near_matches(subcommand, MEASURABLE)
        )
        raise UsageProblem(
            f"{where}: `cargo {subcommand}` cannot be measured{hint}",
            next_step=f"begin `command` with one of {', '.join(MEASURABLE)}",
        )
    own = command[: command.index("--")] if "--" in command else command
    for word in own[1:]:
        option = word.partition("=")[0]
        if option in _OURS:
            raise UsageProblem(
                f"{where}: `{option}` is set by the measurement itself",
                next_step="leave it out of `command` (settings to compare belong into --variant)",
            )


def _about(wanted: settings.OwnScenario) -> str:
    command = f"`cargo {' '.join(wanted.command)}`"
    if wanted.touch:
        return f"{command} after touching {', '.join(wanted.touch)}"
    if wanted.edit:
        return f"{command} after a change to a function's body in {wanted.edit}"
    if wanted.patch:
        return f"{command} with {wanted.patch} applied"
    return f"{command} {'from nothing' if wanted.from_ == 'clean' else 'with nothing changed'}"
