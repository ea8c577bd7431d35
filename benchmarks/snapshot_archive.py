"""An archive in a remote, in parts of 32 MiB as the usual cache action has them, and back: several at a time.

python -m benchmarks.snapshot_archive URL DIRECTORY
"""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cargo_hone.snapshot.remote import Remote, parse

NAME = "dependencies.tar.zst"
_PART_BYTES = 32 * 2**20
_THREADS = 8


def put(archive: Path, url: str, *, env: Mapping[str, str]) -> None:
    """Store an archive."""
    os.environ.update(env)
    remote = Remote(parse(url, env))
    content = archive.read_bytes()
    starts = range(0, len(content), _PART_BYTES)
    for number, start in enumerate(starts):
        remote.put(f"archive/{number}", content[start : start + _PART_BYTES])
    remote.put("archive/parts", str(len(starts)).encode())


def get(url: str, directory: Path) -> None:
    """Fetch what `put` has stored."""
    remote = Remote(parse(url, os.environ))
    parts = int(remote.get("archive/parts", limit_bytes=100) or 0)
    with (directory / NAME).open("wb") as file, ThreadPoolExecutor(_THREADS) as pool:
        numbers = range(parts)
        for part in pool.map(
            lambda n: remote.get(f"archive/{n}", limit_bytes=_PART_BYTES), numbers
        ):
            file.write(part or b"")


if __name__ == "__main__":
    get(sys.argv[1], Path(sys.argv[2]))
