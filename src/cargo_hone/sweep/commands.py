"""The commands that this repository runs: those of its workflows, and the scenarios of its settings.

What a script, a Makefile or a task runner calls is not found; what depends on the runner is passed over, with the
reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cargo_hone.edit.refused import EditRefused
from cargo_hone.errors import UsageProblem
from cargo_hone.settings.read import FILE, read
from cargo_hone.sweep.live import LiveCommand, compiles, parse
from cargo_hone.workspace import pipeline

if TYPE_CHECKING:
    from cargo_hone.edit.yaml import Value
    from cargo_hone.sweep.script import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCommand:
    """A command that could be given to `--live`, and where it stands (`ci.yml`, `.config/hone.toml`)."""

    command: LiveCommand
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A command, or a whole file, that says nothing of what is built here, and why."""

    text: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """All that was found, each command once, in its order."""

    found: tuple[FoundCommand, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()


def find(root: Path, env: Mapping[str, str]) -> Commands:
    """Look through what builds the workspace at `root`. Raises OSError where a file that is there cannot be read."""
    sources: dict[tuple[str, ...], list[str]] = {}
    texts: dict[tuple[str, ...], LiveCommand] = {}
    passed_over: list[PassedOver] = []
    for found in (*_of_settings(root, env), *_of_workflows(root)):
        if isinstance(found, PassedOver):
            passed_over.append(found)
            continue
        command = texts.setdefault(found.command.args, found.command)
        names = sources.setdefault(command.args, [])
        names += [name for name in found.sources if name not in names]
    return Commands(
        found=tuple(
            FoundCommand(command=texts[args], sources=tuple(names))
            for args, names in sources.items()
        ),
        passed_over=tuple(dict.fromkeys(passed_over)),
    )


def _of_settings(root: Path, env: Mapping[str, str]) -> Iterator[FoundCommand | PassedOver]:
    try:
        scenarios = read(root, env).scenarios
    except UsageProblem as error:
        yield PassedOver(text="", source=str(FILE), reason=error.message)
        return
    for wanted in scenarios.values():
        from cargo_hone.sweep.script import Line  # noqa: PLC0415 - only where there is a scenario

        yield from _read(Line(words=tuple(wanted.command)), str(FILE))


def _of_workflows(root: Path) -> Iterator[FoundCommand | PassedOver]:
    repository = pipeline.root_of(root)
    for path in pipeline.find(root).workflows:
        from cargo_hone.edit import yaml  # noqa: PLC0415 - PyYAML, only where there is a workflow
        from cargo_hone.sweep.script import cargo_lines  # noqa: PLC0415 - as above

        try:
            document = yaml.parse(path.read_bytes(), name=path.name)
        except EditRefused as error:
            yield PassedOver(text="", source=path.name, reason=error.message)
            continue
        for script, directory in _scripts(document):
            for line in cargo_lines(script):
                if (repository / directory).resolve() != root.resolve():
                    if compiles(line.words):
                        reason = f"it runs in {directory or 'the root of the repository'}"
                        yield PassedOver(text=line.text, source=path.name, reason=reason)
                    continue
                yield from _read(line, path.name)


def _read(line: "Line", source: str) -> Iterator[FoundCommand | PassedOver]:
    if not compiles(line.words):
        return
    reason = line.doubt
    if not reason:
        try:
            yield FoundCommand(command=parse(line.text), sources=(source,))
        except UsageProblem as error:
            reason = error.message.partition(": ")[2]
    if reason:
        yield PassedOver(text=line.text, source=source, reason=reason)


def _scripts(document: "Value") -> Iterator[tuple[str, str]]:
    """Each `run:` of a POSIX shell, with the directory that it runs in, relative to the repository."""
    above = _defaults(document, ("", ""))
    jobs = _value(document, "jobs")
    for job in jobs.values() if isinstance(jobs, dict) else ():
        defaults = _defaults(job, above)
        steps = _value(job, "steps")
        for step in steps if isinstance(steps, list) else ():
            script = _text(step, "run")
            directory = _text(step, "working-directory") or defaults[0]
            shell = _text(step, "shell") or defaults[1] or "bash"
            if script and shell.split()[0].rpartition("/")[2] in {"bash", "sh"}:
                yield script, directory


def _defaults(node: "Value", above: tuple[str, str]) -> tuple[str, str]:
    given = _value(_value(node, "defaults"), "run")
    return _text(given, "working-directory") or above[0], _text(given, "shell") or above[1]


def _value(node: "Value", key: str) -> "Value":
    return node.get(key) if isinstance(node, dict) else None


def _text(node: "Value", key: str) -> str:
    found = _value(node, key)
    return found if isinstance(found, str) else ""
