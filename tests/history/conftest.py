"""What a run is recorded with, where its content does not matter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cargo_hone.history.database import Database, open_history
from cargo_hone.history.environment import Environment
from cargo_hone.history.record import Recorder
from cargo_hone.history.run import Subject
from cargo_hone.model import CacheCounts, Sample, Scenario, Variant

SUBJECT = Subject(
    workspace_root=Path("/code/shop"),
    git_commit="abc",
    git_dirty=True,
    rustc_version="rustc 1.95.0",
    cargo_version="cargo 1.95.0",
    tool_version="0.1.0",
    seed=7,
)
MACHINE = Environment(
    cpu_model="Example CPU", cores=2, memory_bytes=1 << 30, kernel="Linux 6.1.0 x86_64", load=0.5
)
VARIANTS = (
    Variant(name="baseline"),
    Variant(
        name="all changes",
        config=('profile.dev.debug="none"',),
        env=(("HONE_A", "1"),),
        cached=True,
    ),
)


def sample(
    repetition: int, *, variant: str = "baseline", cache: CacheCounts | None = None
) -> Sample:
    return Sample(
        scenario=Scenario.NOOP,
        variant=variant,
        repetition=repetition,
        wall_s=0.1 + repetition,
        cpu_s=0.3,
        units_compiled=0,
        units_fresh=72,
        target_bytes=None if cache is None else 4096,
        cache=cache,
        started_at="2026-11-22T12:00:00.000+00:00",
    )


def begin(database: Database) -> Recorder:
    return Recorder.start(database, subject=SUBJECT, environment=MACHINE, variants=VARIANTS)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_history(tmp_path / "state") as opened:
        yield opened
