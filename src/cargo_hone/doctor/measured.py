"""What clean builds left on the disk when they were measured."""

import statistics
from dataclasses import dataclass
from pathlib import Path

from cargo_hone.history.course import course, measured_runs
from cargo_hone.history.database import open_existing_history
from cargo_hone.model import Scenario

_CLEAN = (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM, Scenario.FRESH_CHECKOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanBuild:
    """The size of the target directory after one, as the median of so many samples."""

    median_bytes: int
    samples: int


def clean_build(state_dir: Path) -> CleanBuild | None:
    """Return what the newest run says that measured clean builds; None where none did.

    Raises as `open_existing_history` does.
    """
    with open_existing_history(state_dir) as database:
        points = course(database, measured_runs(database)) if database is not None else ()
    clean = [point for point in points if point.scenario in _CLEAN and point.target_bytes]
    if not clean:
        return None
    newest = [b for p in clean if p.run.id == clean[-1].run.id for b in p.target_bytes]
    return CleanBuild(median_bytes=round(statistics.median(newest)), samples=len(newest))
