"""How well the price that a sweep foretells matches the build that follows it.

    python -m benchmarks.sweep_budget [WORKSPACE] [-- CARGO ARGUMENTS]

Copies the workspace (without its target directory), builds it from nothing with `cargo build --workspace` (or the
arguments given), then sweeps that target directory to 75, 50 and 25 % of its live size and to nothing, each time from
the same state, and builds again. Prints the foretold and the measured seconds. The workspace itself is only read.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.sweep import sweep
from cargo_hone.target.premises import read_premises
from cargo_hone.workspace import excluded

SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)


def main() -> int:
    """Measure and print."""
    words = sys.argv[1:]
    command = ["build", "--workspace"]
    if "--" in words:
        command, words = words[words.index("--") + 1 :], words[: words.index("--")]
    workspace = Path(words[0] if words else ".demo/workspace").resolve()
    if not (workspace / "Cargo.toml").exists():
        print(f"no workspace at {workspace}: run `make demo` first, or name one")
        return 1
    with tempfile.TemporaryDirectory(prefix="hone-sweep-budget-") as directory:
        copy = Path(directory) / "workspace"
        shutil.copytree(workspace, copy, symlinks=True, ignore=shutil.ignore_patterns("target"))
        measure(copy, command)
    return 0


def measure(workspace: Path, command: list[str]) -> None:
    """Build, then sweep and build again for each share of the live size."""
    env = environment()
    known = metadata.read(workspace / "Cargo.toml", env=env, flags=["--offline"])
    premises = read_premises(known, excluded=excluded.find(known, env=env))
    target = workspace / "target"
    print(f"from nothing: {built_s(workspace, command):.1f} s")
    live_bytes = sweep(target, premises=premises).record.after_bytes
    kept = workspace / "kept"
    copied(target, kept)
    print("share  left MB  units  sum of units  foretold  measured  ratio")
    for share in SHARES:
        shutil.rmtree(target)
        copied(kept, target)
        budget = Budget(max_bytes=int(share * live_bytes))
        swept = sweep(target, premises=premises, budget=budget)
        price = swept.plan.price
        measured_s = built_s(workspace, command)
        print(
            f"{share:5.0%}  {swept.record.after_bytes / 1e6:7.0f}  {price.units:5}"
            f"  {price.compile_s:10.1f} s  {price.rebuild_s:6.1f} s  {measured_s:6.1f} s"
            f"  {price.rebuild_s / measured_s:5.2f}",
            flush=True,
        )


def built_s(workspace: Path, command: list[str]) -> float:
    """Run cargo and return its wall time in seconds."""
    started_s = time.perf_counter()
    subprocess.run(
        ["cargo", *command, "--offline", "--quiet"],
        cwd=workspace,
        env=environment(),
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started_s


def copied(source: Path, to: Path) -> None:
    """Copy with times and hard links, as cargo needs them to find everything fresh."""
    subprocess.run(["cp", "-a", str(source), str(to)], check=True)


def environment() -> dict[str, str]:
    """The environment without what would move the target directory."""
    return {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}


if __name__ == "__main__":
    sys.exit(main())
