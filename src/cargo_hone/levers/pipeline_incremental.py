"""No incremental compilation on runners.

After a checkout every source is newer than its artifacts, so crates are compiled anyway, and the sessions are written
for an edit that never comes. By `CARGO_INCREMENTAL` in the workflow, as people's own machines shall keep it; `cargo
hone ci init` sets it too where it connects a compiler cache.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.edit import yaml
from cargo_hone.edit.refused import EditRefused
from cargo_hone.levers.interface import (
    Already,
    Applicability,
    Applies,
    Context,
    Intent,
    Need,
    NotHere,
    Trial,
    YamlValue,
)
from cargo_hone.model import Scenario
from cargo_hone.workspace.cargo_commands import commands

_NAME = "CARGO_INCREMENTAL"
# Actions that set it themselves (their action.yml, and rust-cache's src/restore.ts).
_SETTING = (
    "dtolnay/rust-toolchain",
    "Swatinem/rust-cache",
    "actions-rust-lang/setup-rust-toolchain",
)


@dataclass(frozen=True, slots=True)
class PipelineIncremental:
    """`env.CARGO_INCREMENTAL: 0` in each workflow that builds and says nothing of it."""

    name: str = "incremental-off-ci"
    title: str = "no incremental compilation in workflows"
    step: str = "levers"
    gives_up: str = "hits that runners and developers share in a remote sccache, which hashes every CARGO_* variable"
    group: str = ""
    moves: tuple[Scenario, ...] = (Scenario.FRESH_CHECKOUT,)
    needs: tuple[Need, ...] = ()

    def applicability(self, context: Context) -> Applicability:
        """Where a workflow runs cargo and neither it nor an action in it says anything."""
        found = context.facts.pipeline.workflows
        if not found:
            return NotHere(reason="there is no workflow")
        silent = tuple(_silent(found))
        if not silent:
            return Already(
                evidence=f"each workflow that builds sets {_NAME}, or an action in it does"
            )
        return Applies(cautions=(f"it changes {', '.join(path.name for path in silent)}",))

    def trial(self, context: Context) -> Trial:
        """The same by configuration: a variable would change what sccache has."""
        del context
        return Trial(config=("build.incremental=false",))

    def intents(self, context: Context) -> tuple[Intent, ...]:
        """The variable, for all jobs of each of these workflows."""
        return tuple(
            YamlValue(path=path, keys=("env", _NAME), value=0, before="jobs")
            for path in _silent(context.facts.pipeline.workflows)
        )


def _silent(workflows: Sequence[Path]) -> Iterator[Path]:
    for path in workflows:
        content = path.read_bytes()
        if _NAME.encode() in content or any(action.encode() in content for action in _SETTING):
            continue
        try:
            document = yaml.parse(content, name=path.name)
        except EditRefused:
            continue  # No workflow to GitHub either.
        if any(commands(script) for script in _scripts(document)):
            yield path


def _scripts(document: object) -> Iterator[str]:
    jobs = document.get("jobs") if isinstance(document, Mapping) else None
    for job in jobs.values() if isinstance(jobs, Mapping) else ():
        steps = job.get("steps") if isinstance(job, Mapping) else None
        for step in steps if isinstance(steps, list) else ():
            run = step.get("run") if isinstance(step, Mapping) else None
            if isinstance(run, str):
                yield run
