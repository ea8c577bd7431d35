"""Two machines with a remote cache between them, on the demonstration workspace: what the second one gets.

Both build at the same path, as two runners of a CI do; the home, the cargo home but for what it downloaded, the local
cache and the target directory are emptied in between, and the server is another one. A third machine finds the
storage gone. Real servers on loopback: redis-server and moto's S3. Run with
`python -m benchmarks.remote_cache [redis] [s3]`; three clean builds for each.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers import running
from tests.servers.machines import Built, machine

from cargo_hone.demo.assembly import assemble
from cargo_hone.proc import clean_environment


@dataclass(frozen=True, slots=True)
class Row:
    """One machine's clean build."""

    storage: str
    machine: str
    wall_s: float
    built: Built

    @property
    def share(self) -> float | None:
        """Hits among what can be cached; None where nothing went through the cache."""
        cacheable = self.built.hits + self.built.misses
        return self.built.hits / cacheable if cacheable else None


def main() -> int:
    """Print a table in Markdown; 1 where the second machine gets less than it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("storages", nargs="*", default=["redis", "s3"], metavar="STORAGE")
    asked: list[str] = parser.parse_args().storages
    base = Path(tempfile.mkdtemp(prefix="hone-remote-"))
    try:
        workspace = demo(base)
        rows = [row for storage in asked for row in rows_of(storage, base, workspace)]
    finally:
        shutil.rmtree(base)
    print(
        "| storage | machine | clean build | hits | misses | share | not cacheable | from where |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---|")
    for row in rows:
        share = "none" if row.share is None else f"{row.share:.1%}"
        levels = ", ".join(f"{name}: {hits}" for name, hits in row.built.levels.items())
        print(
            f"| {row.storage} | {row.machine} | {row.wall_s:.0f} s | {row.built.hits} | {row.built.misses} |"
            f" {share} | {row.built.not_cacheable} | {levels} |"
        )
    return int(any((row.share or 0) < 0.95 for row in rows if row.machine == "second"))


def demo(base: Path) -> Path:
    """Assemble the demonstration workspace below `base`, and fetch what it needs; returns its root."""
    env = clean_environment(os.environ)
    made = assemble(
        base / "workspace", env=env, progress=lambda text: print(text, file=sys.stderr, flush=True)
    )
    return made.root


def rows_of(storage: str, base: Path, workspace: Path) -> list[Row]:
    """Build on three machines, one after the other."""
    server = {"redis": running.redis_server, "s3": running.s3_server}[storage]
    with server(base) as port:
        url = _url(storage, port)
        rows = [_row(storage, name, base, workspace, url) for name in ("first", "second")]
    return [*rows, _row(storage, "storage gone", base, workspace, url)]


def _row(storage: str, name: str, base: Path, workspace: Path, url: str) -> Row:
    with machine(base, workspace) as one:
        one.configure(url)
        _downloads(one.home / ".cargo")
        started_s = time.perf_counter()
        built = one.build("--workspace", timeout_s=3000)
        row = Row(storage, name, time.perf_counter() - started_s, built)
    print(f"{storage} {name}: {row.wall_s:.0f} s, {built.hits} hits", file=sys.stderr, flush=True)
    return row


def _url(storage: str, port: int) -> str:
    if storage == "redis":
        return f"redis://127.0.0.1:{port}"
    return f"s3://shared/demo?region=us-east-1&endpoint=http://127.0.0.1:{port}"


def _downloads(cargo_home: Path) -> None:
    """What a CI keeps of the cargo home from one run to the next: archives and the index."""
    real = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for part in ("registry/index", "registry/cache"):
        shutil.copytree(real / part, cargo_home / part)


if __name__ == "__main__":
    sys.exit(main())
