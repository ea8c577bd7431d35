"""What one call of `measure` shows: a table, what must be known to read it, and the same as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cargo_hone.measure import noise
from cargo_hone.measure.builds import Failure
from cargo_hone.measure.edited_crates import EditedCrate, Skipped
from cargo_hone.measure.noise import Finding
from cargo_hone.measure.results import Cell
from cargo_hone.measure.scenarios import Recipe
from cargo_hone.model import Comparison, Sample, Variant, VerdictKind
from cargo_hone.report import figures
from cargo_hone.report.line import Line, Piece, Tone, line, wrapped

SCHEMA = "cargo-hone/measure/v1"
_HEADS = ("scenario", "variant", "median", "range", "change", "verdict", "n")
_RIGHT = {"median", "n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that one call has found. `place` says where it was measured; `notes` are sentences to be read as well.

    `samples` are in the order in which they were taken.
    """

    run_id: int
    label: str
    seed: int
    place: str
    interrupted: bool
    recipes: tuple[Recipe, ...]
    variants: tuple[Variant, ...]
    samples: tuple[Sample, ...]
    cells: tuple[Cell, ...]
    edited: tuple[EditedCrate, ...]
    skipped: tuple[Skipped, ...]
    failures: tuple[Failure, ...]
    noise: tuple[Finding, ...]
    notes: tuple[str, ...]


def disturbances(samples: Sequence[Sample], *, cores: int) -> tuple[Finding, ...]:
    """Return the warnings about the machine; none for a session without samples."""
    return noise.judge(samples, cores=cores) if samples else ()


def screen(outcome: Outcome) -> list[Line]:
    """Lay the outcome out for a terminal: the table first, then what qualifies it."""
    rows = [*_rows(outcome.cells)]
    widths = [max(len(row[place]) for row in (_HEADS, *rows)) for place in range(len(_HEADS))]
    lines = [line(Piece(_laid_out(_HEADS, widths), Tone.HEADING))] if rows else []
    for cell, row in zip(outcome.cells, rows, strict=True):
        lines.append(line(Piece(_laid_out(row, widths), _tone(cell.comparison))))
    lines.append(line())
    for cell in outcome.cells:
        found = cell.comparison
        if found is not None and found.why:
            head = Piece(f"{cell.scenario}, {cell.variant}: ", Tone.QUIET)
            lines += wrapped([head], found.why)
    for edited in outcome.edited:
        users = ", ".join(edited.used_by)
        head = Piece(f"edited for {users}: ", Tone.QUIET)
        lines += wrapped([head], f"fn {edited.function} in {edited.path} ({edited.why})")
    for skipped in outcome.skipped:
        lines += wrapped([Piece(f"{skipped.scenario} was not measured: ", Tone.BAD)], skipped.why)
    for failure in outcome.failures:
        lines += wrapped([Piece(f"{failure.scenario}: ", Tone.BAD)], failure.message)
    for warning in (*map(str, outcome.noise), *outcome.notes):
        lines += wrapped([Piece("note: ", Tone.QUIET)], warning)
    label = f", label {outcome.label}" if outcome.label else ""
    samples = figures.count(len(outcome.samples), "sample")
    kept = f"run {outcome.run_id}{label}: {samples}, seed {outcome.seed}, {outcome.place}"
    lines.append(line(Piece(kept, Tone.QUIET)))
    return lines


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome with its raw samples, as `--format json` prints it."""
    return {
        "schema": SCHEMA,
        "run": outcome.run_id,
        "label": outcome.label,
        "seed": outcome.seed,
        "place": outcome.place,
        "interrupted": outcome.interrupted,
        "scenarios": [
            {
                "name": recipe.scenario,
                "command": ["cargo", *recipe.command],
                "from": recipe.start,
                "about": recipe.about,
            }
            for recipe in outcome.recipes
        ],
        "variants": [
            {
                "name": one.name,
                "config": list(one.config),
                "env": dict(one.env),
                "cached": one.cached,
            }
            for one in outcome.variants
        ],
        "edited": [
            {
                "for": list(edited.used_by),
                "crate": edited.member,
                "file": str(edited.path),
                "function": edited.function,
                "why": edited.why,
            }
            for edited in outcome.edited
        ],
        "skipped": [
            {"scenario": skipped.scenario, "why": skipped.why} for skipped in outcome.skipped
        ],
        "failures": [
            {
                "scenario": failure.scenario,
                "variant": failure.variant,
                "message": failure.message,
                "detail": failure.detail,
            }
            for failure in outcome.failures
        ],
        "results": [_cell_as_json(cell) for cell in outcome.cells],
        "samples": [asdict(sample) for sample in outcome.samples],
        "warnings": [*map(str, outcome.noise), *outcome.notes],
    }


def _cell_as_json(cell: Cell) -> dict[str, Any]:
    summary, found = cell.summary, cell.comparison
    return {
        "scenario": cell.scenario,
        "variant": cell.variant,
        "median_s": summary.median_s,
        "minimum_s": summary.minimum_s,
        "maximum_s": summary.maximum_s,
        "count": summary.count,
        "comparison": None
        if found is None
        else {
            "verdict": found.kind,
            "ratio": found.ratio,
            "low": found.low,
            "high": found.high,
            "pairs": found.pairs,
            "confidence": found.confidence,
            "why": found.why,
        },
    }


def _rows(cells: Iterable[Cell]) -> Iterable[tuple[str, ...]]:
    before = None
    for cell in cells:
        summary, found = cell.summary, cell.comparison
        yield (
            str(cell.scenario) if cell.scenario != before else "",
            cell.variant,
            figures.seconds(summary.median_s),
            figures.seconds_range(summary.minimum_s, summary.maximum_s),
            _change(found),
            str(found.kind) if found is not None else "",
            str(summary.count),
        )
        before = cell.scenario


def _change(found: Comparison | None) -> str:
    """The interval, and before it the change itself where the samples carry one."""
    if found is None or found.low is None or found.high is None or found.ratio is None:
        return ""
    low, high = (figures.change((bound - 1) * 100) for bound in (found.low, found.high))
    interval = f"{low} to {high}"
    if found.kind in {VerdictKind.FASTER, VerdictKind.SLOWER}:
        return f"{figures.change((found.ratio - 1) * 100)} ({interval})"
    return f"({interval})"


def _laid_out(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.rjust(width) if head in _RIGHT else text.ljust(width)
        for head, text, width in zip(_HEADS, row, widths, strict=True)
    ]
    return "  ".join(cells)


def _tone(found: Comparison | None) -> Tone:
    if found is None:
        return Tone.PLAIN
    match found.kind:
        case VerdictKind.FASTER:
            return Tone.GOOD
        case VerdictKind.SLOWER:
            return Tone.BAD
        case VerdictKind.NO_DIFFERENCE | VerdictKind.INCONCLUSIVE:
            return Tone.PLAIN
