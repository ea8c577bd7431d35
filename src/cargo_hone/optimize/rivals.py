"""The rivals of the default cache that are installed here: measured beside it, and what they would bring is said.

They are not set up: what each takes is said as well. Their session begins when all is decided, so that it changes
neither the samples nor the time of a run without rivals.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from cargo_hone.cache.break_even import Pays, break_even, column
from cargo_hone.cache.break_even import said as break_even_said
from cargo_hone.cache.engines import Rival
from cargo_hone.measure.meter import Arm
from cargo_hone.measure.order import Measured, Order
from cargo_hone.measure.scratch import Scratch
from cargo_hone.measure.statistics import compare_samples
from cargo_hone.model import AnyScenario, Comparison, Sample, Scenario, Variant, VerdictKind
from cargo_hone.optimize.decision import BASE, CACHE_ONLY, said, worse_scenarios
from cargo_hone.optimize.proposal import Proposal

OFFSET = 2000
"""Keeps the repetitions of this session apart from those of the others."""
_REPETITIONS: Mapping[AnyScenario, int] = {
    Scenario.CLEAN_COLD: 3,
    Scenario.CLEAN_WARM: 3,
    Scenario.EDIT_ROOT: 3,
}
"""The fewest that allow a verdict, of what rivals differ in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RivalArm:
    """A rival and the arm that builds through it."""

    rival: Rival
    arm: Arm

    @property
    def recorded(self) -> Variant:
        """The variant for the history: this user's PATH is nobody else's business."""
        env = tuple(pair for pair in self.arm.variant.env if pair[0] != "PATH")
        return replace(self.arm.variant, env=env)


@contextlib.contextmanager
def rival_arms(proposal: Proposal, *, scratch: Scratch) -> Iterator[tuple[RivalArm, ...]]:
    """Make an arm for each rival, with a private store; all of it is gone at the end."""
    with contextlib.ExitStack() as stack:
        made = []
        for rival in proposal.rivals:
            store = stack.enter_context(
                rival.engine.trial(
                    name=rival.engine.name,
                    place=scratch.builds_dir,
                    capacity=proposal.context.capacity,
                    env=scratch.environ,
                )
            )
            variant = Variant(
                name=column(rival.engine.name),
                config=store.config,
                env=tuple(sorted(store.own.items())),
                cached=True,
            )
            made.append(RivalArm(rival=rival, arm=Arm(variant=variant, probe=store)))
        yield tuple(made)


def order(*, seed: int, clean_s: float, quick: bool) -> Order:
    """What is measured of the baseline, the default and its rivals."""
    return Order(
        repetitions=_REPETITIONS,
        seed=seed + OFFSET,
        clean_s=clean_s,
        cold_at_most={CACHE_ONLY: 1} if quick else {},
        keep_going=True,
        unit_times=False,
    )


def expected_s(clean_s: float, rivals: int) -> float:
    """About what the session takes, from what a clean build took in the user's tree: no cache is taken to help."""
    variants = 2 + rivals
    edits_share = 0.15
    cold = _REPETITIONS[Scenario.CLEAN_COLD] * variants
    warm = _REPETITIONS[Scenario.CLEAN_WARM] * (variants - 1)
    return clean_s * (cold + warm + _REPETITIONS[Scenario.EDIT_ROOT] * variants * edits_share)


def judge(measured: Measured, rivals: Sequence[Rival]) -> tuple[str, ...]:
    """Say of each rival whether it beats the default here, by how much, and what choosing it means."""
    return tuple(_judged(rival, measured) for rival in rivals)


def _judged(rival: Rival, measured: Measured) -> str:
    name = column(rival.engine.name)
    title = f"{rival.engine.name} {rival.location.version}"
    failed = next((one for one in measured.failures if one.variant == name), None)
    if failed is not None:
        return f"{title} was not measured: {failed.message}"
    samples = measured.samples
    warm = _against_default(samples, name, Scenario.CLEAN_WARM)
    edit = _against_default(samples, name, Scenario.EDIT_ROOT)
    worse = worse_scenarios(
        samples, base=CACHE_ONLY, other=name, scenarios=[Scenario.CLEAN_WARM, Scenario.EDIT_ROOT]
    )
    figures = f"a warm clean build {_times(samples, name, Scenario.CLEAN_WARM)}: {said(warm)}"
    if edit.ratio is not None:
        figures += (
            f", an edit of the root {_times(samples, name, Scenario.EDIT_ROOT)}: {said(edit)}"
        )
    weighed = break_even(samples, base=BASE, cached=name)
    if warm.kind is not VerdictKind.FASTER:
        return f"{title} does not beat sccache here ({figures})"
    if weighed.verdict is Pays.PAYS:
        figures += f"; against no cache, {break_even_said(weighed)}"
    meaning = f"{rival.engine.meaning}; to try it: {rival.engine.by_hand}"
    if worse:
        return f"{title} beats sccache here in warm clean builds, but makes {worse} slower ({figures}). {meaning}"
    return f"{title} beats sccache here ({figures}). {meaning}"


def _against_default(samples: Sequence[Sample], name: str, scenario: Scenario) -> Comparison:
    return compare_samples(samples, base=(CACHE_ONLY, scenario), other=(name, scenario))


def _times(samples: Sequence[Sample], name: str, scenario: Scenario) -> str:
    """The medians, `0.7 s against 11.2 s`."""
    return " against ".join(
        f"{median(times_s):.1f} s" if times_s else "nothing"
        for times_s in (
            [s.wall_s for s in samples if s.variant == variant and s.scenario is scenario]
            for variant in (name, CACHE_ONLY)
        )
    )
