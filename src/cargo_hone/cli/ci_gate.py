"""`cargo hone ci gate`: fail where builds are shown to have become worse than the base branch's."""

import json
from dataclasses import replace
from pathlib import Path

import click

from cargo_hone.cargo import metadata
from cargo_hone.cargo.metadata import Metadata
from cargo_hone.ci import gate_pages
from cargo_hone.ci.gate import judge
from cargo_hone.ci.gate_judged import GateResult, Judged
from cargo_hone.ci.gate_proven import unproven, without_proof
from cargo_hone.ci.gate_runs import gate_runs
from cargo_hone.cli import ci_gate_proof
from cargo_hone.cli.duration import Duration
from cargo_hone.cli.invocation import Format, Invocation, with_formats
from cargo_hone.errors import Exit
from cargo_hone.files import atomic
from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.measure.gate_budget import GateKind
from cargo_hone.quantity import parse_seconds
from cargo_hone.settings.model import Gate
from cargo_hone.settings.read import read


@click.command("gate")
@click.option("--base", metavar="NAME", help="The branch or commit to hold against. [gate.base]")
@click.option(
    "--proof/--no-proof",
    default=None,
    help="Build base and head side by side where history does not show that all is well "
    "(default: in pipelines). [gate.proof]",
)
@click.option("--proof-budget", type=Duration(), help="Time for that: 15m. [gate.proof-budget]")
@click.option(
    "--comment", type=click.Path(path_type=Path, dir_okay=False), help="Write a comment's body."
)
@click.option(
    "--scratch-dir", type=click.Path(path_type=Path), help="Where the scratch copies are made."
)
@with_formats(*Format)
def command(
    invocation: Invocation,
    *,
    base: str | None,
    proof: bool | None,
    proof_budget: float | None,
    comment: Path | None,
    scratch_dir: Path | None,
) -> int:
    """Hold what was measured at HEAD against the history of the base branch, by the budgets in `[gate]`.

    Fails (exit code 1) only where something is shown to be worse than the budget allows; says by how much, and since
    which commit. What cannot be judged is said, and does not fail. Where there is a page for the job's summary
    (GITHUB_STEP_SUMMARY) the result is added to it.
    """
    known = metadata.read(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    root = known.workspace_root
    settings = read(root, invocation.env)
    lineage = Lineage(root=root, env=invocation.env)
    settled_s = parse_seconds(settings.gate.proof_budget)
    result = _by_history(invocation, known, settings.gate, lineage, base)
    allowed = unproven(result)
    if allowed and _wants_proof(invocation, settings.gate, asked=proof):
        result = ci_gate_proof.proven_result(
            invocation,
            result,
            known=known,
            allowed=allowed,
            seconds=proof_budget if proof_budget is not None else settled_s,
            cache_size=settings.cache.size,
            scratch_dir=scratch_dir,
        )
    elif allowed and proof is None and settings.gate.proof != "never":
        result = without_proof(result, "that takes --proof")
    result = replace(result, judged=tuple(_counted(one, lineage) for one in result.judged))
    _publish(invocation, result, comment)
    return int(Exit.FINDINGS if result.kind is GateKind.FAIL else Exit.OK)


def _by_history(
    invocation: Invocation, known: Metadata, settings: Gate, lineage: Lineage, base: str | None
) -> GateResult:
    with open_existing_history(invocation.state_dir(known.workspace_root)) as database:
        measured = measured_runs(database) if database is not None else ()
        runs = gate_runs(measured, lineage, asked=base, settled=settings.base, env=invocation.env)
        wanted = [*runs.base, *runs.way, *([runs.head] if runs.head is not None else [])]
        points = course(database, wanted) if database is not None else ()
    return judge(runs, points, settings, target_dir=known.target_directory)


def _wants_proof(invocation: Invocation, settings: Gate, *, asked: bool | None) -> bool:
    if asked is not None:
        return asked
    in_pipeline = invocation.env.get("CI", "").lower() not in {"", "0", "false"}
    return settings.proof == "auto" and in_pipeline


def _counted(one: Judged, lineage: Lineage) -> Judged:
    """Say how many commits lie between the last good one and the first bad one."""
    since = one.since
    if since is None or since.after is None:
        return one
    between = lineage.count_between(since.after, since.commit)
    return replace(one, since=replace(since, between=between))


def _publish(invocation: Invocation, result: GateResult, comment: Path | None) -> None:
    console = invocation.console
    page = gate_pages.markdown(result)
    match invocation.format:
        case Format.JSON:
            document = gate_pages.as_json(result)
            console.print(json.dumps(document, indent=2, ensure_ascii=False))
        case Format.MARKDOWN:
            console.print(page.rstrip("\n"))
        case Format.GITHUB:
            for command_ in gate_pages.annotations(result):
                console.print(command_)
        case _:
            console.lines(gate_pages.screen(result))
    if comment is not None:
        atomic.create_parents(comment.absolute())
        atomic.replace(comment.absolute(), page.encode())
    if summary := invocation.env.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(page)
