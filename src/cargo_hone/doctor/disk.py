"""How long the disk will do, from what was measured of clean builds here."""

import shutil
from pathlib import Path

from cargo_hone.doctor.facts import DiskForecast
from cargo_hone.history.place import DATABASE_NAME


def forecast(target: Path, state_dir: Path) -> DiskForecast | None:
    """The forecast from the newest run that measured clean builds; None where there is none.

    Raises as `open_existing_history` does.
    """
    if not (state_dir / DATABASE_NAME).is_file():
        return None
    from cargo_hone.doctor.measured import clean_build  # noqa: PLC0415 - only where there is a history

    built = clean_build(state_dir)
    there = next((p for p in (target, *target.parents) if p.is_dir()), None)
    if built is None or there is None:
        return None
    return DiskForecast(
        free_bytes=shutil.disk_usage(there).free,
        clean_build_bytes=built.median_bytes,
        builds_measured=built.samples,
    )
