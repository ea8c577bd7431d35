"""What `cargo hone` looks at: the cache, the target directory, what the doctor finds, what was measured last."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cargo_hone.cache.interface import CacheState, EngineLocation
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cli.invocation import Invocation
from cargo_hone.doctor.asking import Answer
from cargo_hone.doctor.documents import expect
from cargo_hone.doctor.examination import examine
from cargo_hone.doctor.look import look as look_for_the_doctor
from cargo_hone.doctor.summary import Summary, summarised
from cargo_hone.errors import HoneError
from cargo_hone.files.walk import DiskUsage, disk_usage
from cargo_hone.history.place import DATABASE_NAME
from cargo_hone.workspace.facts import WorkspaceFacts

if TYPE_CHECKING:
    from cargo_hone.history.run import RunRecord

__all__ = ["Cache", "Status", "cache", "expect", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """The compiler cache. `state` is None without an engine, or where it does not answer: `problem` says which."""

    engine: EngineLocation | None
    state: CacheState | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the screen shows. `doctor` is None where it could not look: `doctor_problem` says why."""

    facts: WorkspaceFacts
    cache: Cache
    target: DiskUsage
    last: "RunRecord | None"
    doctor: Summary | None
    doctor_problem: str


def look(invocation: Invocation, found: WorkspaceFacts, asked: Cache) -> Status:
    """Look at the rest. Raises as `open_existing_history` does."""
    doctor, doctor_problem = _examined(invocation, found)
    return Status(
        facts=found,
        cache=asked,
        target=disk_usage(found.target_dir),
        last=_last(invocation.state_dir(found.root)),
        doctor=doctor,
        doctor_problem=doctor_problem,
    )


def cache(invocation: Invocation) -> Cache:
    """Ask the cache, which takes two calls of its program."""
    location = Sccache().locate(invocation.env)
    if location is None:
        return Cache(engine=None, state=None, problem="not installed")
    try:
        state = Sccache(location.path).state(invocation.env)
    except HoneError as error:
        return Cache(engine=location, state=None, problem=error.message)
    return Cache(engine=location, state=state, problem="")


def _last(state_dir: Path) -> "RunRecord | None":
    """The newest run; where nothing was measured yet, nothing that reads a history is imported."""
    if not (state_dir / DATABASE_NAME).is_file():
        return None
    from cargo_hone.history.database import open_existing_history  # noqa: PLC0415
    from cargo_hone.history.query import latest_run  # noqa: PLC0415

    with open_existing_history(state_dir) as database:
        return latest_run(database) if database else None


def _examined(invocation: Invocation, found: WorkspaceFacts) -> tuple[Summary | None, str]:
    """What the doctor finds, in numbers; settings that are broken must not cost the rest of the screen."""
    answer = Answer(workspace=found.metadata, outside=found.excluded)
    try:
        facts = look_for_the_doctor(
            answer, env=invocation.env, state_dir=invocation.state_dir(found.root)
        )
        return summarised(examine(facts)), ""
    except HoneError as error:
        return None, error.message
