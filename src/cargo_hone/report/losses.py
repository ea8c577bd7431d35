"""What the user gives up: said wherever a gain is said."""

from typing import assert_never

from cargo_hone.history.run import RunRecord
from cargo_hone.model import LeverOutcome, Standing


def losses(run: RunRecord) -> tuple[str, ...]:
    """List what the applied levers take away, each once."""
    found = (
        lever.gives_up
        for lever in run.levers
        if lever.standing is Standing.APPLIED and lever.gives_up
    )
    return tuple(dict.fromkeys(found))


def gives_up_text(lever: LeverOutcome) -> str:
    """Say what one lever takes away: "nothing" if it is in effect, and no word if it is not."""
    match lever.standing:
        case Standing.APPLIED | Standing.ALREADY:
            return lever.gives_up or "nothing"
        case Standing.NOT_APPLICABLE | Standing.DID_NOT_PAY:
            return ""
        case _:
            assert_never(lever.standing)
