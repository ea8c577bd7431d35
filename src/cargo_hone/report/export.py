"""`docs/build-optimization.json`: the samples, and the figures computed from them, for other programs."""

import json
from dataclasses import asdict
from typing import Any, TypeAlias

from cargo_hone.history.run import RunRecord
from cargo_hone.model import Sample
from cargo_hone.report import figures
from cargo_hone.report.committable import committable
from cargo_hone.report.losses import losses
from cargo_hone.report.method import SCENARIOS
from cargo_hone.report.table import Cell, Row, Table, base_scenario, build_table
from cargo_hone.report.tests_compared import compare_tests

SCHEMA = "cargo-hone/build-optimization/v1"

# The one place where dicts are made: JSON has nothing else.
_Object: TypeAlias = dict[str, Any]


def export_json(run: RunRecord) -> str:
    """Write the run as JSON: two spaces, keys in the order below, samples as measured, a final newline.

    `table` holds the figures rounded as the pages show them; `samples` holds them as they were measured.
    """
    return json.dumps(build_optimization(run), indent=2, ensure_ascii=False) + "\n"


def build_optimization(run: RunRecord) -> _Object:
    """Return the document of `export_json` before it is written."""
    run = committable(run)
    return {
        "schema": SCHEMA,
        "run": _run(run),
        "environment": asdict(run.environment),
        "variants": [
            {
                "name": variant.name,
                "cached": variant.cached,
                "config": list(variant.config),
                "env": dict(variant.env),
            }
            for variant in run.variants
        ],
        "table": _table(build_table(run)),
        "goals": [asdict(goal) for goal in run.goals],
        "levers": [asdict(lever) for lever in run.levers],
        "gives_up": list(losses(run)),
        "changed_files": [asdict(changed) for changed in run.changed_files],
        "tests": asdict(compare_tests(run)),
        "sweeps": [{**asdict(sweep), "target_dir": str(sweep.target_dir)} for sweep in run.sweeps],
        "shared_target": _shared(run),
        "warnings": list(run.warnings),
        "facts": dict(run.facts),
        "samples": [_sample(sample) for sample in run.samples],
    }


def _run(run: RunRecord) -> _Object:
    subject = run.subject
    return {
        "kind": run.kind,
        "label": run.label,
        "outcome": run.outcome,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "workspace": run.workspace_name,
        "git_commit": subject.git_commit,
        "git_dirty": subject.git_dirty,
        "rustc_version": subject.rustc_version,
        "cargo_version": subject.cargo_version,
        "cargo_hone_version": subject.tool_version,
        "seed": subject.seed,
    }


def _table(table: Table) -> _Object:
    return {
        "columns": list(table.columns),
        "rows": [_row(row, table.columns[0]) for row in table.rows],
        "target_bytes": dict(zip(table.columns, table.disk_bytes, strict=True)),
    }


def _row(row: Row, base: str) -> _Object:
    return {
        "scenario": row.scenario,
        "label": row.label,
        "about": SCENARIOS[row.scenario],
        "base": {"variant": base, "scenario": base_scenario(row.scenario)},
        "verdict": row.verdict.full_verdict_text,
        "cells": [_cell(cell) for cell in row.cells if cell.summary is not None],
    }


def _cell(cell: Cell) -> _Object:
    summary, found = cell.summary, cell.comparison
    return {
        "variant": cell.variant,
        "n": summary.count if summary else 0,
        "median_s": figures.rounded_seconds(summary.median_s) if summary else None,
        "min_s": figures.rounded_seconds(summary.minimum_s) if summary else None,
        "max_s": figures.rounded_seconds(summary.maximum_s) if summary else None,
        "change_percent": cell.change_percent,
        "margin_percent": cell.margin_percent,
        "verdict": found.kind if found else None,
        "verdict_text": cell.full_verdict_text,
        "pairs": found.pairs if found else None,
        "ratio": found.ratio if found else None,
        "ratio_low": found.low if found else None,
        "ratio_high": found.high if found else None,
        "confidence": found.confidence if found else None,
    }


def _shared(run: RunRecord) -> _Object | None:
    if run.shared_target is None:
        return None
    return {**asdict(run.shared_target), "saved_bytes": run.shared_target.saved_bytes}


def _sample(sample: Sample) -> _Object:
    return asdict(sample)
