"""What `cargo hone` looks at: the cache, the target directory, what the doctor finds, what was measured last."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.query import latest_run
from cargo_hone.history.run import RunRecord
from cargo_hone.workspace.facts import WorkspaceFacts

__all__ = ["Status", "expect", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the screen shows.

    `cache` is None without an engine, or one that does not answer, `doctor` where it could not look.
    """

    facts: WorkspaceFacts
    engine: EngineLocation | None
    cache: CacheState | None
    cache_problem: str
    target: DiskUsage
    last: RunRecord | None
    doctor: Summary | None
    doctor_problem: str


def look(invocation: Invocation, found: WorkspaceFacts) -> Status:
    """Look at all that cargo does not tell. Raises as `open_existing_history` does."""
    engine = Sccache()
    location = engine.locate(invocation.env)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # The only thing here that waits for another program.
        asked = pool.submit(_cache, invocation, location)
        doctor, doctor_problem = _examined(invocation, found)
        with open_existing_history(invocation.state_dir(found.root)) as database:
            last = latest_run(database) if database else None
        target = disk_usage(found.target_dir)
        cache, cache_problem = asked.result()
    return Status(
        facts=found,
        engine=location,
        cache=cache,
        cache_problem=cache_problem,
        target=target,
        last=last,
        doctor=doctor,
        doctor_problem=doctor_problem,
    )


def _cache(
    invocation: Invocation, location: EngineLocation | None
) -> tuple[CacheState | None, str]:
    if location is None:
        return None, "not installed"
    try:
        return Sccache(location.path).state(invocation.env), ""
    except HoneError as error:
        return None, error.message


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
