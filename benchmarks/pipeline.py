"""The pipeline that `cargo hone ci init` writes against the one that was there, step by step, on this machine.

Four pushes of the demonstration workspace, each of the last three with one crate changed (the second of them moves to
another version of a dependency with it), run by both pipelines in turn: every `run:` step for real, each job on an
empty machine with a fresh home, `actions/cache` as a directory. The first push fills the cache. Run with
`python -m benchmarks.pipeline [DIRECTORY]`; about ten minutes on two cores.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.runner.runner import JobResult, Runner, Trigger

from cargo_hone.demo import recipe
from cargo_hone.demo.assembly import assemble
from cargo_hone.files.walk import disk_usage
from cargo_hone.proc import clean_environment
from cargo_hone.quantity import parse_bytes
from cargo_hone.settings.model import Settings

WORKFLOW = ".github/workflows/ci.yml"
JOB = "test"
CHANGED = ("mdbook-core", "tower-http", "mdbook-html")
NEW_DEPENDENCY = "tower-http"
"""With this change the lock file moves on; what stood on the old version is dead afterwards."""
ROOT = Path(__file__).parents[1]


def main() -> int:
    """Run both pipelines and print a table in Markdown; 1 where the pipeline does not do what it is for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "directory", nargs="?", type=Path, help="where to work (default: a temporary one)"
    )
    given: Path | None = parser.parse_args().directory
    base = given or Path(tempfile.mkdtemp(prefix="hone-pipeline-"))
    base.mkdir(parents=True, exist_ok=True)
    try:
        return _compare(base.resolve())
    finally:
        if given is None:
            shutil.rmtree(base)


def _compare(base: Path) -> int:
    inherited = clean_environment(os.environ)
    env = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(("CARGO_", "RUSTC", "RUSTFLAGS", "SCCACHE_", "HONE_", "GITHUB_"))
    }
    # The pipeline installs a toolchain: into a place of its own, never among those of this machine.
    env["RUSTUP_HOME"] = str(base / "rustup")
    for words in (
        ["toolchain", "install", "stable", "--profile", "minimal"],
        ["default", "stable"],
    ):
        subprocess.run(["rustup", *words], env=env, check=True, capture_output=True)
    package = _wheel(base)
    env["HONE_CI_PACKAGE"] = str(package)

    plain = base / "plain"
    if not plain.exists():
        assemble(plain, env=env, progress=lambda text: print(text, file=sys.stderr))
    honed = base / "honed"
    if not honed.exists():
        _git(base, "clone", "--quiet", str(plain), str(honed))
    hone = [sys.executable, "-m", "cargo_hone", "ci", "init", "--yes", "--workflow", WORKFLOW]
    subprocess.run(hone, cwd=honed, env={**env, "HONE_STATE_DIR": str(base / "state")}, check=True)
    pushes = {name: _pushes(repo, env) for name, repo in (("plain", plain), ("honed", honed))}

    runners = {
        name: Runner(base / f"runner-{name}", repository=repo, env=env)
        for name, repo in (("plain", plain), ("honed", honed))
    }
    results: dict[str, list[JobResult]] = {"plain": [], "honed": []}
    rows: list[str] = []
    sizes: list[int] = []
    swept: list[int | None] = []
    for number in range(len(CHANGED) + 1):
        order = ("plain", "honed") if number % 2 == 0 else ("honed", "plain")
        for name in order:
            trigger = Trigger(commit=pushes[name][number], matrix={"os": "ubuntu-latest"})
            result = runners[name].run(WORKFLOW, JOB, trigger)
            results[name].append(result)
            _tell(name, number, result)
            if name == "honed":
                target = base / "runner-honed" / "machine" / "work" / "repo" / "repo" / "target"
                sizes.append(disk_usage(target).allocated_bytes)
                swept.append(_deleted_units(base / "runner-honed" / "machine" / "temp"))
        before, after = results["plain"][-1], results["honed"][-1]
        what = CHANGED[number - 1] if number else "(first push)"
        units = "none" if swept[-1] is None else str(swept[-1])
        rows.append(
            f"| {what} | {before.wall_s:.0f} s | {after.wall_s:.0f} s |"
            f" {(after.wall_s / before.wall_s - 1) * 100:+.0f} % | {sizes[-1] / 1e9:.2f} GB | {units} |"
        )
    print(
        "| changed crate | without | with cargo-hone | difference | target at the end | units swept |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    print("\n".join(rows))
    print()
    print(results["honed"][-1].summary)
    return _verdict(results, sizes, swept)


def _deleted_units(temporary: Path) -> int | None:
    """What the sweep of the job deleted; None where it did not run."""
    told = temporary / "hone-sweep.json"
    return json.loads(told.read_text())["deleted_units"] if told.exists() else None


def _verdict(
    results: Mapping[str, list[JobResult]], sizes: list[int], swept: list[int | None]
) -> int:
    limit = parse_bytes(Settings().disk.ci.sweep)
    failures = [
        f"{name}, push {number}: the job failed"
        for name, jobs in results.items()
        for number, job in enumerate(jobs)
        if not job.passed
    ]
    failures += [
        f"push {n}: target takes {size} bytes" for n, size in enumerate(sizes) if size > limit
    ]
    honed = results["honed"]
    failures += [f"push {n}: no summary" for n, job in enumerate(honed) if not job.summary.strip()]
    if swept[0] is not None:
        failures.append("push 0: a sweep on an empty runner")
    if not any(swept):
        failures.append("the sweep had nothing to sweep")
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


def _tell(name: str, number: int, result: JobResult) -> None:
    print(f"push {number}, {name}: {'passed' if result.passed else 'FAILED'}", file=sys.stderr)
    for step in result.steps:
        print(f"  {step.wall_s:7.1f} s  {step.outcome:8} {step.name}", file=sys.stderr)
        if step.outcome == "failure" or "sweep" in step.name.lower():
            print(step.log[-3000:], file=sys.stderr)


def _pushes(repository: Path, env: Mapping[str, str]) -> list[str]:
    """Commit what is there, then one changed crate after the other; return the commits."""
    commits = [_commit(repository, "The pipeline")]
    for crate in CHANGED:
        source = next((repository / "crates").glob(f"{crate}*/src/lib.rs"))
        source.write_text(
            source.read_text() + "\n#[doc(hidden)]\npub fn changed_for_the_pipeline() {}\n"
        )
        if crate == NEW_DEPENDENCY:
            other = recipe.DOWNGRADE
            subprocess.run(
                ["cargo", "update", other.name, "--precise", other.older_version],
                cwd=repository,
                env=env,
                check=True,
            )
        commits.append(_commit(repository, f"Change {crate}"))
    return commits


def _commit(repository: Path, message: str) -> str:
    who = ["-c", "user.name=team", "-c", "user.email=team@example.org"]
    _git(repository, "add", "--all")
    _git(repository, *who, "commit", "--quiet", "--allow-empty", "--message", message)
    return _git(repository, "rev-parse", "HEAD").strip()


def _wheel(base: Path) -> Path:
    subprocess.run(
        [
            ROOT / ".venv" / "bin" / "uv",
            "build",
            "--quiet",
            "--wheel",
            "--out-dir",
            base / "wheel",
            ROOT,
        ],
        check=True,
    )
    return next((base / "wheel").glob("*.whl"))


def _git(where: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=where, check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
