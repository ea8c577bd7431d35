"""The process that tells the sinks: `python -m cargo_hone.coordination.drain STATE_DIR`.

Detached, one for a workspace, in the order in which things happened. It ends when no spool is left; a spool ends with
its run. What a killed drain left, the next one takes up.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cargo_hone.coordination import spool
from cargo_hone.coordination.telling import tell_spool
from cargo_hone.errors import Busy, Exit
from cargo_hone.files.lock import try_exclusive
from cargo_hone.proc import interrupt_on_terminate, start_detached

_NICE = 5
"""Builds that are being measured come first; much more, and the calls would starve into their time limits."""


def start(state_dir: Path, env: Mapping[str, str]) -> None:
    """Start a drain, or leave the work to the one that runs. Raises OSError."""
    # -P: the directory in which somebody builds must not lend us its modules.
    argv = [sys.executable, "-P", "-m", __name__, str(state_dir)]
    start_detached(argv, env=env, log=state_dir / "coordination" / "drain.log")


def drain(state_dir: Path, env: Mapping[str, str]) -> None:
    """Tell everything that is spooled, until nothing is left; nothing where another drain is at it."""
    passed_by: set[Path] = set()
    # Looked at again after the lock is free: whoever found it taken meanwhile has left its spool to us.
    while _waiting(state_dir, passed_by):
        try:
            with try_exclusive([state_dir / "coordination" / "lock"], create=True):
                while waiting := _waiting(state_dir, passed_by):
                    _tell(waiting[0], state_dir, env, passed_by)
        except Busy:
            return


def _waiting(state_dir: Path, passed_by: set[Path]) -> list[Path]:
    return [path for path in spool.pending(state_dir) if path not in passed_by]


def _tell(path: Path, state_dir: Path, env: Mapping[str, str], passed_by: set[Path]) -> None:
    try:
        tell_spool(path, state_dir=state_dir, env=env)
        spool.remove(path)
    except OSError as error:
        # Somebody else's file: it must not stand in the way of those after it.
        passed_by.add(path)
        sys.stderr.write(f"{error}\n")


def main() -> int:
    """Run as a process of its own."""
    interrupt_on_terminate()
    state_dir = Path(sys.argv[1])
    os.chdir("/")  # no directory is kept from being removed or unmounted
    os.nice(_NICE)
    try:
        drain(state_dir, os.environ)
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    return int(Exit.OK)


if __name__ == "__main__":
    sys.exit(main())
