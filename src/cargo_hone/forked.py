"""A copy of this process that does a part of the work and says what it did.

It has this process's locks, and keeps them until its end: should this process die, nobody else comes in between.
"""

import contextlib
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import NoReturn

_CHUNK_BYTES = 2**20
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
        self._pid, parent = 0, os.getpid()
        # Until the copy is on its own nothing may interrupt it: it would do what this process does then.
        before = {*signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)}
        try:
            self._pid = os.fork()
            if self._pid == 0:
                os.close(self._answer)
                _answer(work, said, parent, before)
        except OSError:
            os.close(self._answer)
            raise
        finally:
            os.close(said)
            self._unblock(before)

    def result(self) -> bytes:
        """Wait for it, and return what `work` returned.

        Raises the OSError that it raised, ChildProcessError where it was killed, Failed.
        """
        answer = bytearray()
        while chunk := os.read(self._answer, _CHUNK_BYTES):
            answer += chunk
        if self._ended() != 0:
            # Perhaps in the middle of its answer.
            raise ChildProcessError("the process that did a part of the work was killed")
        if answer[:1] == b"+":
            return bytes(answer[1:])
        # From ourselves: only `_answer` writes there.
        raise pickle.loads(answer[1:])  # noqa: S301

    def abandon(self) -> None:
        """Stop it, if it still runs."""
        if self._pid:
            # (Where an interruption came between its end and our knowing of it, it is gone.)
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                self._ended()

    def _unblock(self, mask: AbstractSet[int]) -> None:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        except BaseException:
            # Somebody interrupted us meanwhile: nobody else knows of the copy.
            self.abandon()
            raise

    def _ended(self) -> int:
        """Wait for its end; returns its exit status."""
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        os.close(self._answer)
        return status


def _answer(work: Callable[[], bytes], said: int, parent: int, mask: AbstractSet[int]) -> NoReturn:
    """Do the work and end, without whatever this process does at its end."""
    code = 1
    try:
        # ^C goes to both: the other one stops this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        try:
            answer = b"+" + work()
        except OSError as error:
            answer = b"-" + pickle.dumps(OSError(error.errno, error.strerror, error.filename))
        except BaseException:  # noqa: BLE001 - whoever asked is told
            answer = b"-" + pickle.dumps(Failed(traceback.format_exc()))
        left = memoryview(answer)
        while left and os.getppid() == parent:
            left = left[os.write(said, left) :]
        code = 1 if left else 0
    finally:
        os._exit(code)
