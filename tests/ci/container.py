"""A container for the hooks' script: a home, a volume and a PATH of their own, on which only a few programs are."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePath

from cargo_hone.ci.devcontainer_script import script

# What each image has. (`sh` is added as the shell under test.)
_BASE = (
    "id",
    "mkdir",
    "rm",
    "ln",
    "cat",
    "dirname",
    "df",
    "grep",
    "tr",
    "cksum",
    "env",
    "chown",
    "touch",
)
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]

# Records its calls, as the installed program.
_FAKE_HONE = """#!/bin/sh
echo "$*" >>"$HONE_CALLS"
case "$1 $2" in
"--version ") echo "cargo-hone 9.9" ;;
esac
exit "${HONE_EXIT-0}"
"""
# It fails, and so ends the watch, as soon as the test that made it is no more.
_SLEEP = """#!/bin/sh
[ -d /proc/{test} ] || exit 1
exec {real} "$@"
"""
# Enough of a Python for `-c CHECK`, `-m venv DIR` and, in the environment that it makes, `-m pip install …`.
FAKE_PYTHON = """#!/bin/sh
case "$1 $2" in
"-c "*) exit "${PYTHON_CHECK-0}" ;;
"-m venv") mkdir -p "$3/bin" && cat "$0" >"$3/bin/python" && chmod +x "$3/bin/python" ;;
"-m pip")
    echo "pip $*" >>"$HONE_CALLS"
    [ -z "${PIP_FAILS-}" ] || { echo "ERROR: no network" >&2; exit 1; }
    cat "$HONE_FAKE" >"${0%/*}/cargo-hone" && chmod +x "${0%/*}/cargo-hone"
    touch "${0%/*}/sccache" && chmod +x "${0%/*}/sccache" ;;
esac
"""


class Container:
    def __init__(
        self, base: Path, *, package: str = "cargo-hone==9.9", shell: str = "dash"
    ) -> None:
        self.base = base
        self.root = base / "repo with space"
        self.script = self.root / ".devcontainer" / "hone.sh"
        self.volume = base / "volume"
        self.home = base / "home"
        self.bin = base / "bin"
        self.calls_file = base / "calls"
        self.cargo_home = self.home / ".cargo"
        self.state = self.home / ".local" / "state" / "cargo-hone"
        self.venv = self.home / ".local" / "share" / "cargo-hone" / "venv"
        for directory in (self.script.parent, self.volume, self.home, self.bin):
            directory.mkdir(parents=True)
        self.write_script(package)
        for name in (*_BASE, "chmod"):
            self.has(name)
        self.real_sleep = os.path.realpath(str(shutil.which("sleep")))
        self.program("sleep", _SLEEP.format(test=os.getpid(), real=self.real_sleep))
        self.shell = [str(shutil.which(shell)), *(["sh"] if shell == "busybox" else [])]
        self.program("sh", f'#!/bin/sh\nexec {" ".join(self.shell)} "$@"\n')
        self.program("cargo", "#!/bin/sh\n")
        fake = base / "fake-hone"
        fake.write_text(_FAKE_HONE)
        self.env = {
            "HOME": str(self.home),
            "PATH": str(self.bin),
            "HONE_CALLS": str(self.calls_file),
            "HONE_FAKE": str(fake),
        }

    def write_script(self, package: str) -> None:
        content = script(
            package=package, workspace=PurePath(), volume=str(self.volume), look_every_s=0.1
        )
        self.script.write_bytes(content)

    def has(self, *names: str) -> None:
        """Put real programs of this machine on the container's PATH."""
        for name in names:
            found = shutil.which(name)
            assert found is not None, name
            (self.bin / name).symlink_to(found)

    def program(self, name: str, body: str) -> Path:
        path = self.bin / name
        path.write_text(body)
        path.chmod(0o755)
        return path

    def run(self, task: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.shell, str(self.script), task],
            cwd=self.root,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def watchers(self) -> list[int]:
        """The processes that run `hone.sh watch` of this container, without their subshells."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    status = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if os.fsencode(self.script) in words and b"watch" in words:
                    parents[int(entry.name)] = int(status[1])
        return [pid for pid, parent in parents.items() if parent not in parents]

    def mark(self) -> Path:
        """The file that says which process watches; waits until there is one."""
        assert until(lambda: any(mark.read_text() for mark in self.state.glob("watch-*[0-9]")))
        return next(self.state.glob("watch-*[0-9]"))

    def close(self) -> None:
        """A watch ends by itself when its script has gone; nothing else is left behind, whatever a test did."""
        self.script.unlink(missing_ok=True)
        try:
            assert until(lambda: not self.watchers())
        finally:
            assert until(lambda: not killed(self.home))


def at_home(home: Path) -> list[int]:
    """The living processes, without this one, that have this HOME in their environment."""
    wanted = b"HOME=" + os.fsencode(home)
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def killed(home: Path) -> list[int]:
    """End those processes, and return which there were."""
    found = at_home(home)
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def until(condition: Callable[[], bool], patience_s: float = 10.0) -> bool:
    give_up_s = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > give_up_s:
            return False
        time.sleep(0.02)
    return True


def wheel(directory: Path) -> Path:
    """A real wheel of a program `cargo-hone` that only says its version."""
    path = directory / "cargo_hone-9.9-py3-none-any.whl"
    info = "cargo_hone-9.9.dist-info"
    files = {
        "fake_hone.py": "import sys\ndef main():\n    print('cargo-hone 9.9', *sys.argv[1:])\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: cargo-hone\nVersion: 9.9\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ncargo-hone = fake_hone:main\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        archive.writestr(f"{info}/RECORD", record)
    return path


def real_python() -> Path:
    """An interpreter that can make environments with pip (the one that our own environment stands on)."""
    return Path(sys.base_prefix) / "bin" / "python3"
