"""`cargo hone measure`: what builds take here, and whether a setting changes that."""

import json
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.duration import Duration
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.cli.measure_job import Job, Running, marked
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Exit, UsageProblem
from cargo_hone.history.database import open_existing_history, open_history
from cargo_hone.history.query import last_times
from cargo_hone.measure import planning, scenarios_asked
from cargo_hone.measure.scenarios import BUILT_IN
from cargo_hone.measure.scenarios_own import own_recipes
from cargo_hone.measure.spending import MOST_PAIRS
from cargo_hone.measure.variants import parse_variants, refuse_overridden
from cargo_hone.report import measured
from cargo_hone.settings import read as settings
from cargo_hone.ui.confirm import confirmed
from cargo_hone.ui.progress import Progress, clock
from cargo_hone.ui.recovered import tell_recovered
from cargo_hone.workspace import configuration

_SCENARIOS = "\n\n".join(
    f"{'clean' if name == 'clean-cold' else name}: {recipe.about}."
    for name, recipe in BUILT_IN.items()
    if name != "clean-warm"
)


@click.command(
    "measure",
    epilog=f"Scenarios:\n\n{_SCENARIOS}\n\nMore of them: [scenarios.NAME] in .config/hone.toml "
    "(docs/how-to/measure.md).",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="A,B",
    help="What to measure (default: clean,edit-root,edit-leaf,noop).",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME:KEY=VALUE",
    help="A setting of cargo to compare with the baseline (several of one NAME go together); "
    "NAME:env.VARIABLE=VALUE for the environment, never CARGO_*.",
)
@click.option(
    "--repeat",
    type=click.IntRange(min=1),
    help="How often each is measured (default: clean builds 3 times, all else 5 times).",
)
@click.option("--budget", type=Duration(), help="Time to spend where it decides most: 10m.")
@click.option("--label", default="", help="A name to find the samples by.")
@click.option("--in-place", is_flag=True, help="In your own tree and target directory.")
@click.option("--seed", type=int, help="For the order of the builds.")
@click.option(
    "--scratch-dir", type=click.Path(path_type=Path), help="Where the scratch copy is made."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be measured; build nothing.")
@with_invocation
def command(
    invocation: Invocation,
    *,
    scenarios: tuple[str, ...],
    variants: tuple[str, ...],
    repeat: int | None,
    budget: float | None,
    label: str,
    in_place: bool,
    seed: int | None,
    scratch_dir: Path | None,
    yes: bool,
    dry_run: bool,
) -> int:
    """Measure what builds take here, and compare settings with what there is.

    Builds in a scratch copy beside the workspace, which goes at the end. After a warm-up that does not count, the
    variants take turns in a random order; the samples go to history. With --budget the time goes to the comparison
    that is open, until all are decided; the intervals allow for that.

    --in-place edits files of your own tree, and puts them back whatever happens.
    """
    if repeat is not None and budget is not None:
        raise UsageProblem(
            "--repeat fixes the number of builds, and --budget leaves it open",
            next_step="leave one of the two out",
        )
    if in_place and scratch_dir is not None:
        raise UsageProblem("--in-place makes no scratch copy", next_step="leave --scratch-dir out")
    parsed = parse_variants(variants)
    refuse_overridden(parsed, invocation.env)
    manifest = invocation.manifest()
    root = metadata.workspace_root(manifest, env=invocation.env)
    chosen = settings.read(root, invocation.env)
    recipes = scenarios_asked.everything(own_recipes(chosen.scenarios, root=root))
    wanted = scenarios_asked.asked(scenarios, recipes)
    layers = configuration.read(root, env=invocation.env)
    if in_place:
        scenarios_asked.refuse_in_place(wanted, recipes)
        _refuse_build_dir(layers)
    marks = marked(parsed, layers)
    job = Job(
        known=metadata.read(manifest, env=invocation.env, flags=invocation.flags),
        env=invocation.env,
        flags=invocation.flags,
        configuration=layers,
        recipes=recipes,
        repetitions=scenarios_asked.repetitions(
            wanted,
            recipes,
            repeat=repeat if budget is None else MOST_PAIRS,
            cached=any(variant.cached for variant in marks),
        ),
        variants=marks,
        budget_s=budget,
        seed=seed if seed is not None else time.time_ns() % 2**31,
        label=label,
        command=shlex.join(["cargo", "hone", *_arguments()]),
        in_place=in_place,
        scratch_parent=scratch_dir,
        cache_size=chosen.cache.size,
    )
    return _run(invocation, job, yes=yes, dry_run=dry_run)


def _run(invocation: Invocation, job: Job, *, yes: bool, dry_run: bool) -> int:
    console = invocation.console
    state_dir = invocation.state_dir(job.root)
    with open_existing_history(state_dir) as database:
        known_s = last_times(database, variant=job.variants[0].name) if database else {}
    order = job.order(known_s)
    expected_s = planning.expected_s(order, job.variants)
    budget = planning.budget_of(order, job.variants)
    if budget is not None:
        budget.require(expected_s or 0.0)
    for row in _plan(job, expected_s):
        if dry_run:
            console.print(row)
        else:
            console.note(row)
    if dry_run:
        return int(Exit.OK)
    journal = Journal(state_dir)
    tell_recovered(recover(journal), console)
    if job.in_place and not yes and not confirmed(console, "Go ahead?"):
        return int(Exit.FINDINGS)
    progress = Progress(console)

    def verbose(text: str) -> None:
        if invocation.verbose:
            progress.close()
            console.note(text)

    with open_history(state_dir) as database:
        running = Running(
            job=job, database=database, journal=journal, emit=progress, verbose=verbose
        )
        try:
            running.run()
        except KeyboardInterrupt:
            progress.close()
            if running.samples:
                _present(running.outcome(interrupted=True), invocation)
            raise
        finally:
            progress.close()
    return _end(running.outcome(interrupted=False), invocation)


def _end(outcome: measured.Outcome, invocation: Invocation) -> int:
    if outcome.skipped and not outcome.samples and not outcome.failures:
        reasons = "; ".join(f"{skipped.scenario}: {skipped.why}" for skipped in outcome.skipped)
        raise UsageProblem(
            f"nothing could be measured: {reasons}", next_step="choose other scenarios: --scenario"
        )
    _present(outcome, invocation)
    for failure in outcome.failures:
        if failure.detail:
            invocation.console.err.write(f"{failure.detail.rstrip()}\n\n")
        invocation.console.error(f"{failure.message}\n  next: {failure.next_step}")
    return int(Exit.BUILD_FAILED if outcome.failures else Exit.OK)


def _present(outcome: measured.Outcome, invocation: Invocation) -> None:
    if invocation.format is Format.JSON:
        content = json.dumps(measured.as_json(outcome), indent=2, ensure_ascii=False)
        invocation.console.print(content)
    else:
        invocation.console.lines(measured.screen(outcome))


def _plan(job: Job, expected_s: float | None) -> Iterator[str]:
    """What will be built, where, how often, and how long that will take."""
    names = ", ".join(variant.name for variant in job.variants)
    yield f"Measuring {job.root}: {names} (seed {job.seed})"
    for scenario, count in job.repetitions.items():
        often = "once" if count == 1 else f"{count} times"
        often = often if job.budget_s is None else f"up to {often}"
        yield f"  {scenario}, {often}: {job.recipes[scenario].about}"
    for variant in job.variants[1:]:
        settings_of = [*variant.config, *(f"{name}={value}" for name, value in variant.env)]
        yield f"  {variant.name}: {', '.join(settings_of)}"
    if job.in_place:
        yield (
            f"  in your own tree: functions there are edited and put back, the baseline builds into "
            f"{job.known.target_directory}"
        )
        yield "  and everything else, clean builds too, into a directory beside it that goes at the end"
    else:
        yield "  in a scratch copy that goes at the end; nothing is written to the workspace"
    if job.budget_s is not None:
        yield f"  time: {clock(job.budget_s)} at most"
    elif expected_s is not None:
        yield f"  time: about {clock(expected_s)}, as earlier runs went"
    else:
        yield "  time: nobody knows before the warm-up, a first build"


def _refuse_build_dir(layers: configuration.Configuration) -> None:
    found = layers.setting("build", "build-dir")
    if found is not None:
        raise UsageProblem(
            f"a workspace with `build.build-dir` ({found.origin}) is not measured in place",
            next_step="leave --in-place out",
        )


def _arguments() -> list[str]:
    words = sys.argv[1:]
    return words[1:] if words[:1] == ["hone"] else words
