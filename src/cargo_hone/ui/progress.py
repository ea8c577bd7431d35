"""What the program is doing, how long it has been at it, how long it will take; on stderr.

In a terminal one line that is written over; elsewhere (CI logs) a line for each step, and one now and then.
"""

import shutil
import time
from dataclasses import dataclass, field
from typing import assert_never

from cargo_hone.events import Event, EventKind
from cargo_hone.ui.console import Console

_REFRESH_S = 0.1
_LOG_EVERY_S = 20.0


@dataclass(slots=True)
class Progress:
    """A sink for events. `close` takes the running line away."""

    console: Console
    started_s: float = field(default_factory=time.monotonic)
    _last_s: float = 0.0
    _shown: bool = False

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self.console.quiet:
            return
        match event.kind:
            case EventKind.PROGRESS:
                self._running(event)
            case EventKind.STARTED | EventKind.FINISHED:
                self._line(event, mark="")
            case EventKind.EDITED:
                self._line(event, mark="wrote ")
            case EventKind.NOTED | EventKind.BLOCKED:
                self.close()
                self.console.error(event.message, label="warning")
            case EventKind.MEASURED:
                pass
            case _:
                assert_never(event.kind)

    def close(self) -> None:
        """Take the running line away, so that something else can be written."""
        if self._shown:
            self.console.err.write("\r\x1b[2K")
            self.console.err.flush()
            self._shown = False

    def _line(self, event: Event, *, mark: str) -> None:
        self.close()
        self.console.note(f"{self._clock(event)} {mark}{event.message}")
        self._last_s = time.monotonic()

    def _running(self, event: Event) -> None:
        now_s = time.monotonic()
        live = self.console.err.isatty()
        if now_s - self._last_s < (_REFRESH_S if live else _LOG_EVERY_S):
            return
        self._last_s = now_s
        text = f"{self._clock(event)} {event.message}"
        if not live:
            self.console.note(text)
            return
        columns = shutil.get_terminal_size().columns
        self.console.err.write("\r\x1b[2K" + text[: max(20, columns - 1)])
        self.console.err.flush()
        self._shown = True

    def _clock(self, event: Event) -> str:
        elapsed = clock(time.monotonic() - self.started_s)
        if event.expected_s is None:
            return f"[{elapsed}]"
        return f"[{elapsed}, about {clock(event.expected_s)} left]"


def clock(seconds: float) -> str:
    """`4:07`, `1:02:30`."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
