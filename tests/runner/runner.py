"""Run a job's steps in order: a fresh HOME, the `GITHUB_*` files, checkout by git, caches as directories."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cargo_hone.edit import yaml
from tests.runner import cache
from tests.runner.command_files import pairs
from tests.runner.expressions import Scope, as_text, condition, interpolate


@dataclass(slots=True, kw_only=True)
class StepResult:
    """How one step ended. `outcome` is before `continue-on-error`, `conclusion` after it."""

    name: str
    outcome: str
    conclusion: str
    wall_s: float
    log: str
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """All steps of one job, the summary that they wrote, and whether the job passed."""

    steps: tuple[StepResult, ...]
    summary: str
    passed: bool

    def step(self, name: str) -> StepResult:
        """Return the step whose name holds `name`."""
        return next(step for step in self.steps if name.lower() in step.name.lower())

    @property
    def wall_s(self) -> float:
        """The time of all steps together."""
        return sum(step.wall_s for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What started the workflow. `matrix` are the values of one job of a matrix."""

    commit: str
    event: str = "push"
    ref: str = "refs/heads/main"
    matrix: Mapping[str, Any] = field(default_factory=dict)


class Runner:
    """One repository's runners: each job begins in an empty directory, only the cache store stays."""

    def __init__(self, base: Path, *, repository: Path, env: Mapping[str, str]) -> None:
        self.base = base
        self.repository = repository
        self.env = dict(env)
        self.store = base / "cache-store"
        self.store.mkdir(parents=True, exist_ok=True)
        self.jobs = 0

    def run(
        self,
        workflow: str,
        job_name: str,
        trigger: Trigger,
    ) -> JobResult:
        """Run a job of the workflow file (relative to the repository) on a fresh machine with the same paths."""
        source = subprocess.run(
            ["git", "show", f"{trigger.commit}:{workflow}"],
            cwd=self.repository,
            capture_output=True,
            check=True,
        ).stdout
        document = yaml.parse(source)
        assert isinstance(document, dict)
        # A runner of GitHub has the same paths each time, and nothing of the job before.
        machine = self.base / "machine"
        if machine.exists():
            shutil.rmtree(machine)
        self.jobs += 1
        running = _Job(self, document, job_name, machine, trigger)
        return running.run()


