"""Where the work stands, as the memory's `status` says it."""

import json
from dataclasses import dataclass
from typing import Any

from cargo_hone.coordination import keys
from cargo_hone.coordination.memory import now
from cargo_hone.coordination.records import Outcome
from cargo_hone.events import Event, EventKind

RUNNING = "running"

_STEP_STATES = {
    EventKind.STARTED: "started",
    EventKind.FINISHED: "finished",
    EventKind.BLOCKED: "blocked",
}


@dataclass(slots=True, kw_only=True)
class Standing:
    """The standing of one run. `claude_flow` says why claude-flow is told ("" if it is not)."""

    phase: str
    run: str
    workspace: str
    claude_flow: str
    started: str
    state: str = RUNNING
    step: str = ""
    step_state: str = ""
    message: str = ""
    error: str = ""

    def follow(self, event: Event) -> bool:
        """Take in an event; returns whether it changed the standing."""
        state = _STEP_STATES.get(event.kind)
        if state is None:
            return False
        self.step, self.step_state, self.message = event.step, state, event.message
        return True

    def text(self) -> str:
        """Return it as the memory keeps it."""
        return keys.text(
            {
                "phase": self.phase,
                "state": self.state,
                "step": self.step,
                "step_state": self.step_state,
                "message": self.message,
                "error": self.error,
                "run": self.run,
                "workspace": self.workspace,
                "started": self.started,
                "updated": now(),
                "claude_flow": self.claude_flow,
            }
        )


def after_a_kill(value: str | None, *, run: str) -> str | None:
    """Return the status once its run is known to be dead; None where it says that, or is of another run."""
    try:
        found: Any = json.loads(value or "null")
    except ValueError:
        return None
    if not isinstance(found, dict) or (found.get("run"), found.get("state")) != (run, RUNNING):
        return None
    return keys.text({**found, "state": Outcome.INTERRUPTED, "error": "killed", "updated": now()})
