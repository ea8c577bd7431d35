"""How long cargo-hone takes to answer, against the bare interpreter and `cargo metadata`.

    python -m benchmarks.startup [WORKSPACE]

`cargo hone --version` may take 80 ms more than the same environment's interpreter; `cargo hone` on the
demonstration workspace 300 ms more than the interpreter and `cargo metadata`; `cargo hone sweep --dry-run` where there
is nothing to sweep, which is what every sweep takes before it looks, 220 ms more than the interpreter (cargo works
meanwhile). Exits with 1 where it takes longer.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.paired import in_turn, shown
from cargo_hone.demo.tiny import generate

VERSION_LIMIT_S = 0.080
STATUS_LIMIT_S = 0.300
SWEEP_LIMIT_S = 0.220


def main() -> int:
    """Measure, print, judge."""
    python = sys.executable
    hone = str(Path(python).with_name("cargo-hone"))
    times = in_turn(
        {
            "interpreter": [python, "-c", "pass"],
            "cargo hone --version": [hone, "hone", "--version"],
        },
        rounds=30,
    )
    more_s = _more(times["cargo hone --version"], times["interpreter"])
    ok = _print(times, "--version", more_s, VERSION_LIMIT_S)

    with tempfile.TemporaryDirectory() as scratch:
        times = in_turn(
            {
                "interpreter": [python, "-c", "pass"],
                "cargo hone sweep -n": [hone, "hone", "--state-dir", scratch, "sweep", "-n"],
            },
            rounds=15,
            cwd=generate(Path(scratch) / "workspace").root,
        )
    more_s = _more(times["cargo hone sweep -n"], times["interpreter"])
    ok &= _print(times, "sweep -n", more_s, SWEEP_LIMIT_S)

    workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".demo/workspace")
    if not (workspace / "Cargo.toml").exists():
        print(f"no workspace at {workspace}: run `make demo` first for the second figure")
        return 0 if ok else 1
    times = in_turn(
        {
            "interpreter": [python, "-c", "pass"],
            "cargo metadata": ["cargo", "metadata", "--format-version", "1"],
            "cargo hone": [hone, "hone"],
        },
        rounds=15,
        cwd=workspace,
    )
    both = [a + b for a, b in zip(times["interpreter"], times["cargo metadata"], strict=True)]
    ok &= _print(times, "cargo hone", _more(times["cargo hone"], both), STATUS_LIMIT_S)
    return 0 if ok else 1


def _more(times_s: list[float], base_s: list[float]) -> float:
    return statistics.median(a - b for a, b in zip(times_s, base_s, strict=True))


def _print(times: dict[str, list[float]], what: str, more_s: float, limit_s: float) -> bool:
    for name, values in times.items():
        print(f"{name:22} {shown(values)}")
    ok = more_s <= limit_s
    word = "ok" if ok else "TOO SLOW"
    print(f"{what}: {more_s * 1e3:.0f} ms more, limit {limit_s * 1e3:.0f} ms: {word}\n")
    return ok


if __name__ == "__main__":
    sys.exit(main())
