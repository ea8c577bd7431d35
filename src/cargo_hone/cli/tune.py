"""`cargo hone tune`: which levers pay on this workspace, found by measuring within a time budget."""

import json
import shlex
import sys
import time
from pathlib import Path

import click

from cargo_hone.cache import capacity
from cargo_hone.cargo import metadata
from cargo_hone.cli.duration import Duration
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.history.database import open_history
from cargo_hone.levers import nightly as nightly_toolchain
from cargo_hone.levers.registry import ALL
from cargo_hone.measure import scenarios_asked
from cargo_hone.measure.scenarios import BUILT_IN
from cargo_hone.model import AnyScenario, Scenario
from cargo_hone.quantity import parse_share
from cargo_hone.settings import read as settings
from cargo_hone.tune import kept, shown
from cargo_hone.tune.candidates import asked
from cargo_hone.tune.result import Tuned
from cargo_hone.tune.tuning import Request, Tuning
from cargo_hone.ui.progress import Progress, clock
from cargo_hone.ui.recovered import tell_recovered

_DEFAULT: tuple[AnyScenario, ...] = (
    Scenario.CLEAN_COLD,
    Scenario.EDIT_ROOT,
    Scenario.EDIT_LEAF,
)
_POSSIBLE = {*_DEFAULT, Scenario.CHECK, Scenario.TEST_BUILD, Scenario.SWITCH}


@click.command("tune")
@click.option(
    "--budget",
    type=Duration(),
    default="20m",
    show_default=True,
    help="Time to spend, warm-up and confirmation included.",
)
@click.option(
    "--lever",
    "levers",
    multiple=True,
    metavar="NAME",
    help="Try only this lever (can be given more than once).",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="A,B",
    help="What counts (default: clean,edit-root,edit-leaf; also check, test-build, switch).",
)
@click.option("--quick", is_flag=True, help="The fewest rounds that allow a verdict.")
@click.option("--nightly", is_flag=True, help="Try what only a nightly toolchain can, too.")
@click.option("--seed", type=int, help="For the order of the builds.")
@click.option(
    "--scratch-dir", type=click.Path(path_type=Path), help="Where the scratch copy is made."
)
@with_invocation
def command(
    invocation: Invocation,
    *,
    levers: tuple[str, ...],
    scenarios: tuple[str, ...],
    budget: float,
    quick: bool,
    nightly: bool,
    seed: int | None,
    scratch_dir: Path | None,
) -> int:
    """Find out which levers pay here, and keep them for `cargo hone apply`.

    Builds in a scratch copy beside the workspace, which goes at the end; nothing is written to the workspace. Each
    lever is tried against the workspace as it is, the winners together, and all that is chosen once more against
    the workspace as it is. How often a day each scenario is waited for is in [tune] of .config/hone.toml.
    """
    manifest = invocation.manifest()
    root = metadata.workspace_root(manifest, env=invocation.env)
    chosen = settings.read(root, invocation.env)
    state_dir = invocation.state_dir(root)
    tell_recovered(recover(Journal(state_dir)), invocation.console)
    request = Request(
        manifest=manifest,
        env=invocation.env,
        flags=invocation.flags,
        levers=asked(levers, ALL),
        scenarios=_scenarios(scenarios),
        settings=chosen.tune,
        margin=parse_share(chosen.tune.margin),
        capacity=capacity.parse(chosen.cache.size),
        budget_s=budget,
        seed=seed if seed is not None else time.time_ns() % 2**31,
        command=shlex.join(["cargo", "hone", *_arguments()]),
        quick=quick,
        scratch_parent=scratch_dir,
        nightly=nightly_toolchain.find(invocation.env) if nightly else None,
    )
    invocation.console.note(
        f"Tuning {root}: {', '.join(request.scenarios)}, {clock(budget)} at most (seed {request.seed})"
    )
    return _run(invocation, request, state_dir)


def _run(invocation: Invocation, request: Request, state_dir: Path) -> int:
    progress = Progress(invocation.console)

    def verbose(text: str) -> None:
        if invocation.verbose:
            progress.close()
            invocation.console.note(text)

    with open_history(state_dir) as database:
        tuning = Tuning(request=request, database=database, emit=progress, verbose=verbose)
        try:
            tuned = tuning.run()
        except KeyboardInterrupt:
            progress.close()
            if tuning.samples:
                _present(invocation, tuning.tuned(interrupted=True))
            raise
        finally:
            progress.close()
    kept.write(state_dir, tuned.plan)
    _present(invocation, tuned)
    return int(Exit.OK)


def _present(invocation: Invocation, tuned: Tuned) -> None:
    if invocation.format is Format.JSON:
        document = json.dumps(shown.as_json(tuned), indent=2, ensure_ascii=False)
        invocation.console.print(document)
        return
    for line in shown.lines(tuned):
        invocation.console.print(line)


def _scenarios(texts: tuple[str, ...]) -> tuple[AnyScenario, ...]:
    if not texts:
        return _DEFAULT
    found = scenarios_asked.asked(texts, BUILT_IN)
    other = next((scenario for scenario in found if scenario not in _POSSIBLE), None)
    if other is not None:
        raise UsageProblem(
            f"`{other}` is nothing that levers are searched for",
            next_step=f"choose from clean, {', '.join(sorted(_POSSIBLE - {Scenario.CLEAN_COLD}))}",
        )
    return found


def _arguments() -> list[str]:
    words = sys.argv[1:]
    return words[1:] if words[:1] == ["hone"] else words
