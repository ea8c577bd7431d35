"""Winners together: in which order they are added, and whether one more still adds something. Pure."""

from collections.abc import Sequence

from cargo_hone.measure.variants import BASE
from cargo_hone.tune import judging
from cargo_hone.tune.fate import Candidate, Fate, Outcome
from cargo_hone.tune.judging import Points
from cargo_hone.tune.screening import Rules, Trying, percent

_WORTH = 0.01
"""Of all the time that is waited for in a day: less than this is not worth what a lever gives up."""


def ranked(
    winners: Sequence[Candidate], points: Points, rules: Rules
) -> tuple[list[str], dict[str, Outcome]]:
    """Return the winners to add, the one that saves most first, and those that a rival of their group outdoes.

    Of a group the first in the order of `winners` stays unless another one saves more by the margin of a day: later
    ones give up more.
    """
    saved_s = {
        one.name: judging.saved_s(points, rules.weights, base=BASE, arm=one.name) for one in winners
    }
    least_s = rules.margin * day_s(points, rules)
    best: dict[str, str] = {}
    for one in winners:
        if one.group:
            holder = best.get(one.group)
            if holder is None or saved_s[one.name] > saved_s[holder] + least_s:
                best[one.group] = one.name
    outdone = {
        one.name: Outcome(
            fate=Fate.OUTDONE,
            why=f"{best[one.group]} excludes it and saves {saved_s[best[one.group]]:.0f} s a day"
            f" against {saved_s[one.name]:.0f} s",
        )
        for one in winners
        if one.group and best[one.group] != one.name
    }
    stay = [one.name for one in winners if one.name not in outdone]
    return sorted(stay, key=lambda name: -saved_s[name]), outdone


def judged(trying: Trying, *, total_s: float) -> Outcome | None:
    """Say why a winner is not added to what was chosen; None where it is. `total_s` is all the waiting of a day."""
    harmed = [s for s in trying.judged if trying.harm(s) or trying.is_suspected(s)]
    if harmed:
        said = ", ".join(f"{s} {percent(trying.compared(s))}" for s in harmed)
        return Outcome(fate=Fate.HARMFUL, why=f"added to {trying.base} it makes {said}")
    saved_s = judging.saved_s(trying.points, trying.rules.weights, base=trying.base, arm=trying.arm)
    if saved_s < _WORTH * total_s:
        return Outcome(fate=Fate.USELESS, why=f"it adds nothing to {trying.base}")
    return None


def day_s(points: Points, rules: Rules) -> float:
    """Return the time that is waited for in a day with the base, in seconds."""
    return sum(
        often * (judging.base_s(points, judging.stands_for(scenario), BASE) or 0.0)
        for scenario, often in rules.weights.items()
    )