class _Job:
    def __init__(
        self,
        runner: Runner,
        document: dict[str, Any],
        name: str,
        machine: Path,
        trigger: Trigger,
    ) -> None:
        self.runner, self.document, self.job = runner, document, document["jobs"][name]
        commit, event, ref = trigger.commit, trigger.event, trigger.ref
        self.commit = commit
        self.home = machine / "home"
        self.workspace = machine / "work" / "repo" / "repo"
        self.temp = machine / "temp"
        for place in (self.home, self.workspace, self.temp):
            place.mkdir(parents=True)
        self.status = "success"
        self.results: list[StepResult] = []
        self.steps: dict[str, Any] = {}
        self.added_env: dict[str, str] = {}
        self.added_path: list[str] = []
        self.summary = machine / "summary.md"
        self.summary.touch()
        self.posts: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.github = {
            "event_name": event,
            "ref": ref,
            "ref_name": ref.rsplit("/", 1)[-1],
            "sha": commit,
            "job": name,
            "workflow": document.get("name", ""),
            "workspace": str(self.workspace),
            "repository": "team/repo",
            "run_id": str(runner.jobs),
            "run_attempt": "1",
            "head_ref": "",
            "event": {
                "repository": {"default_branch": "main", "fork": False},
                "pull_request": {"head": {"repo": {"fork": False, "full_name": "team/repo"}}}
                if event == "pull_request"
                else None,
            },
        }
        self.contexts = {
            "github": self.github,
            "runner": {
                "os": "Linux",
                "arch": "X64",
                "temp": str(self.temp),
                "tool_cache": str(self.temp / "tools"),
            },
            "matrix": dict(trigger.matrix),
            "strategy": {"job-index": 0, "job-total": 1},
            "steps": self.steps,
            "secrets": {},
            "vars": {},
            "inputs": {},
            "job": {"status": "success"},
        }

    def run(self) -> JobResult:
        for index, step in enumerate(self.job["steps"]):
            self.one(step, index)
        return JobResult(
            steps=tuple(self.results),
            summary=self.summary.read_text(),
            passed=self.status == "success",
        )

    def scope(self, env: Mapping[str, str]) -> Scope:
        contexts = {**self.contexts, "env": dict(env)}
        contexts["job"] = {"status": self.status}
        return Scope(contexts=contexts, status=self.status, workspace=self.workspace)

    def env_of(self, step: Mapping[str, Any]) -> dict[str, str]:
        env: dict[str, str] = {}
        for level in (self.document, self.job):
            for key, value in (level.get("env") or {}).items():
                env[key] = interpolate(as_text(value), self.scope(env))
        env.update(self.added_env)
        for key, value in (step.get("env") or {}).items():
            env[key] = interpolate(as_text(value), self.scope(env))
        return env

    def one(self, step: dict[str, Any], index: int) -> None:
        env = self.env_of(step)
        name = str(step.get("name") or step.get("uses") or step.get("run", "")).split("\n")[0]
        identity = step.get("id", f"__{index}")
        if not condition(step.get("if"), self.scope(env)):
            self.steps[identity] = {"outputs": {}, "outcome": "skipped", "conclusion": "skipped"}
            self.results.append(
                StepResult(name=name, outcome="skipped", conclusion="skipped", wall_s=0.0, log="")
            )
            return
        files = {
            variable: self.temp / f"{variable.lower()}-{index}"
            for variable in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")
        }
        for path in files.values():
            path.touch()
        started = time.monotonic()
        if "run" in step:
            code, log = self.shell(step, env, files)
            outputs = pairs(files["GITHUB_OUTPUT"].read_text())
        else:
            code, log, outputs = self.action(step, env)
        wall_s = time.monotonic() - started
        self.added_env.update(pairs(files["GITHUB_ENV"].read_text()))
        self.added_path = [
            *files["GITHUB_PATH"].read_text().split("\n")[:-1][::-1],
            *self.added_path,
        ]
        outcome = "success" if code == 0 else "failure"
        tolerated = interpolate(as_text(step.get("continue-on-error")), self.scope(env)) == "true"
        conclusion = "success" if tolerated else outcome
        if conclusion == "failure":
            self.status = "failure"
        self.steps[identity] = {"outputs": outputs, "outcome": outcome, "conclusion": conclusion}
        self.results.append(
            StepResult(
                name=name,
                outcome=outcome,
                conclusion=conclusion,
                wall_s=wall_s,
                log=log,
                outputs=outputs,
            )
        )

    def shell(
        self, step: dict[str, Any], env: dict[str, str], files: Mapping[str, Path]
    ) -> tuple[int, str]:
        script = self.temp / "script.sh"
        script.write_text(interpolate(step["run"], self.scope(env)))
        default = self.job.get("defaults", {}).get("run", {})
        shell = step.get("shell", default.get("shell"))
        # As GitHub calls it: with pipefail only where bash is asked for by name.
        call = {
            None: ["bash", "-e"],
            "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
            "sh": ["sh", "-e"],
        }
        where = step.get("working-directory", default.get("working-directory", "."))
        done = subprocess.run(
            [*call[shell], str(script)],
            cwd=self.workspace / where,
            env={**self.machine_env(), **env, **{key: str(path) for key, path in files.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout

    def machine_env(self) -> dict[str, str]:
        path = os.pathsep.join([*self.added_path, self.runner.env["PATH"]])
        return {
            **self.runner.env,
            "PATH": path,
            "HOME": str(self.home),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": "team/repo",
            "GITHUB_REF": str(self.github["ref"]),
            "GITHUB_SHA": self.commit,
            "GITHUB_EVENT_NAME": str(self.github["event_name"]),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.temp),
        }

    def action(self, step: dict[str, Any], env: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        name = step["uses"].split("@")[0]
        given = {
            key: interpolate(as_text(value), self.scope(env))
            for key, value in (step.get("with") or {}).items()
        }
        match name:
            case "actions/checkout":
                return (*self.checkout(), {})
            case "actions/cache/restore":
                return cache.restore(self.runner.store, given, self.paths(given))
            case "actions/cache/save":
                return cache.save(self.runner.store, given, self.paths(given))
            case _:
                raise NotImplementedError(f"this runner does not know the action {name}")

    def checkout(self) -> tuple[int, str]:
        clone = ["git", "clone", "--quiet", "--no-local", str(self.runner.repository), "."]
        subprocess.run(clone, cwd=self.workspace, check=True, capture_output=True)
        subprocess.run(
            ["git", "checkout", "--quiet", self.commit],
            cwd=self.workspace,
            check=True,
            capture_output=True,
        )
        return 0, ""

    def paths(self, given: Mapping[str, str]) -> Sequence[Path]:
        lines = [line.strip() for line in given["path"].split("\n") if line.strip()]
        return [self.workspace / line.replace("~", str(self.home), 1) for line in lines]
