"""What listeners cost the main job: without npx, with one that hangs, with one that fails, in turn.

Run with `python -m benchmarks.coordination [ROUNDS]`; a round of the three takes about a minute and a half.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.proc import clean_environment

NPX = {"none": "", "hanging": "#!/bin/sh\nexec sleep 1000\n", "failing": "#!/bin/sh\nexit 1\n"}
LIMIT_S = 1.0


def main() -> int:
    """Print the times and the differences; 1 where a listener costs more than a second, or fails the job."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    base = Path(tempfile.mkdtemp(prefix="hone-coordination-"))
    times: dict[str, list[float]] = {name: [] for name in NPX}
    try:
        for number in range(rounds):
            names = list(NPX)
            for name in names[number % 3 :] + names[: number % 3]:
                times[name].append(_job(base / f"{name}-{number}", NPX[name]))
    finally:
        subprocess.run(["pkill", "-f", f"sleep 1000|{base}"], check=False)
        shutil.rmtree(base, ignore_errors=True)
    worst = 0.0
    for name, taken in times.items():
        more = [one - none for one, none in zip(taken, times["none"], strict=True)]
        worst = max(worst, statistics.median(more))
        shown = ", ".join(f"{one:.1f}" for one in taken)
        print(f"{name:8} {shown} s; over none, median: {statistics.median(more):+.2f} s")
    return int(worst > LIMIT_S)


def _job(base: Path, npx: str) -> float:
    """Run the main job on a fresh tiny workspace with this `npx`; seconds."""
    env = {
        **clean_environment(os.environ),
        "HONE_STATE_DIR": str(base / "state"),
        "HONE_COORDINATION_CLAUDE_FLOW": "true" if npx else "false",
        "SCCACHE_CONF": str(base / "sccache.toml"),
        "SCCACHE_DIR": str(base / "sccache"),
        "SCCACHE_SERVER_UDS": str(base / "s"),
        "XDG_STATE_HOME": str(base / "xdg"),
    }
    generate(base / "ws", TinySpec(commits=1), env=env)
    programs = base / "bin"
    programs.mkdir()
    if npx:
        (programs / "npx").write_text(npx)
        (programs / "npx").chmod(0o755)
        env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
    started = time.monotonic()
    command = [sys.executable, "-m", "cargo_hone", "optimize", "--quick", "--yes", "--quiet"]
    subprocess.run(command, cwd=base / "ws", env=env, check=True, capture_output=True)
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
