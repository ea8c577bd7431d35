"""A home of its own with the shim in it, and compilers and engines that say what they were given."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import parse

_SHELLS = {
    "dash": ("dash",),
    "bash": ("bash",),
    "bash --posix": ("bash", "--posix"),
    "busybox": ("busybox", "sh"),
    "mksh": ("mksh",),
    "ksh": ("ksh",),
    "yash": ("yash",),
}
_PROMISED = ("dash", "bash", "busybox")
"""Where one of these is missing a test says so; the others are tried where they are at hand."""
SHELLS = [
    pytest.param(
        (shutil.which(words[0]) or "", *words[1:]),
        id=name,
        marks=pytest.mark.skipif(not shutil.which(words[0]), reason=f"{words[0]} is not installed"),
    )
    for name, words in _SHELLS.items()
    if words[0] in _PROMISED or shutil.which(words[0])
]
AS_IT_STANDS: tuple[str, ...] = ()
"""No shell in front: the kernel reads the first line."""


class Room:
    """A home of its own with the shim in it. Its paths hold a space and a line break."""

    def __init__(self, base: Path) -> None:
        self.base = base / "tree with space\nand line"
        self.shim = self.base / ".cargo" / "hone" / "sccache"
        self.shim.parent.mkdir(parents=True)
        self.shim.write_bytes(shim.text(parse("10G")))
        self.shim.chmod(0o755)
        self.home = self.base / "home"
        self.home.mkdir()
        self.asked = self.base / "asked"
        self.env = {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "CARGO_HOME": str(self.home / ".cargo"),
            "SCCACHE_DIR": str(self.base / "cache"),
            "SCCACHE_SERVER_UDS": str(base / "s"),
        }

    def program(self, path: Path, body: str) -> Path:
        """Write an executable script."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def compiler(self, body: str = 'printf "compiled %s\\n" "$*"') -> str:
        return str(self.program(self.base / "rustc", body))

    def engine(self, body: str = 'shift; printf "engine: %s\\n" "$*"') -> Path:
        """An engine in the cargo home, which also answers when it is asked whether it answers."""
        return self.program(
            self.home / ".cargo" / "bin" / "sccache",
            f'[ "$2" = --version ] && {{ echo asked >>"{self.asked}"; exit 0; }}\n{body}',
        )

    def call(
        self,
        *words: str | bytes,
        shell: tuple[str, ...] = AS_IT_STANDS,
        stdin: bytes = b"",
        **env: str,
    ) -> subprocess.CompletedProcess[bytes]:
        """Call the shim once, as a build of its own name would."""
        return subprocess.run(
            [*shell, str(self.shim), *words],
            env={**self.env, **env},
            capture_output=True,
            input=stdin,
            timeout=60,
            check=False,
        )

    def build(self, *calls: str, **env: str) -> subprocess.CompletedProcess[bytes]:
        """Make several calls from one process whose name is cargo's; `S` is the shim, `C` the compiler."""
        cargo = self.base / "cargo"
        if not cargo.exists():
            shutil.copy2("/bin/sh", cargo)
        return subprocess.run(
            [cargo, "-c", "\n".join(calls)],
            env={**self.env, "S": str(self.shim), "C": str(self.base / "rustc"), **env},
            capture_output=True,
            timeout=60,
            check=False,
        )
