"""A workflow of GitHub Actions as it is read: when it runs, its jobs, their steps and the cargo commands in them.

Only what stands in the file is known. What an expression will be, what a local action, a Makefile or a script does,
is not.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cargo_hone.ci.shape import mapping, text, texts
from cargo_hone.ci.workflow_matrix import legs, runners
from cargo_hone.edit import yaml
from cargo_hone.edit.yaml import Value
from cargo_hone.workspace.cargo_commands import Command, commands

OUR_PREFIX = "hone-"
"""What the ids of our steps begin with."""
OUR_IDS = frozenset(
    OUR_PREFIX + name
    for name in (
        *("before", "connect", "install", "key", "locked", "restore", "save", "sccache", "summary"),
        "sweep",
    )
)
"""All ids that were ever written, by which steps are ours; another `hone-...` is somebody else's."""

# Actions that call cargo with what their `command` input says.
_CARGO_ACTIONS = frozenset(
    {
        *("actions-rs/cargo", "clechasseur/rs-cargo", "ructions/cargo", "actions-rs-plus/cargo"),
        *("houseabsolute/actions-rust-cross",),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `uses` is an action without its version; `directory` is where its commands run ("" is the root).

    Mappings hold texts as written, expressions included.
    """

    id: str
    uses: str
    run: str
    inputs: Mapping[str, str]
    env: Mapping[str, str]
    directory: str
    commands: tuple[Command, ...]

    @property
    def is_ours(self) -> bool:
        """Whether cargo-hone wrote it."""
        return self.id in OUR_IDS

    @property
    def is_checkout(self) -> bool:
        """Whether it checks out this repository."""
        return self.uses == "actions/checkout" and "repository" not in self.inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. `calls` is the reusable workflow that it calls instead of having steps.

    `runners` are the labels that it may run on, one inner tuple a possibility; empty where an expression decides that
    the file does not show. `legs` is how many jobs its matrix makes (1 where that cannot be read). `env` are the
    workflow's and the job's own variables. `same_as` names an earlier job whose steps these are, by an alias.
    `has_defaults`: a `defaults.run.working-directory` is in effect.
    """

    name: str
    calls: str
    runners: tuple[tuple[str, ...], ...]
    has_matrix: bool
    legs: int
    in_container: bool
    env: Mapping[str, str]
    steps: tuple[Step, ...]
    same_as: str = ""
    has_defaults: bool = False

    @property
    def may_be_windows(self) -> bool:
        """Whether a Windows runner cannot be ruled out."""
        return not self.runners or any(_is_windows(labels) for labels in self.runners)

    @property
    def is_windows(self) -> bool:
        """Whether it runs on Windows only."""
        return bool(self.runners) and all(_is_windows(labels) for labels in self.runners)

    @property
    def is_self_hosted(self) -> bool:
        """Whether it names a runner of one's own."""
        return any("self-hosted" in labels for labels in self.runners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggers:
    """When a workflow runs. `push_branches` and `push_tags` are None where `on.push` has no such filter."""

    events: frozenset[str]
    push_branches: tuple[str, ...] | None = None
    push_tags: tuple[str, ...] | None = None

    @property
    def may_be_tag(self) -> bool:
        """Whether it can run for a tag: `push` without any filter does."""
        if "push" not in self.events:
            return "workflow_call" in self.events
        return self.push_tags is not None or self.push_branches is None

    @property
    def for_releases(self) -> bool:
        """Whether it runs for releases or tags and not for the work in between."""
        only_tags = self.push_tags is not None and self.push_branches is None
        return "release" in self.events or (only_tags and "pull_request" not in self.events)

    @property
    def names_releases(self) -> bool:
        """Whether its pushes are tags or release branches too."""
        return self.push_tags is not None or any("release" in b for b in self.push_branches or ())

    @property
    def for_changes(self) -> bool:
        """Whether it runs for what people push or propose."""
        return not self.for_releases and bool(
            self.events & {"push", "pull_request", "merge_group", "workflow_call"}
        )

    def pushed_to(self, branch: str) -> bool:
        """Whether a push to this branch runs it, as far as plain names and a lone star tell."""
        if "push" not in self.events:
            return False
        if self.push_branches is None:
            return self.push_tags is None
        return any(pattern in {branch, "*", "**"} for pattern in self.push_branches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow file. `stem` is its name without the extension."""

    stem: str
    triggers: Triggers
    jobs: tuple[Job, ...]
    has_permissions: bool
    has_concurrency: bool


def read(source: bytes, *, stem: str) -> Workflow:
    """Read a workflow. Raises EditRefused for what is not YAML; odd shapes read as if they were not there."""
    root = yaml.parse(source, name=f"{stem}.yml")
    document = mapping(root)
    defaults = _working_directory(document)
    env = texts(document.get("env"))
    jobs: list[Job] = []
    seen: dict[int, str] = {}
    for name, value in mapping(document.get("jobs")).items():
        body = mapping(value)
        job = _job(name, body, env, defaults)
        steps = body.get("steps")
        if isinstance(steps, list):
            # An alias is the same list, not an equal one.
            first = seen.setdefault(id(steps), name)
            if first != name:
                job = replace(job, same_as=first)
        jobs.append(job)
    return Workflow(
        stem=stem,
        triggers=_triggers(document.get("on")),
        jobs=tuple(jobs),
        has_permissions="permissions" in document
        or all("permissions" in mapping(job) for job in mapping(document.get("jobs")).values()),
        has_concurrency="concurrency" in document,
    )


def _job(name: str, body: Mapping[str, Value], env: Mapping[str, str], directory: str) -> Job:
    own = _working_directory(body)
    matrix = mapping(mapping(body.get("strategy")).get("matrix"))
    where = own or directory
    steps = body.get("steps")
    return Job(
        name=name,
        calls=text(body.get("uses")),
        runners=runners(body.get("runs-on"), matrix),
        has_matrix="strategy" in body,
        legs=legs(matrix),
        in_container="container" in body,
        env={**env, **texts(body.get("env"))},
        steps=tuple(_step(mapping(step), where) for step in steps)
        if isinstance(steps, list)
        else (),
        has_defaults=bool(where),
    )


def _step(body: Mapping[str, Value], directory: str) -> Step:
    uses, run, inputs = text(body.get("uses")), text(body.get("run")), texts(body.get("with"))
    action = uses.partition("@")[0]
    script = run
    if action.lower() in _CARGO_ACTIONS:
        program = "cross" if "cross" in action or inputs.get("use-cross") == "true" else "cargo"
        script = f"{program} {inputs.get('command', 'build')} {inputs.get('args', '')}"
    return Step(
        id=text(body.get("id")),
        uses=action,
        run=run,
        inputs=inputs,
        env=texts(body.get("env")),
        directory=_normal(text(body.get("working-directory")) or directory),
        commands=commands(script),
    )


def _triggers(on: Value) -> Triggers:
    if isinstance(on, str):
        return Triggers(events=frozenset({on}))
    if isinstance(on, list):
        return Triggers(events=frozenset(text(event) for event in on))
    events = mapping(on)
    push = mapping(events.get("push"))
    return Triggers(
        events=frozenset(events),
        push_branches=_list_of(push, "branches"),
        push_tags=_list_of(push, "tags"),
    )


def _working_directory(body: Mapping[str, Value]) -> str:
    return text(mapping(mapping(body.get("defaults")).get("run")).get("working-directory"))


def _normal(directory: str) -> str:
    """A path relative to the checkout, "" for its root; expressions stay as they are."""
    if "${{" in directory:
        directory = directory.replace("${{ github.workspace }}", ".")
    normal = posixpath.normpath(directory) if directory else ""
    return "" if normal == "." else normal


def _list_of(body: Mapping[str, Value], key: str) -> tuple[str, ...] | None:
    if key not in body:
        return None
    value = body[key]
    return tuple(text(item) for item in value) if isinstance(value, list) else (text(value),)


def _is_windows(labels: tuple[str, ...]) -> bool:
    return any("windows" in label.lower() for label in labels)
