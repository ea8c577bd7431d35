"""Make the private virtual environment from the lock file.

Run by make with nothing but the standard library. uv comes from PyPI into the environment itself, so nothing
has to be installed by hand; a lock lets two makes start at once.
"""

import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path


def main() -> int:
    """Create the environment named by the first argument with the uv version of the second."""
    target, uv_version = Path(sys.argv[1]).absolute(), sys.argv[2]
    ready = target / ".ready"
    lock_path = target.with_name(target.name + ".lock")
    with lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest_input = max(Path(name).stat().st_mtime for name in ("uv.lock", "pyproject.toml"))
        if ready.exists() and ready.stat().st_mtime >= newest_input:
            return 0
        python = target / "bin" / "python"
        uv = target / "bin" / "uv"
        # A first try that was interrupted may have left an environment without pip.
        if not (target / "bin" / "pip").exists():
            venv.create(target, with_pip=True, clear=True)
        if not uv.exists():
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, f"uv=={uv_version}"], check=True)
        # --inexact: uv itself is not in the lock file and must not be removed.
        command = [uv, "sync", "--quiet", "--locked", "--inexact", "--active", "--compile-bytecode"]
        subprocess.run(command, check=True, env={**os.environ, "VIRTUAL_ENV": str(target)})
        # Where PYTHONDONTWRITEBYTECODE is set nobody else would ever do it, and each start would pay.
        subprocess.run([python, "-m", "compileall", "-q", "src"], check=True)
        ready.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
