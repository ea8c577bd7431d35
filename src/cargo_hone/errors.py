"""One error tree; each branch has its exit code (the contract is in docs/reference/exit-codes.md)."""

from enum import IntEnum


class Exit(IntEnum):
    """What the exit status of every command means."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    BUILD_FAILED = 3
    BUSY = 4
    UNAVAILABLE = 5
    BUG = 70
    INTERRUPTED = 130


class HoneError(Exception):
    """Something that went wrong and that the user can do something about.

    `message` says what happened and why; `next_step` is what to type or change next; `detail` is output of
    another program, shown as it is.
    """

    code = Exit.BUG

    def __init__(self, message: str, *, next_step: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.detail = detail


class UsageProblem(HoneError):
    """A wrong option or a broken configuration (exit 2)."""

    code = Exit.USAGE


class BuildFailed(HoneError):
    """A build or a test that was run failed; `detail` holds its output (exit 3)."""

    code = Exit.BUILD_FAILED


class Busy(HoneError):
    """Something is locked or in use (exit 4)."""

    code = Exit.BUSY


class Unavailable(HoneError):
    """A needed tool, network, permission or disk space is missing (exit 5)."""

    code = Exit.UNAVAILABLE


class ToolMissing(Unavailable):
    """An executable could not be found (exit 5)."""
