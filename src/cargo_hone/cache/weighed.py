"""Whether an engine has paid on this workspace: the newest measurement in the history that can tell."""

from dataclasses import dataclass

from cargo_hone.cache.break_even import BreakEven, Pays, break_even, column
from cargo_hone.history.course import MeasuredRun, measured_runs
from cargo_hone.history.database import Database
from cargo_hone.history.query import load_run
from cargo_hone.measure.variants import BASE

_WRAPPER = "build.rustc-wrapper="
_DEFAULT = "sccache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What one run showed; `day` is its date."""

    run_id: int
    day: str
    found: BreakEven


def newest(database: Database, engine: str) -> Weighed | None:
    """Weigh an engine by the newest run of this machine that measured clean builds with it and without."""
    for run in reversed(measured_runs(database)):
        variant = _column(run, engine)
        if variant is None or run.imported:
            continue
        found = break_even(load_run(database, run.id).samples, base=BASE, cached=variant)
        if found.verdict is not Pays.NOT_MEASURED:
            return Weighed(run_id=run.id, day=run.started_at[:10], found=found)
    return None


def _column(run: MeasuredRun, engine: str) -> str | None:
    """The variant of a run that builds through the engine and changes nothing else."""
    if BASE not in run.variants or BASE in run.cached:
        return None
    if column(engine) in run.variants:
        return column(engine)
    if engine != _DEFAULT:
        return None
    # What `measure` knows as cached is cached by sccache; other settings beside it would be weighed as well.
    settings = dict(zip(run.variants, run.configs, strict=True))
    return next(
        (
            name
            for name in run.cached
            if settings[name] and all(one.startswith(_WRAPPER) for one in settings[name])
        ),
        None,
    )
