"""What workflows and development containers say of the environment that builds have in them. A simple reading."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard

from cargo_hone.cache.scope import WINDOWS_RUNNER
from cargo_hone.edit import jsonc
from cargo_hone.edit.jsonc_data import Value
from cargo_hone.edit.refused import EditRefused
from cargo_hone.edit.yaml_document import scan, value_of
from cargo_hone.workspace.pipeline import PipelineFiles

# A step that writes to $GITHUB_ENV does so with lines like these.
_ECHOED = re.compile(r"""echo\s+["']?([A-Z_][A-Z0-9_]*)=([^"'\n]*)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An environment somewhere else. `unknown` are variables whose value depends on an expression.

    `problem` says why a file could not be read; then nothing else is known.
    """

    name: str
    env: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    windows: bool = False
    problem: str = ""


def of_pipeline(files: PipelineFiles) -> tuple[Declared, ...]:
    """Return one for each job that calls cargo (jobs with the same variables are one), and for each container."""
    found = [one for path in files.workflows for one in _workflow(path)]
    return (*_joined(found), *(_container(path) for path in files.devcontainers))


def _workflow(path: Path) -> Iterator[Declared]:
    try:
        data = value_of(scan(path.read_text("utf-8")))
    except (ValueError, OSError) as error:
        yield Declared(name=path.name, env={}, problem=f"{path.name} cannot be read: {error}")
        return
    if not _is_table(data):
        return
    jobs = data.get("jobs")
    for key, job in jobs.items() if _is_table(jobs) else ():
        steps = job.get("steps") if _is_table(job) else None
        if not _is_table(job) or not isinstance(steps, list):
            continue
        tables = [step for step in steps if _is_table(step)]
        texts = [str(step.get("run") or "") for step in tables]
        calling = [step for step, text in zip(tables, texts, strict=True) if "cargo" in text]
        if not calling:
            continue
        written = dict(
            pair for text in texts if "GITHUB_ENV" in text for pair in _ECHOED.findall(text)
        )
        values = {**_table(data.get("env")), **_table(job.get("env")), **written}
        for step in calling:
            values |= _table(step.get("env"))
        env, unknown = _known(values)
        yield Declared(
            name=f"{path.name}: {key}",
            env=env,
            unknown=unknown,
            windows=_on_windows(job),
        )


def _on_windows(job: dict[str, Value]) -> bool:
    """Whether its runner is one, or one of those that its matrix goes through."""
    runner = str(job.get("runs-on", ""))
    return "windows" in runner or (
        "matrix." in runner and WINDOWS_RUNNER.search(str(job.get("strategy", ""))) is not None
    )


def _container(path: Path) -> Declared:
    name = f"{path.parent.name}/{path.name}" if path.parent.name.startswith(".dev") else path.name
    try:
        data = jsonc.parse(path.read_bytes(), name=name)
    except (EditRefused, OSError) as error:
        return Declared(name=name, env={}, problem=f"{name} cannot be read: {error}")
    if not _is_table(data):
        return Declared(name=name, env={}, problem=f"{name} is no JSON object")
    env, unknown = _known({**_table(data.get("containerEnv")), **_table(data.get("remoteEnv"))})
    return Declared(name=name, env=env, unknown=unknown)


def _joined(found: list[Declared]) -> Iterator[Declared]:
    """Jobs of one file with the same environment, as one."""
    groups: dict[tuple[object, ...], list[Declared]] = {}
    for one in found:
        file = one.name.partition(":")[0]
        key = (file, tuple(sorted(one.env.items())), one.unknown, one.windows, one.problem)
        groups.setdefault(key, []).append(one)
    for first, *more in groups.values():
        names = [first.name, *(one.name.partition(": ")[2] for one in more)]
        yield replace(first, name=", ".join(names))


def _known(values: Mapping[str, Value]) -> tuple[dict[str, str], tuple[str, ...]]:
    known: dict[str, str] = {}
    unknown = []
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if value is None:
            continue
        if name == "RUSTC_WRAPPER" and "SCCACHE" in text.upper():
            known[name] = "sccache"  # wherever the job has it
        elif "$" in text:
            unknown.append(name)
        else:
            known[name] = text
    return known, tuple(unknown)


def _is_table(value: object) -> TypeGuard[dict[str, Value]]:
    return isinstance(value, dict)


def _table(value: object) -> dict[str, Value]:
    return value if _is_table(value) else {}
