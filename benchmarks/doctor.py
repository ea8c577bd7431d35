"""How long `cargo hone doctor` takes, against the bare interpreter and `cargo metadata`.

    python -m benchmarks.doctor [WORKSPACE]

On the demonstration workspace of 24 crates it may take 300 ms more than the two together. Without a workspace it is
assembled (from the registry, without building it), with a workflow that has something to be found in. Exits with 1
where it takes longer.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.paired import in_turn, shown
from cargo_hone.demo.assembly import assemble
from cargo_hone.proc import clean_environment

LIMIT_S = 0.300
_ROUNDS = 20
_WORKFLOW = """\
on: push
env:
  CARGO_INCREMENTAL: 1
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: target
          key: cache
      - run: cargo test --workspace
      - run: cargo build --release
"""


def main() -> int:
    """Measure, print, judge."""
    if len(sys.argv) > 1:
        return _judged(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory(prefix="hone-doctor-") as scratch:
        root = Path(scratch) / "workspace"
        assemble(root, env=clean_environment(os.environ), progress=print, fresh=True)
        workflow = root / ".github" / "workflows" / "slow.yml"
        workflow.parent.mkdir(parents=True, exist_ok=True)
        workflow.write_text(_WORKFLOW)
        return _judged(root)


def _judged(workspace: Path) -> int:
    python = sys.executable
    hone = str(Path(python).with_name("cargo-hone"))
    # Exit code 1 is for findings, which is what the workflow is there for.
    doctor = ["sh", "-c", 'out=$("$0" hone doctor); test $? -le 1', hone]
    times = in_turn(
        {
            "shell": ["sh", "-c", "out=$(true); test $? -le 1"],
            "interpreter": [python, "-c", "pass"],
            "cargo metadata": ["cargo", "metadata", "--format-version", "1"],
            "cargo hone doctor": doctor,
        },
        rounds=_ROUNDS,
        cwd=workspace,
    )
    for name, values in times.items():
        print(f"{name:22} {shown(values)}")
    rest = zip(times["shell"], times["interpreter"], times["cargo metadata"], strict=True)
    more_s = statistics.median(
        taken - sum(others) for taken, others in zip(times["cargo hone doctor"], rest, strict=True)
    )
    ok = more_s <= LIMIT_S
    print(
        f"doctor: {more_s * 1e3:.0f} ms more, limit {LIMIT_S * 1e3:.0f} ms: {'ok' if ok else 'TOO SLOW'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
