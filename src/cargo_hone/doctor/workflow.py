"""A workflow of GitHub Actions as the rules see it: jobs, steps, variables, each with its place in the file.

Only what stands in the file is known: neither what an expression will be, nor what another action does inside.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cargo_hone.doctor.finding import Add, Place, Rewrite, Set
from cargo_hone.doctor.finding import Way as Path
from cargo_hone.workspace.cargo_commands import Command, commands

if TYPE_CHECKING:
    from cargo_hone.doctor.yaml_file import YamlFile
    from cargo_hone.edit.jsonc_data import Value

# Images of GitHub's own runners, and their sizes: ubuntu-24.04-arm, macos-15-xlarge, ubuntu-latest-8-cores.
_GITHUBS = re.compile(r"(?:ubuntu|windows|macos)-(?:latest|slim|\d)")


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An environment variable as written, and the way to it in the file."""

    value: str
    way: Path


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. `uses` is the action without its version; `env` are its own variables only.

    `directory` is where its script runs, as written; "" is the checkout's root.
    """

    file: "YamlFile"
    way: Path
    id: str
    uses: str
    run: str
    directory: str
    inputs: Mapping[str, str]
    env: Mapping[str, Variable]

    @property
    def index(self) -> int:
        """Its number in the job, from 0."""
        last = self.way[-1]
        return last if isinstance(last, int) else 0

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The calls of cargo in its script."""
        return commands(self.run) if "cargo" in self.run or "cross" in self.run else ()

    @property
    def place(self) -> Place:
        """Where the step says what it does."""
        return self.file.place((*self.way, "uses" if self.uses else "run"))

    @property
    def lines(self) -> range:
        """The lines of the file that it takes, from 1; a comment above the first is about all of it."""
        return self.file.lines(self.way)

    def with_input(self, name: str, value: str) -> Rewrite:
        """Give an input of the action a value."""
        inputs = (*self.way, "with")
        if self.file.at(inputs) is None:
            return self.file.edited(Add(way=inputs, text=f'{name}: "{value}"\n'))
        return self.file.edited(Set(way=(*inputs, name), value=value))

    def command_place(self, command: Command) -> Place:
        """Where a call of cargo stands; the script's start where its lines are not the file's."""
        place = self.file.script_place((*self.way, "run"), command.line, command.program)
        call = re.compile(rf"{command.program}\b[^;&|]*?\s{re.escape(command.subcommand)}(?![\w-])")
        found = call.search(self.file.source.lines[place.line - 1], place.column - 1)
        return replace(place, column=found.start() + 1) if found else place


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job. `env` are the workflow's variables and its own, the nearer ones winning."""

    file: "YamlFile"
    name: str
    labels: frozenset[str]
    env: Mapping[str, Variable]
    steps: tuple[Step, ...]

    @property
    def way(self) -> Path:
        """The way to it in the file."""
        return ("jobs", self.name)

    @property
    def may_keep_directories(self) -> bool:
        """Whether it names a runner that is not known to begin empty: GitHub's own do, others may not.

        A label that an expression gives is taken for one of GitHub's.
        """
        return not all(_GITHUBS.match(label) or "${{" in label for label in self.labels)

    @property
    def commands(self) -> Iterator[tuple[Step, Command]]:
        """All calls of cargo, with the steps that they are in."""
        return ((step, command) for step in self.steps for command in step.commands)

    def uses(self, *actions: str) -> bool:
        """Whether a step uses one of these actions."""
        return any(step.uses.lower() in actions for step in self.steps)

    def variable(self, step: Step, name: str) -> Variable | None:
        """A variable as a step has it."""
        return step.env.get(name) or self.env.get(name)

    def variables(self, name: str) -> Iterator[Variable]:
        """What a variable is set to in this job: for all of it, then in single steps."""
        if name in self.env:
            yield self.env[name]
        yield from (step.env[name] for step in self.steps if name in step.env)


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """One workflow file."""

    file: "YamlFile"
    events: frozenset[str]
    jobs: tuple[Job, ...]


def read(file: "YamlFile") -> Workflow:
    """Read a workflow; odd shapes read as if they were not there."""
    env = _variables(file, ("env",))
    on = file.at(("on",))
    events = on if isinstance(on, (dict, list)) else [on]
    return Workflow(
        file=file,
        events=frozenset(text(event) for event in events),
        jobs=tuple(_job(file, name, env) for name in _mapping(file.at(("jobs",)))),
    )


def text(value: "Value") -> str:
    """A scalar as GitHub's expressions see it; "" for null and for collections."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return ""


def _job(file: "YamlFile", name: str, env: Mapping[str, Variable]) -> Job:
    way: Path = ("jobs", name)
    steps = file.at((*way, "steps"))
    runs_on = file.at((*way, "runs-on"))
    labels = _mapping(runs_on).get("labels", runs_on)
    defaults = ("defaults", "run", "working-directory")
    directory = text(file.at((*way, *defaults))) or text(file.at(defaults))
    return Job(
        file=file,
        name=name,
        labels=frozenset(
            text(label) for label in (labels if isinstance(labels, list) else [labels])
        ),
        env={**env, **_variables(file, (*way, "env"))},
        steps=tuple(
            _step(file, (*way, "steps", index), directory)
            for index in range(len(steps) if isinstance(steps, list) else 0)
        ),
    )


def _step(file: "YamlFile", way: Path, directory: str) -> Step:
    body = _mapping(file.at(way))
    return Step(
        file=file,
        way=way,
        id=text(body.get("id")),
        uses=text(body.get("uses")).partition("@")[0],
        run=text(body.get("run")),
        directory=text(body.get("working-directory")) or directory,
        inputs={name: text(value) for name, value in _mapping(body.get("with")).items()},
        env=_variables(file, (*way, "env")),
    )


def _variables(file: "YamlFile", way: Path) -> dict[str, Variable]:
    return {
        name: Variable(value=text(value), way=(*way, name))
        for name, value in _mapping(file.at(way)).items()
    }


def _mapping(value: "Value") -> "Mapping[str, Value]":
    return value if isinstance(value, dict) else {}
