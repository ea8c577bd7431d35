"""The result of a search as lines for people and as JSON for programs."""

from collections.abc import Iterator
from typing import Any

from cargo_hone.model import Comparison, Scenario, VerdictKind
from cargo_hone.report import figures
from cargo_hone.tune.bound import Bound
from cargo_hone.tune.fate import Fate
from cargo_hone.tune.result import Confirmed, LeverVerdict, Tuned
from cargo_hone.tune.screening import percent

SCHEMA = "cargo-hone/tune/v1"


def lines(tuned: Tuned) -> Iterator[str]:
    """What is shown at the end: the set, its confirmation, every lever, what bounds edits, what to type next."""
    if tuned.interrupted:
        yield "interrupted: nothing is kept as a plan, the samples are in the history (label tune)"
    elif tuned.kept:
        yield f"These pay here together: {', '.join(tuned.kept)}"
    else:
        yield "No lever was shown to pay here; nothing is kept."
    for one in tuned.confirmed:
        yield _confirmed(one)
    if tuned.kept:
        yield f"  about {tuned.saved_a_day_s / 60:.1f} minutes a day, by [tune.day] and [tune.ci]"
    measured = [one for one in tuned.levers if one.fate is not Fate.NOT_APPLICABLE]
    if measured:
        yield ""
        yield from _table(measured)
    others = [one for one in tuned.levers if one.fate is Fate.NOT_APPLICABLE]
    if others:
        yield ""
        yield "Not tried:"
        yield from (f"  {one.name}: {one.why}" for one in others)
    given = [one for one in tuned.levers if one.name in tuned.kept and one.gives_up]
    if given:
        yield ""
        yield "What you give up:"
        yield from (f"  {one.name}: {one.gives_up}" for one in given)
    if tuned.bounds:
        yield ""
        yield "What bounds an edit with these:" if tuned.kept else "What bounds an edit:"
        for bound in tuned.bounds:
            yield from _bound(bound)
    for note in tuned.notes:
        yield f"note: {note}"
    yield ""
    yield (
        f"{tuned.builds} timed builds in {tuned.elapsed_s / 60:.1f} of {tuned.budget_s / 60:.1f} minutes,"
        f" seed {tuned.seed}"
    )
    if tuned.kept:
        yield "next: cargo hone apply"


def as_json(tuned: Tuned) -> dict[str, Any]:
    """The same as a document; times in seconds, ratios are with / without."""
    return {
        "schema": SCHEMA,
        "workspace": str(tuned.root),
        "when": tuned.when,
        "commit": tuned.commit,
        "rustc": tuned.rustc,
        "cargo": tuned.cargo,
        "seed": tuned.seed,
        "budget_s": tuned.budget_s,
        "elapsed_s": round(tuned.elapsed_s, 1),
        "builds": tuned.builds,
        "margin": tuned.margin,
        "interrupted": tuned.interrupted,
        "kept": list(tuned.kept),
        "saved_a_day_s": round(tuned.saved_a_day_s, 1),
        "confirmed": [
            {
                "scenario": str(one.scenario),
                "base_s": one.base_s,
                "kept_s": one.kept_s,
                **_comparison(one.comparison),
            }
            for one in tuned.confirmed
        ],
        "levers": [
            {
                "name": one.name,
                "title": one.title,
                "fate": one.fate.value,
                "why": one.why,
                "gives_up": one.gives_up,
                "effects": {
                    str(scenario): _comparison(found) for scenario, found in one.effects.items()
                },
            }
            for one in tuned.levers
        ],
        "bounds": [_bound_json(bound) for bound in tuned.bounds],
        "notes": list(tuned.notes),
    }


def _confirmed(one: Confirmed) -> str:
    said = f"{figures.seconds(one.base_s)} → {figures.seconds(one.kept_s)}"
    verdict = percent(one.comparison)
    if one.comparison.kind not in (VerdictKind.FASTER, VerdictKind.SLOWER):
        verdict = f"{one.comparison.kind}, {verdict}"
    return f"  {one.scenario:<12} {said:<18} {verdict}, {one.comparison.pairs} fresh pairs"


def _table(levers: list[LeverVerdict]) -> Iterator[str]:
    """One row a lever: its fate, each scenario's effect with its interval at 95 %, the reason."""
    known = {str(scenario) for one in levers for scenario in one.effects}
    scenarios = [scenario.value for scenario in Scenario if scenario.value in known]
    rows = [["lever", "fate", *scenarios, ""]]
    for one in levers:
        found = {str(s): percent(comparison) for s, comparison in one.effects.items()}
        cells = [found.get(scenario, figures.ABSENT) for scenario in scenarios]
        rows.append([one.name, one.fate.value, *cells, one.why])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _bound(bound: Bound) -> Iterator[str]:
    yield f"  {bound.said}"
    for unit in bound.units:
        parts = ", ".join(f"{share:.0%} {part}" for part, share in unit.parts.items())
        where = "in the chain" if unit.holds_up_s > 0.0 else "beside it"
        waited = f", waited {unit.waited_s:.2f} s for a core" if unit.waited_s >= 0.01 else ""
        yield f"    {unit.unit}: {unit.duration_s:.2f} s {where}{waited}{f' ({parts})' if parts else ''}"


def _bound_json(bound: Bound) -> dict[str, Any]:
    return {
        "scenario": str(bound.scenario),
        "wall_s": bound.wall_s,
        "bound_by": bound.by.name.lower(),
        "shares": {part.name.lower(): round(share, 4) for part, share in bound.shares.items()},
        "units": [
            {
                "unit": unit.unit,
                "duration_s": unit.duration_s,
                "holds_up_s": unit.holds_up_s,
                "waited_s": unit.waited_s,
                "parts": {p.name.lower(): round(share, 4) for p, share in unit.parts.items()},
            }
            for unit in bound.units
        ],
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "verdict": found.kind.value,
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "pairs": found.pairs,
        "confidence": found.confidence,
    }
