"""What the main job is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cargo_hone.cache.capacity import Capacity
from cargo_hone.settings.model import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of the main job. `env` is the environment for cargo, `flags` what cargo gets as well.

    `quick` takes the fewest samples that allow a verdict. `budget_s` bounds the time for measuring: fewer repetitions
    planned where the builds are slow. `scratch_parent` is where the scratch copy is made (None: beside the repository).
    `command` is the command line, for the report. `unproven` is the file that names a change while it is being
    proven. `capacity_given`: the user asked for that cap; a default does not replace a cap of theirs.
    `pipeline`: whether workflows and development containers are changed as well (None: where there are some).
    """

    manifest: Path
    env: Mapping[str, str]
    flags: tuple[str, ...]
    unproven: Path
    capacity: Capacity
    capacity_given: bool
    quick: bool
    budget_s: float
    disk_threshold_bytes: int
    scratch_parent: Path | None
    command: str
    seed: int
    settings: Settings = field(default_factory=Settings)
    pipeline: bool | None = None
