"""A target directory of any size for snapshots: the shape of a real one, with content that does not repeat."""

import os
import random
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generated import generate_target

_REAL_TEXT = b"".join(b"%d: fn part_%d() -> Result<(), Error>;\n" % (n, n * 7) for n in range(500))
_EARLY_NS = 1_600_000_000_000_000_000
_COMPRESSIBLE = 0.6
"""How much of each file is text that repeats: zstd -1 makes libraries and objects a third as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was made. `files` are those of the target directory, `size_bytes` what they hold."""

    root: Path
    files: int
    size_bytes: int


def generate(root: Path, *, entries: int, size_bytes: int, seed: int = 1) -> Generated:
    """Write a workspace whose target directory has about `entries` files of `size_bytes` together."""
    generate_target(root, entries=entries, seed=seed)
    chance = random.Random(seed)  # noqa: S311 (the same tree for the same seed)
    # What the units' dep-info names.
    (root / "app/src/lib.rs").write_text("")
    files = [path for path in (root / "target").rglob("*") if path.is_file()]
    libraries = [path for path in files if path.suffix == ".rlib"]
    others = [p for p in files if p.suffix in {".rmeta", ".o"} or "/incremental/" in str(p)]
    for path in others:
        _fill(path, chance, chance.choice((2, 6, 20)) << 10)
    rest = size_bytes - sum(path.stat().st_size for path in files)
    for path in libraries:
        _fill(path, chance, max(8 << 10, int(rest / len(libraries) * chance.uniform(0.2, 1.8))))
    # Sources that were there before the units were compiled.
    for path in (root, *root.rglob("*")):
        if (root / "target") not in (path, *path.parents):
            os.utime(path, ns=(_EARLY_NS, _EARLY_NS))
    return Generated(root=root, files=len(files), size_bytes=sum(p.stat().st_size for p in files))


def _fill(path: Path, chance: random.Random, size_bytes: int) -> None:
    """Give a file other content and its old time."""
    times = path.stat()
    text = chance.randbytes(int(size_bytes * (1 - _COMPRESSIBLE)))
    repeats = -(-int(size_bytes * _COMPRESSIBLE) // len(_REAL_TEXT))
    path.write_bytes(text + (_REAL_TEXT * repeats)[: size_bytes - len(text)])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
