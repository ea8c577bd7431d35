"""What the rounds so far say of one lever against what it is tried on: a gain, harm, nothing, or more rounds. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cargo_hone.measure.statistics import CONFIDENCE, MARGIN
from cargo_hone.model import AnyScenario, Comparison, Scenario, VerdictKind
from cargo_hone.tune import judging
from cargo_hone.tune.fate import Fate, Outcome
from cargo_hone.tune.judging import Points

NOTICEABLE_S = 0.1
"""Less than this nobody notices, however sure it is."""
_ASSUMED_NOISE = 0.03
"""Of the logarithm of a time, until a scenario's own is known."""
_OPTIMISM = 1.28
"""Standard errors: a gain that is beyond them is not hoped for any more (one of ten true ones is given up)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts. `weights`: how often a day somebody waits for a scenario; those that are measured, in their order.

    `margin` is the ratio by which a scenario may get slower (0.05), `error` the rate of false gains of one lever.
    `looks`: after how many rounds of a scenario a gain may be claimed; the last is the most that are measured, and
    `most_clean` the most of builds from nothing.
    """

    weights: Mapping[AnyScenario, float]
    margin: float = MARGIN
    error: float = 1.0 - CONFIDENCE
    looks: tuple[int, ...] = (2, 4, 6)
    most_clean: int = 4
    noticeable_s: float = NOTICEABLE_S

    def most(self, scenario: AnyScenario) -> int:
        """Return how many rounds of a scenario a lever gets at most."""
        return self.most_clean if is_clean(scenario) else self.looks[-1]

    def first(self, scenario: AnyScenario) -> int:
        """Return how many rounds of a scenario a lever gets before it is judged: from nothing takes long."""
        return 1 if is_clean(scenario) else self.looks[0]

    @property
    def claim(self) -> float:
        """The confidence for gain and harm: the error rate is shared by scenarios and looks (Bonferroni), one-sided."""
        chances = len(self.weights) * len(self.looks)
        return 1.0 - 2.0 * self.error / chances


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a lever: settled with an outcome (`gains`: it is a winner), or where rounds are missing."""

    outcome: Outcome | None = None
    gains: tuple[AnyScenario, ...] = ()
    needs: tuple[AnyScenario, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """An arm against another one, by the rounds so far."""

    points: Points
    rules: Rules
    base: str
    arm: str
    cached: bool = False

    def standing(self) -> Standing:
        """Say what is known."""
        harmed = [scenario for scenario in self.judged if self.harm(scenario)]
        if harmed:
            said = ", ".join(f"{s} slower: {percent(self.compared(s))}" for s in harmed)
            return Standing(outcome=Outcome(fate=Fate.HARMFUL, why=f"it makes {said}"))
        gains = tuple(scenario for scenario in self.judged if self.gain(scenario))
        if gains:
            return self._winner(gains)
        hoped = [scenario for scenario in self.judged if self.is_hoped(scenario)]
        needs = tuple(self._measured(s) for s in hoped if self.rounds(s) < self.rules.most(s))
        if needs:
            return Standing(needs=tuple(dict.fromkeys(needs)))
        if hoped:
            why = f"its effect on {', '.join(hoped)} is smaller than the noise"
            return Standing(outcome=Outcome(fate=Fate.INCONCLUSIVE, why=why))
        why = "no scenario gets faster"
        doubted = [f"{s} {percent(self.compared(s))}" for s in self.judged if self.is_suspected(s)]
        if doubted:
            # No gain can be hoped for: nothing more is built to show that it does harm.
            why += f", and it looks slower: {', '.join(doubted)}"
        return Standing(outcome=Outcome(fate=Fate.USELESS, why=why))

    @property
    def judged(self) -> tuple[AnyScenario, ...]:
        """The scenarios that count, with a warm clean build where there is a cache."""
        scenarios = tuple(s for s in self.rules.weights if s is not Scenario.CLEAN_WARM)
        warm = self.cached and Scenario.CLEAN_COLD in scenarios
        return (*scenarios, Scenario.CLEAN_WARM) if warm else scenarios

    def rounds(self, scenario: AnyScenario) -> int:
        """How many rounds of a scenario there are of both."""
        return judging.pairs(self.points, scenario, base=self.base, arm=self.arm)

    def compared(self, scenario: AnyScenario, *, confidence: float = CONFIDENCE) -> Comparison:
        """The comparison by all rounds so far."""
        return self._compared(scenario, confidence, None)

    def gain(self, scenario: AnyScenario) -> bool:
        """Whether a scenario was shown to be noticeably faster, at the last look that was reached."""
        reached = [look for look in self.rules.looks if look <= self.rounds(scenario)]
        if not reached:
            return False
        found = self._compared(scenario, self.rules.claim, reached[-1])
        return found.kind is VerdictKind.FASTER and self.is_noticeable(found, scenario)

    def is_noticeable(self, found: Comparison, scenario: AnyScenario) -> bool:
        """Whether a comparison comes to more than what nobody would notice."""
        changed_s = ((found.ratio or 1.0) - 1.0) * self._base_s(scenario)
        return abs(changed_s) > self.rules.noticeable_s

    def harm(self, scenario: AnyScenario) -> bool:
        """Whether a scenario was shown to be slower, by more than the margin and noticeably."""
        found = self.compared(scenario, confidence=self.rules.claim)
        return found.kind is VerdictKind.SLOWER and self.is_suspected(scenario)

    def is_suspected(self, scenario: AnyScenario) -> bool:
        """Whether a scenario looks slower by more than the margin and noticeably, shown or not."""
        found = judging.ratio(self.points, scenario, base=self.base, arm=self.arm)
        if found is None or found <= 1.0 + self.rules.margin:
            return False
        lost_s = (found - 1.0) * self._base_s(scenario)
        return lost_s > self.rules.noticeable_s and not self._is_paid_back(scenario)

    def is_hoped(self, scenario: AnyScenario) -> bool:
        """Whether a gain worth having may still be there."""
        count = self.rounds(scenario)
        found = judging.ratio(self.points, scenario, base=self.base, arm=self.arm)
        if found is None or count < self.rules.first(scenario):
            return True
        known = judging.noise(self.points, judging.stands_for(scenario))
        deviation = known.deviation if known is not None else _ASSUMED_NOISE
        best = math.log(found) - _OPTIMISM * deviation * math.sqrt(2.0 / count)
        worth = max(self.rules.margin, self.rules.noticeable_s / max(self._base_s(scenario), 1e-9))
        return worth < 1.0 and best < math.log1p(-worth)

    def _winner(self, gains: tuple[AnyScenario, ...]) -> Standing:
        missing = [s for s in self.judged if self.rounds(s) < self.rules.first(s)]
        doubted = [s for s in self.judged if self.is_suspected(s)]
        needs = [s for s in doubted if self.rounds(s) < self.rules.most(s)]
        if missing or needs:
            wanted = (self._measured(scenario) for scenario in (*missing, *needs))
            return Standing(gains=gains, needs=tuple(dict.fromkeys(wanted)))
        if doubted:
            said = ", ".join(f"{s} ({percent(self.compared(s))})" for s in doubted)
            why = f"it may make {said} slower, and that was not ruled out"
            return Standing(outcome=Outcome(fate=Fate.INCONCLUSIVE, why=why))
        return Standing(gains=gains)

    def _is_paid_back(self, scenario: AnyScenario) -> bool:
        """Whether what a cache costs when it is filled is less than what it gives a day when it is warm."""
        if scenario is not Scenario.CLEAN_COLD or not self.cached:
            return False
        weights = {s: w for s, w in self.rules.weights.items() if is_clean(s)}
        return judging.saved_s(self.points, weights, base=self.base, arm=self.arm) > 0.0

    def _compared(self, scenario: AnyScenario, confidence: float, most: int | None) -> Comparison:
        return judging.compare(
            self.points,
            scenario,
            base=self.base,
            arm=self.arm,
            confidence=confidence,
            margin=self.rules.margin,
            most=most,
        )

    def _base_s(self, scenario: AnyScenario) -> float:
        return judging.base_s(self.points, judging.stands_for(scenario), self.base) or 0.0

    @staticmethod
    def _measured(scenario: AnyScenario) -> AnyScenario:
        """The scenario whose rounds bring the samples: a warm build follows its cold one."""
        return judging.stands_for(scenario)


def is_clean(scenario: AnyScenario) -> bool:
    """Whether a scenario builds from nothing."""
    return scenario in (Scenario.CLEAN_COLD, Scenario.CLEAN_WARM)


def percent(found: Comparison) -> str:
    """Return `-31 % (-35 to -26)`; the interval only where there is one."""
    if found.ratio is None:
        return "not measured"
    text = f"{(found.ratio - 1.0) * 100.0:+.0f} %"
    if found.low is None or found.high is None:
        return text
    return f"{text} ({(found.low - 1.0) * 100.0:+.0f} to {(found.high - 1.0) * 100.0:+.0f})"
