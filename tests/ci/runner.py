"""A runner of GitHub Actions small enough for tests: scripts run for real, caches are kept in a directory.

Conditions and expressions are evaluated as GitHub documents them ("Evaluate expressions in workflows and actions").
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cargo_hone.edit import yaml
from tests.runner.expressions import Scope, condition, interpolate


@dataclass(kw_only=True)
class Outcome:
    outcome: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass(kw_only=True)
class Run:
    """What a job came to: steps by id (or by number), whether it succeeded, its summary page."""

    steps: dict[str, Outcome]
    succeeded: bool
    summary: str
    env: dict[str, str]

    def outcome(self, step: str) -> str:
        return self.steps[step].outcome


class Runner:
    """A machine that loses everything but its caches after each job."""

    def __init__(self, place: Path, source: Path, env: Mapping[str, str]):
        self.source, self.env = source, dict(env)
        self.machine, self.caches = place / "machine", place / "caches"
        self.caches.mkdir(parents=True)
        self.secrets: dict[str, str] = {}
        self.refused_actions: set[str] = set()

    @property
    def keys(self) -> list[str]:
        return sorted(path.name for path in self.caches.iterdir())

    def run(self, workflow: Path, job: str, **github: str) -> Run:
        """Run a job; `github` are values of its context, e.g. `event_name`, with `__` for a dot."""
        document = yaml.parse(workflow.read_bytes())
        assert isinstance(document, dict)
        body: Any = document["jobs"][job]  # type: ignore[index,call-overload]
        shutil.rmtree(self.machine, ignore_errors=True)
        without = shutil.ignore_patterns("target", ".git")
        shutil.copytree(self.source, self.machine / "work", ignore=without)
        return _Job(self, body, job, github).run()


class _Job:
    def __init__(self, runner: Runner, body: Any, name: str, github: dict[str, str]):
        self.runner, self.body = runner, body
        self.machine = machine = runner.machine
        self.checkout = checkout = machine / "work"
        self.steps: dict[str, Outcome] = {}
        self.succeeded = True
        for file in ("temp", "files"):
            (machine / file).mkdir()
        self.summary = machine / "files" / "summary"
        self.summary.touch()
        branch = github.pop("default_branch", "main")
        known: dict[str, Any] = {
            "ref": "refs/heads/main",
            "ref_type": "branch",
            "event_name": "push",
            "job": name,
            "repository": "me/demo",
            "event": {"repository": {"default_branch": branch}},
        }
        for key, value in github.items():
            *above, last = key.split("__")
            inner = known
            for part in above:
                inner = inner.setdefault(part, {})
            inner[last] = value
        self.context: dict[str, Any] = {
            "github": known,
            "runner": {"os": "Linux", "arch": "X64"},
            "secrets": runner.secrets,
            "matrix": body.get("matrix_values"),
        }
        self.env = {
            **runner.env,
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(checkout),
            "RUNNER_TEMP": str(machine / "temp"),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            **{key: str(value) for key, value in (body.get("env") or {}).items()},
        }

    def run(self) -> Run:
        for number, step in enumerate(self.body["steps"]):
            self.steps[str(step.get("id", number))] = outcome = self._step(step, number)
            if outcome.outcome == "failure" and not step.get("continue-on-error"):
                self.succeeded = False
        return Run(
            steps=self.steps,
            succeeded=self.succeeded,
            summary=self.summary.read_text(),
            env=self.env,
        )

    def _step(self, step: Any, number: int) -> Outcome:
        if not condition(step.get("if"), self.scope()):
            return Outcome(outcome="skipped")
        if "run" in step:
            return self._script(step, number)
        return self._action(step)

    def _script(self, step: Any, number: int) -> Outcome:
        files = {
            name: self.machine / "files" / f"{name}-{number}" for name in ("OUTPUT", "ENV", "PATH")
        }
        for file in files.values():
            file.touch()
        own = {key: self.filled(str(value)) for key, value in (step.get("env") or {}).items()}
        names = {f"GITHUB_{name}": str(file) for name, file in files.items()}
        script = self.machine / "files" / f"script-{number}"
        script.write_text(self.filled(step["run"]))
        shell = ["bash", "-e"] if step.get("shell", "bash") == "bash" else ["sh", "-e"]
        done = subprocess.run(
            [*shell, str(script)],
            cwd=self.checkout / step.get("working-directory", "."),
            env={**self.env, **own, **names},
            capture_output=True,
            text=True,
            check=False,
        )
        self.env |= _pairs(files["ENV"])
        for line in files["PATH"].read_text().splitlines():
            self.env["PATH"] = f"{line}{os.pathsep}{self.env['PATH']}"
        return Outcome(
            outcome="failure" if done.returncode else "success",
            outputs=_pairs(files["OUTPUT"]),
            log=done.stdout + done.stderr,
        )

    def _action(self, step: Any) -> Outcome:
        action = step["uses"].partition("@")[0]
        if action in self.runner.refused_actions:
            return Outcome(outcome="failure")
        inputs = {key: self.filled(str(value)) for key, value in (step.get("with") or {}).items()}
        if action == "actions/cache/restore":
            return self._restore(inputs)
        if action == "actions/cache/save":
            return self._save(inputs)
        return Outcome(outcome="success")

    def _restore(self, inputs: dict[str, str]) -> Outcome:
        key = inputs["key"]
        outputs = {"cache-primary-key": key, "cache-hit": "", "cache-matched-key": ""}
        prefixes = inputs.get("restore-keys", "").split()
        found = (
            key
            if key in self.runner.keys
            else next(
                (
                    known
                    for prefix in prefixes
                    for known in self.runner.keys
                    if known.startswith(prefix)
                ),
                None,
            )
        )
        if found is not None:
            outputs |= {"cache-hit": str(found == key).lower(), "cache-matched-key": found}
            for path in inputs["path"].split():
                saved = self.runner.caches / found / _name(path)
                if saved.exists():
                    shutil.copytree(saved, self.checkout / path, dirs_exist_ok=True)
        return Outcome(outcome="success", outputs=outputs)

    def _save(self, inputs: dict[str, str]) -> Outcome:
        for path in inputs["path"].split():
            if (self.checkout / path).exists():
                shutil.copytree(
                    self.checkout / path, self.runner.caches / inputs["key"] / _name(path)
                )
        return Outcome(outcome="success")

    def filled(self, text: str) -> str:
        """A text with its expressions evaluated."""
        return interpolate(text, self.scope())

    def scope(self) -> Scope:
        """What an expression can see now."""
        steps = {
            name: {"outputs": outcome.outputs, "outcome": outcome.outcome}
            for name, outcome in self.steps.items()
        }
        return Scope(
            contexts={**self.context, "steps": steps},
            status="success" if self.succeeded else "failure",
            workspace=self.checkout,
        )


def _pairs(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


def _name(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:12]
