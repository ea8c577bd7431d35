"""Does measuring find what is there? A variant that is the base again, and one whose compiler burns a tenth more.

The burning wrapper runs rustc, then spins for a tenth of the time that rustc took, and writes down for how long; builds
run one job at a time, so the true ratio is known from its own log. Run with
`python -m benchmarks.planted [WORKSPACE] [--scenario clean,edit-root] [--repeat 10]`; without a workspace a tiny one is
generated.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.generated import generate
from cargo_hone.proc import clean_environment

SHARE = 0.10
_WRAPPER = """
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    double started = now();
    int status;
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    waitpid(child, &status, 0);
    double taken = now() - started, until = now() + taken * SHARE;
    while (now() < until) {
    }
    FILE *log = fopen(LOG, "a");
    if (log) {
        fprintf(log, "%d %.6f %.6f\\n", (int)getppid(), started, taken * SHARE);
        fclose(log);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
"""


def main() -> int:
    """Measure, print what was found beside what was planted; 1 where the two do not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", nargs="?", type=Path)
    parser.add_argument("--scenario", default="clean,edit-root")
    parser.add_argument("--repeat", default="10")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hone-planted-") as place:
        base = Path(place)
        workspace = given.workspace or generate(base / "ws")
        return _measure(base, workspace, given.scenario, given.repeat)


def _measure(base: Path, workspace: Path, scenarios: str, repeat: str) -> int:
    log = base / "burned"
    (base / "burn.c").write_text(_WRAPPER)
    names = [f"-DSHARE={SHARE}", f'-DLOG="{log}"']
    subprocess.run(["cc", "-O1", *names, "-o", base / "burn", base / "burn.c"], check=True)
    env = {
        **clean_environment(os.environ),
        "HONE_STATE_DIR": str(base / "state"),
        # One job at a time: what is burned adds up, and nothing hides behind something else.
        "CARGO_BUILD_JOBS": "1",
    }
    command = [sys.executable, "-m", "cargo_hone", "measure", "--yes", "--format", "json"]
    command += ["--scenario", scenarios, "--repeat", repeat]
    command += ["--variant", "same:env.HONE_PLANTED=nothing"]
    command += ["--variant", f'slower:build.rustc-wrapper="{base / "burn"}"']
    done = subprocess.run(command, cwd=workspace, env=env, stdout=subprocess.PIPE, check=True)
    return _judge(json.loads(done.stdout), _burned(log))


def _burned(log: Path) -> list[tuple[float, float]]:
    """When each build began to compile, and what was burned in it: calls of one build have one cargo for a parent."""
    builds: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in log.read_text().splitlines():
        cargo, started, burned = line.split()
        builds[cargo].append((float(started), float(burned)))
    return [(min(calls)[0], sum(burned for _, burned in calls)) for calls in builds.values()]


def _judge(found: dict[str, Any], burned: list[tuple[float, float]]) -> int:
    planted = _planted(found, burned)
    wrong = 0
    for cell in found["results"]:
        compared = cell["comparison"]
        if compared is None:
            continue
        truth = 1.0 if cell["variant"] == "same" else planted[cell["scenario"]]
        inside = compared["low"] <= truth <= compared["high"]
        wrong += not inside or (cell["variant"] == "slower" and compared["verdict"] == "faster")
        print(
            f"{cell['scenario']:10} {cell['variant']:7} planted {truth:.3f}, found {compared['ratio']:.3f}"
            f" ({compared['low']:.3f} to {compared['high']:.3f}), {compared['verdict']}, n={compared['pairs']}"
            f"{'' if inside else '  NOT IN THE INTERVAL'}"
        )
    for warning in found["warnings"]:
        print(f"warning: {warning}")
    return int(wrong > 0)


def _planted(found: dict[str, Any], burned: list[tuple[float, float]]) -> dict[str, float]:
    """The true ratio of each scenario: what was burned during its builds, by the clock, over the base's mean time."""
    base: dict[str, list[float]] = defaultdict(list)
    slower: dict[str, list[float]] = defaultdict(list)
    for sample in found["samples"]:
        if sample["variant"] == "baseline":
            base[sample["scenario"]].append(sample["wall_s"])
        if sample["variant"] == "slower":
            # Whole seconds: the build began within the one that follows.
            middle = datetime.fromisoformat(sample["started_at"]).timestamp() + 0.5
            _, total = min(burned, key=lambda build: abs(build[0] - middle))
            slower[sample["scenario"]].append(total)
    return {
        scenario: 1.0 + fmean(totals) / fmean(base[scenario]) for scenario, totals in slower.items()
    }


if __name__ == "__main__":
    sys.exit(main())
