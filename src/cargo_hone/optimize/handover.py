"""What the measurements compiled is not thrown away: the user's cache gets it."""

from cargo_hone.cache.sccache import Sccache
from cargo_hone.cache.trial import TrialCache
from cargo_hone.errors import HoneError
from cargo_hone.events import Emit, Event, EventKind
from cargo_hone.measure.meter import Arm
from cargo_hone.optimize.proposal import Proposal


def hand_over(arm: Arm, proposal: Proposal, emit: Emit) -> None:
    """Add the arm's cache entries to the user's own local cache.

    Only where no server is running: it would not notice them, and ending it might harm somebody's build. A cache
    that is not a local directory, or cannot be written, just stays as it is: nothing depends on this.
    """
    engine = proposal.context.engine
    if engine is None or not isinstance(arm.probe, TrialCache):
        return
    try:
        state = Sccache(engine.path).state(proposal.request.env)
        if state.running or state.directory is None:
            return
        count = arm.probe.hand_over(state.directory)
    except HoneError as error:
        message = f"your cache begins empty: {error.message}"
        emit(Event(kind=EventKind.BLOCKED, step="sccache", message=message))
        return
    message = f"gave {count} cached compilations to {state.directory}"
    emit(Event(kind=EventKind.STARTED, step="sccache", message=message))
