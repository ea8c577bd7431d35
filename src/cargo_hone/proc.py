"""The only door to other programs: argv lists, an explicit environment, time limits, resource use.

Every child runs in a process group of its own, so that ^C and time limits reach all of its descendants and
nothing of ours is left behind.
"""

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.errors import ToolMissing, Unavailable

_GRACE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A program that has ended. `returncode` is negative for a signal, as in `subprocess`.

    `cpu_s` is user plus system time of the child and of all its waited-for descendants, in seconds; servers
    that the child talked to are not in it.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    wall_s: float
    cpu_s: float
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether the program exited with 0 within its time."""
        return self.returncode == 0 and not self.timed_out

    @property
    def text(self) -> str:
        """Standard output, decoded leniently."""
        return self.stdout.decode(errors="replace")

    @property
    def errors(self) -> str:
        """Standard error, decoded leniently."""
        return self.stderr.decode(errors="replace")


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    stdin: bytes | None = None,
    on_stdout_line: Callable[[bytes], None] | None = None,
) -> Finished:
    """Run a program to its end and return what it did; a non-zero exit is not an exception.

    `env` replaces the whole environment (None: inherit). `on_stdout_line` sees each complete line as it comes
    (stdout is collected as well). Raises ToolMissing when the executable does not exist or is not executable,
    Unavailable when the working directory is not there. On any exception (^C too) the process group is ended
    before the exception goes on.
    """
    with running(
        argv, cwd=cwd, env=env, timeout_s=timeout_s, stdin=stdin, on_stdout_line=on_stdout_line
    ) as ended:
        return ended()


@contextlib.contextmanager
def running(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    stdin: bytes | None = None,
    on_stdout_line: Callable[[bytes], None] | None = None,
) -> Iterator[Callable[[], Finished]]:
    """Start a program, do something else meanwhile, and call what is yielded to wait for its end, once, as `run` does.

    What it says is read only then: more than fits a pipe makes it wait. It is ended with the block at the latest.
    """
    words = tuple(str(word) for word in argv)
    before, started_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        child = subprocess.Popen(
            words,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        if cwd is not None and not cwd.is_dir():
            raise Unavailable(
                f"the directory {cwd} is not there (to run {words[0]} in it)",
                next_step="check the path, then run the command again",
            ) from error
        raise _missing(words, error) from error
    try:
        if stdin is not None and child.stdin is not None:
            # Small inputs only (they fit the pipe's buffer); a child that does not read them is not an error.
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(stdin)
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()

        def ended() -> Finished:
            try:
                out, err, timed_out = _collect(child, started_s, timeout_s, on_stdout_line)
                child.wait()
            except BaseException:
                _end_group(child)
                raise
            wall_s = time.perf_counter() - started_s
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return Finished(
                argv=words,
                returncode=child.returncode,
                stdout=out,
                stderr=err,
                wall_s=wall_s,
                cpu_s=(after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime),
                timed_out=timed_out,
            )

        yield ended
    finally:
        if child.returncode is None:
            _end_group(child)
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()


def _missing(words: Sequence[str], error: OSError) -> ToolMissing:
    return ToolMissing(
        f"cannot run `{words[0]}`: {error.strerror}",
        next_step=f"install {Path(words[0]).name} or put it on PATH, then run the command again",
    )


class _Lines:
    """Passes on each complete line of a stream that comes in chunks."""

    def __init__(self, on_line: Callable[[bytes], None]) -> None:
        self._on_line = on_line
        self._pending = b""

    def feed(self, chunk: bytes) -> None:
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        for line in lines:
            self._on_line(line)

    def close(self) -> None:
        if self._pending:
            self._on_line(self._pending)


def _collect(
    child: subprocess.Popen[bytes],
    started_s: float,
    timeout_s: float | None,
    on_stdout_line: Callable[[bytes], None] | None,
) -> tuple[bytes, bytes, bool]:
    """Read both pipes until they are closed, the child has ended, or the time is over.

    A daemon that the child started may hold the pipes open for ever (sccache's server does when a wrapper
    starts it), so the end of the child ends the reading, after what is in the pipes already.
    """
    out, err = bytearray(), bytearray()
    lines = _Lines(on_stdout_line) if on_stdout_line is not None else None
    timed_out = False
    with selectors.DefaultSelector() as selector:
        for stream, buffer in ((child.stdout, out), (child.stderr, err)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, buffer)
        while selector.get_map():
            ended = child.poll() is not None
            ready = selector.select(0.0 if ended else 0.05)
            for key, _ in ready:
                chunk = _read(key.fd)
                if chunk == b"":
                    selector.unregister(key.fileobj)
                elif chunk is not None:
                    key.data.extend(chunk)
                    if lines is not None and key.data is out:
                        lines.feed(chunk)
            if ended and not ready:
                break
            if timeout_s is not None and not ended and time.perf_counter() - started_s > timeout_s:
                timed_out = True
                _end_group(child)
    if lines is not None:
        lines.close()
    return bytes(out), bytes(err), timed_out


def _read(fd: int) -> bytes | None:
    """What is in the pipe; empty at its end, None where there is nothing yet."""
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return None


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Ask the whole process group to end, then make it."""
    for number, patience_s in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        return


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


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for cargo without what rustup's proxy added for the workspace we were started in.

    `cargo hone` inherits RUSTUP_TOOLCHAIN from the proxy (which also sets RUST_RECURSION_COUNT); for another
    workspace it would be the wrong rustc. What the user exported, or gave as `+toolchain`, stays.
    """
    dropped = {"CARGO", "RUST_RECURSION_COUNT"}
    # rustup 1.29 says where the toolchain comes from. Older ones do not: then it is kept, for it may be the user's.
    source = environ.get("RUSTUP_TOOLCHAIN_SOURCE")
    if "RUST_RECURSION_COUNT" in environ and source not in {None, "cli", "env"}:
        dropped |= {"RUSTUP_TOOLCHAIN", "RUSTUP_TOOLCHAIN_SOURCE"}
    return {key: value for key, value in environ.items() if key not in dropped}


def interrupt_on_terminate() -> None:
    """Let SIGTERM and SIGHUP end the program the way ^C does, so that everything is put back."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if sys.platform == "win32":  # pragma: no cover
    raise ImportError("cargo-hone runs on POSIX systems; on Windows use it inside WSL")


def processors() -> int:
    """How many logical processors this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
