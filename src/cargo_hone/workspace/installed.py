"""Which programs are on PATH that have to do with building Rust."""

import shutil
from collections.abc import Mapping
from pathlib import Path

INTERESTING = (
    "sccache",
    "mold",
    "wild",
    "ld.lld",
    "cargo-sweep",
    "cargo-nextest",
    "cargo-hakari",
    "kache",
    "mbx",
    "zccache",
)


def find(env: Mapping[str, str]) -> dict[str, Path]:
    """Return the interesting programs that are found on `env`'s PATH."""
    path = env.get("PATH", "")
    found = {name: shutil.which(name, path=path) for name in INTERESTING}
    return {name: Path(where) for name, where in found.items() if where}
