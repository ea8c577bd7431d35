"""The proof: base and head built side by side, in two scratch copies on one machine, their builds taking turns.

What differs between two machines, or between two hours, is in both alike. Measuring stops as soon as the budgets are
decided (the intervals allow for that) or the time is over; what was measured until then counts.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cargo_hone.ci.gate_judged import Budget
from cargo_hone.ci.gate_sides import Side, Task, side_of
from cargo_hone.errors import Unavailable
from cargo_hone.measure.builds import ClockMovedError
from cargo_hone.measure.gate_budget import GATE_LOOKS, GateKind, paired_budget
from cargo_hone.measure.meter import BUILD
from cargo_hone.measure.scenarios import BUILT_IN, Recipe
from cargo_hone.model import Sample, Scenario

BASE_SIDE, HEAD_SIDE = "base", "head"
_RECIPES: Mapping[Budget, Recipe] = {
    # What is quick comes first: the time may be over before the other.
    Budget.INCREMENTAL: BUILT_IN[Scenario.EDIT_ROOT],
    Budget.CLEAN: BUILT_IN[Scenario.CLEAN_COLD],
}
_GUESSED_EDIT = 0.15
"""Of a clean build, until one was timed."""


@dataclass(slots=True, kw_only=True)
class Proof:
    """What was found: samples of both sides (variants `base` and `head`); `why` a budget could not be proven."""

    samples: list[Sample] = field(default_factory=list)
    why: dict[Budget, str] = field(default_factory=dict)

    def times(self, budget: Budget) -> tuple[list[float], list[float]]:
        """Return the paired times of base and head, in seconds."""
        scenario = _RECIPES[budget].scenario
        sides: dict[str, dict[int, float]] = {BASE_SIDE: {}, HEAD_SIDE: {}}
        for sample in self.samples:
            if sample.scenario == scenario:
                sides[sample.variant][sample.repetition] = sample.wall_s
        shared = sorted(sides[BASE_SIDE].keys() & sides[HEAD_SIDE].keys())
        base, head = sides[BASE_SIDE], sides[HEAD_SIDE]
        return [base[number] for number in shared], [head[number] for number in shared]

    def target_bytes(self, side: str) -> list[int]:
        """Return the sizes of a side's target directory after clean builds."""
        return [
            sample.target_bytes
            for sample in self.samples
            if sample.variant == side and sample.target_bytes is not None
        ]


def prove(task: Task, *, on_sample: Callable[[Sample], None]) -> Proof:
    """Build both sides in turns until all is decided or the time is over.

    `on_sample` gets each sample as soon as it is there. Raises BuildFailed where a side does not build, UsageProblem
    where base cannot be had, Unavailable for git, disk or a clock that was moved.
    """
    proof = Proof()
    with (
        side_of(task, HEAD_SIDE, commit=None) as head,
        side_of(task, BASE_SIDE, commit=task.base_commit) as base,
    ):
        session = _Session(task, (base, head), proof, on_sample)
        session.warm_up()
        for budget in _RECIPES:
            if budget in task.allowed:
                session.decide(budget)
    return proof


class _Session:
    def __init__(
        self,
        task: Task,
        sides: tuple[Side, Side],
        proof: Proof,
        on_sample: Callable[[Sample], None],
    ) -> None:
        self.task = task
        self.sides = sides
        self.proof = proof
        self.on_sample = on_sample
        self.started_s = time.monotonic()
        self.generator = random.Random(task.seed)  # noqa: S311 (an order, not a secret)
        self.clean_s = 0.0

    def warm_up(self) -> None:
        """Build each side once, untimed: it downloads, fills the page cache, and says what a build takes."""
        for side in self.sides:
            side.builds.warm_up([_RECIPES[Budget.CLEAN]], version=side.sources.version)
            self.clean_s = max(self.clean_s, side.builds.full_s[BUILD])

    def decide(self, budget: Budget) -> None:
        """Measure pairs for one budget until it is decided; why it is not is kept."""
        recipe = _RECIPES[budget]
        first_s = self.clean_s * (1.0 if budget is Budget.CLEAN else _GUESSED_EDIT)
        least = GATE_LOOKS[0]
        needed_s = 2.0 * least * first_s
        if not self._is_time_for(needed_s):
            self.proof.why[budget] = (
                f"{least} pairs of builds would take about {needed_s:.0f} s more, and the time for the proof "
                f"({self.task.seconds:.0f} s) does not allow it"
            )
            return
        if budget is Budget.INCREMENTAL and (why := self._ready_to_edit(recipe)):
            self.proof.why[budget] = why
            return
        for repetition in range(1, GATE_LOOKS[-1] + 1):
            began_s = time.monotonic()
            self._pair(recipe, repetition, edits=budget is Budget.INCREMENTAL)
            times = self.proof.times(budget)
            if (
                paired_budget(*times, allowed=self.task.allowed[budget]).kind
                is not GateKind.INCONCLUSIVE
            ):
                return
            if not self._is_time_for(time.monotonic() - began_s):
                self.proof.why[budget] = "the time for the proof was over before it was decided"
                return

    def _ready_to_edit(self, recipe: Recipe) -> str:
        for side in self.sides:
            if why := side.choose_edit(recipe, self.task.flags):
                return why
        crates = {side.edited for side in self.sides}
        if len(crates) > 1:
            return f"base and head have different crates that most others stand on: {', '.join(sorted(crates))}"
        for side in self.sides:
            side.ready(recipe)
            side.edit(recipe, timed=False, repetition=0)
        return ""

    def _pair(self, recipe: Recipe, repetition: int, *, edits: bool) -> None:
        order = list(self.sides)
        self.generator.shuffle(order)
        for side in order:
            try:
                if edits:
                    sample = side.edit(recipe, timed=True, repetition=repetition)
                else:
                    sample = side.timed(recipe, repetition)
            except ClockMovedError as moved:
                raise Unavailable(
                    "the clock was moved, or the machine slept, while base and head were built side by side",
                    next_step="run the command again",
                ) from moved
            if sample is not None:
                self.proof.samples.append(sample)
                self.on_sample(sample)

    def _is_time_for(self, seconds: float) -> bool:
        return time.monotonic() - self.started_s + seconds <= self.task.seconds
