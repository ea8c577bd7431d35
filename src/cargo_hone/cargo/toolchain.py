"""Which compiler and cargo a directory builds with."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import Unavailable
from cargo_hone.proc import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """`rustc` and `cargo` versions as they print them, and the host's triple."""

    rustc: str
    cargo: str
    host: str
    commit: str
    """The compiler's commit hash, or its release where it has none."""


def read(cwd: Path, *, env: Mapping[str, str]) -> Toolchain:
    """Ask the compiler that cargo would use in `cwd`. Raises ToolMissing or Unavailable (exit 5)."""
    with ThreadPoolExecutor() as pool:
        asked = [
            pool.submit(run, words, cwd=cwd, env=env, timeout_s=60)
            for words in ([env.get("RUSTC", "rustc"), "-vV"], ["cargo", "-V"])
        ]
    rustc, cargo = (answer.result() for answer in asked)
    for finished in (rustc, cargo):
        if not finished.ok:
            raise Unavailable(
                f"`{' '.join(finished.argv)}` failed: no usable Rust toolchain for {cwd}",
                next_step="run `rustup show` there; install the toolchain that it names, then run again",
                detail=finished.errors.strip(),
            )
    first, *rest = rustc.text.splitlines()
    fields = dict(line.split(": ", 1) for line in rest if ": " in line)
    return Toolchain(
        rustc=first,
        cargo=cargo.text.strip(),
        host=fields.get("host", "unknown"),
        commit=fields.get("commit-hash", fields.get("release", first)),
    )
