"""For which machine a snapshot is good. What cargo keys by itself (flags, features, profiles) is not in it."""

import hashlib
import os
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cargo_hone.cargo.toolchain import Toolchain
from cargo_hone.errors import ToolMissing
from cargo_hone.proc import run
from cargo_hone.snapshot.manifest import Key
from cargo_hone.target.layout import LayoutKind
from cargo_hone.workspace.configuration import cargo_home

_LIMIT_S = 20.0


def machine_key(
    toolchain: Toolchain, *, layout: LayoutKind, env: Mapping[str, str], native: bool
) -> Key:
    """Describe this machine. `native`: some unit is compiled for this very CPU (`target-cpu=native`)."""
    libc = "-".join(platform.libc_ver()) if platform.system() == "Linux" else platform.release()
    return Key(
        rustc=f"{toolchain.rustc} {toolchain.commit}",
        cargo=toolchain.cargo,
        host=toolchain.host,
        layout=layout.value,
        cargo_home=str(cargo_home(env)),
        c_compiler=_c_compiler(env),
        libc=libc,
        cpu=_cpu() if native else "",
    )


def project_of(root: Path, *, env: Mapping[str, str]) -> str:
    """Name the project of the workspace at `root` the same way in each of its checkouts.

    That is its repository's first commit and its place in the repository; without one, its path.
    """
    try:
        with ThreadPoolExecutor() as pool:
            asked = [
                pool.submit(run, ["git", *words], cwd=root, env=env)
                for words in (
                    ("rev-list", "--max-parents=0", "--first-parent", "HEAD"),
                    ("rev-parse", "--is-shallow-repository", "--show-prefix"),
                )
            ]
        first, where = (one.result() for one in asked)
    except ToolMissing:
        return _named(bytes(root))
    if not first.ok or not where.ok or not first.stdout.strip():
        return _named(bytes(root))
    is_shallow, _, prefix = where.stdout.partition(b"\n")
    if is_shallow == b"true":
        # A clone without history: its remote is the next best name.
        remote = run(["git", "config", "--get", "remote.origin.url"], cwd=root, env=env)
        if remote.ok:
            return _named(remote.stdout.strip().removesuffix(b".git") + b"\0" + prefix)
    return _named(first.stdout.split()[-1] + b"\0" + prefix)


def _named(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _c_compiler(env: Mapping[str, str]) -> str:
    name = env.get("CC") or "cc"
    try:
        finished = run([*name.split(), "--version"], env=env, timeout_s=_LIMIT_S)
    except ToolMissing:
        return ""
    return finished.text.partition("\n")[0] if finished.ok else ""


def _cpu() -> str:
    """The model and what it can do: native code of one CPU may not run on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    flags = next((v for k, v in fields.items() if k.strip() in {"flags", "Features"}), "")
    return hashlib.blake2b(os.fsencode(flags), digest_size=16).hexdigest()
