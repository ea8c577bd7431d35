"""What earlier sweeps wrote down: all that a plan wants of the history."""

from pathlib import Path

from cargo_hone.history.database import open_existing_history
from cargo_hone.history.swept import RebuildTime
from cargo_hone.history.unit_times import unit_times


def recall(state_dir: Path, target_dir: Path) -> tuple[RebuildTime, ...]:
    """Return the compile times that earlier sweeps saw; makes no file. Raises as `open_existing_history` does."""
    with open_existing_history(state_dir) as database:
        return unit_times(database, target_dir.resolve()) if database else ()
