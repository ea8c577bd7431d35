"""Programs of ours that live on when we have ended; all others are started in `proc`."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_DETACHED: list[subprocess.Popen[bytes]] = []
"""Kept, so that nobody takes a program that is meant to live on for one that was forgotten."""


def start_detached(argv: Sequence[str | Path], *, env: Mapping[str, str], log: Path) -> int:
    """Start a program that outlives this one (a cache server); its output goes to `log`. Returns its pid."""
    with log.open("ab") as sink:
        child = subprocess.Popen(
            [str(word) for word in argv],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    _DETACHED[:] = [earlier for earlier in _DETACHED if earlier.poll() is None]
    _DETACHED.append(child)
    return child.pid
