"""A copy of this process that does a part of the work and says what it did.

It has this process's locks, and keeps them until its end: should this process die, nobody else comes in between.
"""

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

_CHUNK_BYTES = 2**20


class Failed(RuntimeError):
    """What it did raised an error that is none of the system's; the text is its traceback."""


class Forked:
    """Runs `work` in a copy of this process. No other thread may run when it is made: it would stop for good there.

    Raises OSError where the system makes no more processes.
    """

    def __init__(self, work: Callable[[], bytes]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._answer, said = os.pipe()
        parent = os.getpid()
        try:
            self._pid = os.fork()
        except OSError:
            os.close(self._answer)
            os.close(said)
            raise
        if self._pid == 0:
            os.close(self._answer)
            _answer(work, said, parent)
        os.close(said)

    def result(self) -> bytes:
        """Wait for it, and return what `work` returned.

        Raises the OSError that it raised, ChildProcessError where it was killed, Failed.
        """
        answer = bytearray()
        while chunk := os.read(self._answer, _CHUNK_BYTES):
            answer += chunk
        self._reap()
        if answer[:1] == b"+":
            return bytes(answer[1:])
        if answer[:1] == b"-":
            # From ourselves: only `_answer` writes there.
            raise pickle.loads(answer[1:])  # noqa: S301
        raise ChildProcessError("the process that did a part of the work was killed")

    def abandon(self) -> None:
        """Stop it, if it still runs."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._reap()

    def _reap(self) -> None:
        os.close(self._answer)
        os.waitpid(self._pid, 0)
        self._pid = 0


def _answer(work: Callable[[], bytes], said: int, parent: int) -> NoReturn:
    """Do the work and end, without whatever this process does at its end."""
    code = 1
    try:
        # ^C goes to both: the other one stops this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            answer = b"+" + work()
        except OSError as error:
            answer = b"-" + pickle.dumps(OSError(error.errno, error.strerror, error.filename))
        except BaseException:  # noqa: BLE001 - whoever asked is told
            answer = b"-" + pickle.dumps(Failed(traceback.format_exc()))
        left = memoryview(answer)
        while left and os.getppid() == parent:
            left = left[os.write(said, left) :]
        code = 0
    finally:
        os._exit(code)
