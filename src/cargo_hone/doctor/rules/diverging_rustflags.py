"""rustflags that differ between the files, the shell, the editor and the pipeline."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cargo_hone.doctor.assignments import assignments
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import (
    Confidence,
    Elsewhere,
    Finding,
    Fix,
    Place,
    Remove,
    Rule,
    Set,
    Severity,
)
from cargo_hone.doctor.workflow import Job, Variable

if TYPE_CHECKING:
    from cargo_hone.doctor.yaml_file import YamlFile

NAME = "RUSTFLAGS"
_EXTRA_ENVS = tuple(f"rust-analyzer.{part}.extraEnv" for part in ("cargo", "check", "server"))
_SETS = {"actions-rust-lang/setup-rust-toolchain": "-D warnings"}
"""Actions that set the variable, to this unless their input says otherwise."""
_INPUT = "rustflags"
_CANCELS = "sources of rustflags exclude each other: where RUSTFLAGS is set, cargo reads none from its files"


def _check(facts: Facts) -> Iterator[Finding]:
    written = flags_in_files(facts)
    if written:
        yield from _shell(facts, written)
        yield from _pipeline(facts, written)
    yield from _editor(facts)


def flags_in_files(facts: Facts) -> tuple[str, ...]:
    """What the repository's files give every build on Linux; as cargo does, `target.*` wins over `build`."""
    for_targets: list[str] = []
    for file in facts.committed:
        tables = file.value("target")
        for key, table in tables.items() if isinstance(tables, Mapping) else ():
            if isinstance(table, Mapping) and (
                "linux" in key or key in {"cfg(unix)", "cfg(all())"}
            ):
                for_targets += _words(table.get("rustflags"))
    if for_targets:
        return tuple(for_targets)
    found = (file.value("build", "rustflags") for file in facts.committed)
    return tuple(_words(next((value for value in found if value is not None), None)))


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(word) for word in value] if isinstance(value, list) else []


def _lost(value: str, written: tuple[str, ...]) -> bool:
    """Whether flags of the files are not in a variable's text. What an expression will be is not known."""
    return "${{" not in value and not set(" ".join(written).split()) <= set(value.split())


def _shell(facts: Facts, written: tuple[str, ...]) -> Iterator[Finding]:
    value = facts.env.get(NAME)
    if value is not None and _lost(value, written):
        yield _finding(
            Elsewhere(name=f"variable {NAME}"),
            f"{NAME} in your environment (`{value}`) cancels `{' '.join(written)}` of cargo's configuration",
            f"{_CANCELS}, and other flags are other units",
            f"unset {NAME}, or add to it what the files say",
            None,
        )


def _pipeline(facts: Facts, written: tuple[str, ...]) -> Iterator[Finding]:
    seen: set[tuple[object, ...]] = set()
    for workflow in facts.documents.workflows:
        for job in workflow.jobs:
            if not any(command.builds for _, command in job.commands):
                continue
            for variable in job.variables(NAME):
                where = (workflow.file.path, variable.way)
                if _lost(variable.value, written) and where not in seen:
                    seen.add(where)
                    yield _cancelled(workflow.file, variable, written)
            yield from _actions(job, written)
            for found in assignments(job, NAME):
                if _lost(found.value, written):
                    yield _finding(
                        found.place,
                        _cancels(found.value, written),
                        f"{_CANCELS}, so the pipeline tests another program than developers build",
                        f"put `{' '.join(written)}` into {NAME} as well",
                        None,
                    )
    for file in facts.documents.devcontainers:
        for table in ("containerEnv", "remoteEnv"):
            value = file.value(table, NAME)
            if isinstance(value, str) and _lost(value, written):
                message = (
                    f"{NAME} in {table} cancels `{' '.join(written)}` of cargo's configuration"
                )
                advice = f"take {NAME} out of {table}, or add to it what the files say"
                fix = Fix(
                    title=f"take {NAME} out of {table}",
                    is_safe=False,
                    edits=(file.edited(Remove(way=(table, NAME))),),
                )
                yield _finding(file.place(table, NAME), message, _CANCELS, advice, fix)


def _actions(job: Job, written: tuple[str, ...]) -> Iterator[Finding]:
    """An action that sets the variable where the job does not (its README, "RUSTFLAGS")."""
    for step in job.steps:
        value = step.inputs.get(_INPUT, _SETS.get(step.uses.lower(), ""))
        if step.uses.lower() not in _SETS or NAME in job.env or not value:
            continue
        if _lost(value, written):
            fix = Fix(
                title=f"set its input `{_INPUT}` to nothing: then it leaves {NAME} alone",
                is_safe=False,
                edits=(step.with_input(_INPUT, ""),),
            )
            yield _finding(
                step.place,
                _cancels(value, written),
                f"the action sets {NAME}; {_CANCELS}",
                fix.title,
                fix,
            )


def _cancelled(file: "YamlFile", variable: Variable, written: tuple[str, ...]) -> Finding:
    words = [*" ".join(written).split(), *variable.value.split()]
    fix = Fix(
        title=f"put the files' flags into {NAME} as well",
        is_safe=False,
        edits=(file.edited(Set(way=variable.way, value=" ".join(dict.fromkeys(words)))),),
    )
    return _finding(
        file.place(variable.way),
        _cancels(variable.value, written),
        f"{_CANCELS}, so the pipeline tests another program than developers build",
        fix.title,
        fix,
    )


def _cancels(value: str, written: tuple[str, ...]) -> str:
    return (
        f"{NAME} in the pipeline (`{value}`) cancels `{' '.join(written)}` of cargo's configuration"
    )


def _editor(facts: Facts) -> Iterator[Finding]:
    """An editor with flags of its own that checks into the same target directory as the shell builds into."""
    for file in facts.documents.editors:
        if file.value("rust-analyzer.cargo.targetDir"):
            continue
        for table in _EXTRA_ENVS:
            value = file.value(table, NAME)
            if isinstance(value, str) and value != facts.env.get(NAME):
                fix = Fix(
                    title=f"take {NAME} out of {table}",
                    is_safe=False,
                    edits=(file.edited(Remove(way=(table, NAME))),),
                )
                yield _finding(
                    file.place(table, NAME),
                    f"the editor checks with {NAME} = `{value}`, the shell builds with"
                    f" {'none' if NAME not in facts.env else f'`{facts.env[NAME]}`'}",
                    "other flags are other units: everything is compiled and kept once for each set of flags",
                    f'{fix.title}, or set "rust-analyzer.cargo.targetDir" to true',
                    fix,
                )


def _finding(
    place: Place | Elsewhere, message: str, why: str, advice: str, fix: Fix | None
) -> Finding:
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        place=place,
        message=message,
        why=why,
        cost="each change of flags rebuilds the world, and keeps it a second time",
        help=advice,
        fix=fix,
    )


RULE = Rule(
    id="HONE012",
    name="diverging-rustflags",
    title="rustflags that differ between files, shell, editor and pipeline",
    check=_check,
)
