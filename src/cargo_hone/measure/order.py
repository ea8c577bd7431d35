"""What a session is asked to do, what it tells while it runs, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cargo_hone.cargo.timings import UnitTime
from cargo_hone.measure.builds import Failure
from cargo_hone.measure.edited_crates import EditedCrate, Skipped
from cargo_hone.measure.scenarios import BUILT_IN, Recipe
from cargo_hone.model import AnyScenario, Sample, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be measured: timed builds of each variant, per scenario, in an order drawn from `seed`."""

    repetitions: Mapping[AnyScenario, int]
    """How often each scenario is measured; with a budget, at most."""
    seed: int
    clean_s: float | None = None
    """What a clean build of the base took just before, in another place: it has downloaded what is needed and filled
    the page cache, so that no warm-up has to be built. None: make one."""
    cold_at_most: Mapping[str, int] = field(default_factory=dict)
    """Fewer cold clean builds for some variants, by name."""
    recipes: Mapping[AnyScenario, Recipe] = field(default_factory=lambda: BUILT_IN)
    budget_s: float | None = None
    """For everything from the warm-up on; it is spent where it decides most."""
    known_s: Mapping[AnyScenario, float] = field(default_factory=dict)
    """What scenarios took in earlier runs: estimates stand on it until there are samples."""
    keep_going: bool = False
    """A build that fails in one variant is kept as a Failure, and the others go on."""
    unit_times: bool = True
    """At the end, edit once more and let cargo say what takes how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What goes on now. `remaining_s` is an estimate for all that is to come; None where nobody knows.

    `units` counts the units that the present build has finished.
    """

    doing: str
    variant: str
    units: int
    elapsed_s: float
    remaining_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedEdit:
    """One more build after an edit, by the last variant, unit by unit; it is no sample."""

    scenario: Scenario
    wall_s: float
    units: tuple[UnitTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a session found: samples, which crates were edited, scenarios that could not be run, what failed.

    `notes` are sentences about what went otherwise than planned.
    """

    samples: tuple[Sample, ...]
    edited: tuple[EditedCrate, ...]
    skipped: tuple[Skipped, ...]
    timed: tuple[TimedEdit, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
