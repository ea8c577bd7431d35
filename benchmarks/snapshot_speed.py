"""How fast snapshots are, always beside something else in the same minutes: ratios, not times.

    python -m benchmarks.snapshot_speed generated [--files 50000] [--bytes 1e9] [--rounds 3]
    python -m benchmarks.snapshot_speed demo [--workspace DIR] [--rounds 2]
    python -m benchmarks.snapshot_speed checkouts [--workspace DIR] [--count 8]

`generated`: a target directory of that size: save beside `tar | zstd -1 -T2`, restores by links and by copies beside
`cp -a`, a second save after one crate was compiled anew, and the peak memory of each.
`demo`: on the demonstration workspace (or a copy of `--workspace`) a clean build, one with a warm sccache, restore and
build, mbx and zccache where they are installed, an edit of the root crate in the original and after a restore, and a
switch to another commit and back.
`checkouts`: the disk that several checkouts take together, restored and built, against one.
Exits with 1 where a goal is missed. Everything lies in a temporary directory, or below `--place`.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.snapshot_demo import checkouts, demo
from benchmarks.snapshot_files import generated
from benchmarks.snapshot_goal import judged


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=["generated", "demo", "checkouts"])
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--bytes", type=float, default=1e9)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--workspace", type=Path, help="an assembled workspace; it is copied")
    parser.add_argument("--place", type=Path, help="where to work")
    given = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="hone-snapshots-", dir=given.place))
    try:
        match given.what:
            case "generated":
                goals = generated(
                    base, files=given.files, size_bytes=int(given.bytes), rounds=given.rounds
                )
            case "demo":
                goals = demo(base, given.workspace, rounds=given.rounds)
            case _:
                goals = checkouts(base, given.workspace, count=given.count)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return judged(goals)


if __name__ == "__main__":
    sys.exit(main())
