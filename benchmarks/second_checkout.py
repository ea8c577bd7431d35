"""What a second checkout under another path gets from the cache, with the reason of each miss.

Without an argument on the demonstration workspace, else on the one that is named. Two clean builds through a private
cache, the second one with one job. Run with `python -m benchmarks.second_checkout [WORKSPACE]`.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from cargo_hone.cache.call_log import Result
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.second_checkout import SecondCheckout, compare
from cargo_hone.demo.assembly import assemble
from cargo_hone.proc import clean_environment


def main() -> int:
    """Print the share, the causes and each miss, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", nargs="?", type=Path)
    workspace: Path | None = parser.parse_args().workspace
    env = clean_environment(os.environ)
    engine = Sccache().locate(env)
    if engine is None:
        print("no sccache", file=sys.stderr)
        return 5
    base = Path(tempfile.mkdtemp(prefix="hone-second-"))
    try:
        if workspace is None:
            workspace = assemble(base / "demo", env=env, progress=lambda _: None).root
        place = base / "place"
        place.mkdir()
        _tell(compare(workspace, place=place, engine=engine.path, env=env))
    finally:
        shutil.rmtree(base)
    return 0


def _tell(found: SecondCheckout) -> None:
    linked = sum(unit.result is Result.NOT_CACHEABLE for unit in found.units)
    share = "none" if found.share is None else f"{found.share:.1%}"
    print(
        f"{found.hits} of {found.cacheable} cacheable units of registry packages hit ({share});"
        f" {linked} more link and are never cached; {found.others} other calls are the workspace's own\n"
    )
    print("| cause | units |\n|---|---:|")
    for cause, count in found.causes().most_common():
        print(f"| {cause} | {count} |")
    print("\n| package | unit | why it missed |\n|---|---|---|")
    for unit in found.missed:
        print(f"| {unit.package} | {unit.unit} | {unit.reasons_said} |")


if __name__ == "__main__":
    sys.exit(main())
