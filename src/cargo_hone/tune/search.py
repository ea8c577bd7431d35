"""The search: what to measure next, given the times so far, until it is known what pays. No clock, no builds.

It asks for one round at a time (`ask`) and is told its times (`told`), so that it runs on recorded times as on a
machine. It screens each lever against the base, in the order of the candidates; adds the winners one after the other,
the one that saves most a day first, each against what was chosen before it; and confirms the whole by fresh pairs whose
number is fixed before the first of them. What was chosen counts only if the confirmation shows a gain and no harm.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cargo_hone.measure.variants import BASE
from cargo_hone.model import AnyScenario, Comparison, Scenario
from cargo_hone.tune import adding, confirming, forecast
from cargo_hone.tune.fate import Ask, Candidate, Fate, Outcome, Stage, arm_of, levers_of
from cargo_hone.tune.judging import Point, Points
from cargo_hone.tune.screening import Rules, Trying, is_clean

_OVERRUN = 1.05
"""Of the budget: a round that would end later is not begun."""


@dataclass(slots=True, kw_only=True)
class Search:
    """The state of one search. `clean_s` is what a clean build of the base takes, by the warm-up."""

    candidates: tuple[Candidate, ...]
    rules: Rules
    budget_s: float
    clean_s: float
    seed: int
    stage: Stage = Stage.SCREEN
    points: Points = field(default_factory=Points)
    chosen: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    confirmed: Mapping[AnyScenario, Comparison] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    impossible: set[AnyScenario] = field(default_factory=set)
    _admitted: list[str] = field(default_factory=list)
    _to_add: list[str] = field(default_factory=list)
    _asked: dict[AnyScenario, int] = field(default_factory=dict)
    _wanted: dict[AnyScenario, int] = field(default_factory=dict)
    _since: dict[AnyScenario, int] = field(default_factory=dict)

    def ask(self, elapsed_s: float) -> Ask | None:
        """Return the next round; None where all is known, or the budget allows no more. `elapsed_s` since the start."""
        while self.stage is not Stage.DONE:
            match self.stage:
                case Stage.SCREEN:
                    found = self._screen(elapsed_s)
                case Stage.ADD:
                    found = self._add(elapsed_s)
                case Stage.CONFIRM:
                    found = self._confirm(elapsed_s)
            if found is not None:
                self._asked[found.scenario] = found.repetition
                return found
        return None

    def told(self, ask: Ask, points: Sequence[Point], *, failed: Mapping[str, str]) -> None:
        """Take the times of a round. `failed` names arms that do not build, with what was said."""
        self.points = self.points.plus(points)
        for arm, why in failed.items():
            if ask.stage is Stage.CONFIRM:
                self._give_up(f"the build failed when it was to be confirmed: {why}")
            elif levers_of(arm):
                name = levers_of(arm)[-1]
                self._settle(name, Fate.FAILED, why)
                self._to_add = [other for other in self._to_add if other != name]

    def leave_out(self, scenario: AnyScenario, why: str) -> None:
        """A scenario cannot be measured here."""
        self.impossible.add(scenario)
        self.notes.append(f"{scenario} was not measured: {why}")

    @property
    def measured(self) -> Rules:
        """The rules with the scenarios that can be measured."""
        weights = {s: w for s, w in self.rules.weights.items() if s not in self.impossible}
        return replace(self.rules, weights=weights)

    @property
    def scenarios(self) -> tuple[AnyScenario, ...]:
        """Those that are measured, from nothing first; a warm clean build is part of the cold one."""
        found = [s for s in self.measured.weights if s is not Scenario.CLEAN_WARM]
        return tuple(sorted(found, key=lambda scenario: not is_clean(scenario)))

    def trying(self, name: str) -> Trying:
        """Return a lever by itself against the base."""
        return self.against(BASE, (name,))

    def against(self, base: str, levers: tuple[str, ...]) -> Trying:
        """Return the arm of these levers against another arm."""
        return Trying(
            points=self.points,
            rules=self.measured,
            base=base,
            arm=arm_of(levers),
            cached=any(self.candidate(name).cached for name in levers),
        )

    def candidate(self, name: str) -> Candidate:
        """Return the candidate of a name."""
        return next(one for one in self.candidates if one.name == name)

    @property
    def cached(self) -> frozenset[str]:
        """The arms with a compiler cache, of those that were measured or may come."""
        with_cache = {one.name for one in self.candidates if one.cached}
        arms = {point.arm for point in self.points} | with_cache | {arm_of(self.chosen)}
        return frozenset(arm for arm in arms if with_cache & {*levers_of(arm)})

    def _screen(self, elapsed_s: float) -> Ask | None:
        needs: dict[AnyScenario, list[str]] = {}
        for name in self._admitted:
            if name in self.outcomes:
                continue
            trying = self.trying(name)
            standing = trying.standing()
            if standing.outcome is not None:
                self._settle(name, standing.outcome.fate, standing.outcome.why)
            for scenario in standing.needs:
                needs.setdefault(scenario, []).append(name)
        limit_s = self.budget_s - self._reserve_s()
        rounds = [
            self._round(scenario, [BASE, *needs[scenario]])
            for scenario in self.scenarios
            if scenario in needs
        ]
        early = [one for one in rounds if self._is_early(one)]
        for one in early or sorted(rounds, key=self._cost_s):
            if elapsed_s + self._cost_s(one) <= limit_s:
                return one
        if not needs and (first := self._admit(limit_s - elapsed_s)) is not None:
            return first
        self._end_screening(needs)
        return None

    def _is_early(self, one: Ask) -> bool:
        """Whether a round is one of the first that each lever gets."""
        first = self.measured.first(one.scenario)
        return any(self.trying(arm).rounds(one.scenario) < first for arm in one.arms if arm != BASE)

    def _admit(self, left_s: float) -> Ask | None:
        """Let as many further candidates in as their first rounds fit the time; return the first of these."""
        waiting = [c.name for c in self.candidates if c.name not in {*self._admitted}]
        waiting = [name for name in waiting if name not in self.outcomes]
        for count in range(len(waiting), 0, -1):
            arms = [BASE, *waiting[:count]]
            firsts = [self._round(scenario, arms) for scenario in self.scenarios]
            cost_s = sum(
                self._cost_s(one)
                + (self.measured.first(one.scenario) - 1) * self._timed_s(one.scenario, arms)
                - self._built_before_s(one, arms)
                for one in firsts
            )
            if cost_s <= left_s and firsts:
                self._admitted += waiting[:count]
                return firsts[0]
        return None

    def _built_before_s(self, one: Ask, arms: Sequence[str]) -> float:
        """What a round's forecast counts for building directories, which a clean round before it will have done."""
        if is_clean(one.scenario) or not any(is_clean(s) for s in self.scenarios):
            return 0.0
        known = {point.arm for point in self.points}
        own = one.scenario in (Scenario.CHECK, Scenario.TEST_BUILD, Scenario.TEST_RUN)
        return 0.0 if own else self.clean_s * sum(1 for arm in arms if arm not in known)

    def _timed_s(self, scenario: AnyScenario, arms: Sequence[str]) -> float:
        return sum(forecast.arm_s(scenario, arm, self.points, clean_s=self.clean_s) for arm in arms)

    def _end_screening(self, needs: Mapping[AnyScenario, Sequence[str]]) -> None:
        open_ = {name for names in needs.values() for name in names}
        untried = "the budget left no time for it" if self.scenarios else "nothing can be measured"
        for candidate in self.candidates:
            if candidate.name in open_:
                trying = self.trying(candidate.name)
                gains = [s for s in trying.judged if trying.gain(s)]
                if not gains or any(trying.is_suspected(s) for s in trying.judged):
                    self._settle(
                        candidate.name, Fate.INCONCLUSIVE, "too few rounds fitted the budget"
                    )
            elif candidate.name not in {*self._admitted, *self.outcomes}:
                self._settle(candidate.name, Fate.INCONCLUSIVE, untried)
        winners = [name for name in self._admitted if name not in self.outcomes]
        ranked, outdone = adding.ranked(
            [self.candidate(name) for name in winners], self.points, self.measured
        )
        self.outcomes |= outdone
        self.chosen, self._to_add = tuple(ranked[:1]), [*ranked[1:]]
        self.stage = Stage.ADD if ranked else Stage.DONE

    def _add(self, elapsed_s: float) -> Ask | None:
        if not self._to_add:
            self.stage = Stage.CONFIRM
            return None
        name, before = self._to_add[0], arm_of(self.chosen)
        trying = self.against(before, (*self.chosen, name))
        missing = [s for s in self._added_in(name) if trying.rounds(s) < self.measured.first(s)]
        if missing:
            one = self._round(missing[0], [before, trying.arm], Stage.ADD)
            if elapsed_s + self._cost_s(one) + self._confirm_s() <= self.budget_s:
                return one
            self._settle(name, Fate.INCONCLUSIVE, f"no time was left to try it with {before}")
        else:
            outcome = adding.judged(trying, total_s=adding.day_s(self.points, self.measured))
            if outcome is None:
                self.chosen = (*self.chosen, name)
            else:
                self.outcomes[name] = outcome
        self._to_add.pop(0)
        return None

    def _confirm(self, elapsed_s: float) -> Ask | None:
        arms = [BASE, arm_of(self.chosen)]
        if not self._wanted:
            self._since = {s: self._asked.get(s, 0) for s in self.scenarios}
            self._wanted = confirming.rounds(
                {s: self._cost_s(self._round(s, arms)) for s in self.scenarios},
                left_s=self.budget_s - elapsed_s,
                quick=len(self.rules.looks) <= 2,
            )
        for scenario in self.scenarios:
            done = self._asked.get(scenario, 0) - self._since[scenario]
            one = self._round(scenario, arms, Stage.CONFIRM)
            fits = elapsed_s + self._cost_s(one) <= _OVERRUN * self.budget_s
            if done < self._wanted.get(scenario, 0) and fits:
                return one
        self._judge_confirmation()
        return None

    def _judge_confirmation(self) -> None:
        found = confirming.judged(self.against(BASE, self.chosen), self._since, {*self._wanted})
        self.confirmed = found.compared
        if found.refusal and len(self.chosen) > 1 and found.harms:
            # The last one that was added is the one that was never tried with the base alone.
            self._settle(self.chosen[-1], Fate.HARMFUL, f"in the confirmation {found.refusal}")
            self.chosen, self._wanted = self.chosen[:-1], {}
            return
        if found.refusal:
            self._give_up(found.refusal)
            return
        for name in self.chosen:
            gains = self.trying(name)
            said = ", ".join(str(s) for s in gains.judged if gains.gain(s))
            self._settle(name, Fate.KEPT, f"faster by itself: {said}")
        self.stage = Stage.DONE

    def _give_up(self, why: str) -> None:
        for name in self.chosen:
            self._settle(name, Fate.INCONCLUSIVE, f"it won, but the whole was not confirmed: {why}")
        self.chosen, self.stage = (), Stage.DONE

    def _settle(self, name: str, fate: Fate, why: str) -> None:
        self.outcomes[name] = Outcome(fate=fate, why=why)

    def _reserve_s(self) -> float:
        """What must be left when the screening ends: to add one more winner, if there may be one, and to confirm."""
        return self._confirm_s() + (self._add_s() if len(self.candidates) > 1 else 0.0)

    def _add_s(self) -> float:
        """Try one more winner with what was chosen: its directory, its first edits, and the rounds of two arms."""
        arms = [arm_of(self.chosen), arm_of(("?",))]
        rounds = sum(
            self.measured.first(scenario) * self._timed_s(scenario, arms)
            + (0.0 if is_clean(scenario) else self._timed_s(scenario, arms[1:]))
            for scenario in self._added_in("?")
        )
        return self.clean_s + rounds

    def _added_in(self, name: str) -> tuple[AnyScenario, ...]:
        """The scenarios in which a winner is tried with the others: from nothing only where that is what it is for."""
        short = tuple(s for s in self.scenarios if not is_clean(s))
        if not short:
            return self.scenarios
        known = name != "?" and any(
            is_clean(s) and self.trying(name).gain(s) for s in self.trying(name).judged
        )
        return self.scenarios if known else short

    def _confirm_s(self) -> float:
        """The fewest rounds that confirm: of each scenario, the base and one arm."""
        return sum(
            confirming.fewest(scenario) * self._timed_s(scenario, [BASE, arm_of(self.chosen)])
            for scenario in self.scenarios
        )

    def _round(
        self, scenario: AnyScenario, arms: Sequence[str], stage: Stage = Stage.SCREEN
    ) -> Ask:
        repetition = self._asked.get(scenario, 0) + 1
        # An order that can be drawn again, not a secret.
        generator = random.Random(f"{self.seed} {scenario} {repetition}")  # noqa: S311
        order = tuple(generator.sample([*arms], len(arms)))
        return Ask(stage=stage, scenario=scenario, arms=order, repetition=repetition)

    def _cost_s(self, one: Ask) -> float:
        return forecast.ask_s(one, self.points, clean_s=self.clean_s, cached=self.cached)
