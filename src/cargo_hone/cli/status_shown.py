"""What `cargo hone` prints: the status as a screen, and as JSON."""

import dataclasses

from cargo_hone.cli.status_look import Status
from cargo_hone.levers.shared_target import separate
from cargo_hone.report import escaping, figures
from cargo_hone.report.line import Line, Piece, Tone, line
from cargo_hone.workspace.facts import WorkspaceFacts


def screen(status: Status) -> list[Line]:
    """Lay the status out."""
    found = status.facts
    lines = [
        _row(
            "workspace",
            f"{found.root}  ({figures.count(len(found.metadata.members), 'crate')}, "
            f"{figures.count(len(found.metadata.packages), 'package')} in all)",
        ),
        _row("toolchain", found.toolchain.rustc),
        _row(
            "target",
            f"{found.target_dir}  {figures.size(status.target.allocated_bytes)}"
            f" in {figures.count(status.target.files, 'file')}",
        ),
        _row("cache", _cache(status)),
    ]
    lines += [*_excluded(found), *_doctor(status)]
    if status.last is None:
        lines.append(_row("measured", "nothing yet"))
        lines.append(_row("next", "cargo hone optimize", Tone.COMMAND))
        return lines
    from cargo_hone.report.table import build_table  # noqa: PLC0415 - only where there is a run

    lines.append(_row("measured", f"{status.last.started_at[:10]}, run {status.last.id}"))
    for row in build_table(status.last).rows:
        verdict = row.verdict
        text = f"{row.label.ljust(28)} {row.cells[0].median_text:>8} → {verdict.median_text:>8}"
        lines.append(_row("", f"{text} {verdict.change_text:>7}"))
    lines.append(_row("next", "cargo hone report --open", Tone.COMMAND))
    return lines


def _excluded(found: WorkspaceFacts) -> list[Line]:
    return [
        _row("excluded", f"{one.name} builds into {one.target_dir}, apart from the workspace")
        for one in separate(found)
    ]


def _doctor(status: Status) -> list[Line]:
    """What the doctor finds, with what to type; no line where it finds nothing worth it."""
    if status.doctor is None:
        return [_row("doctor", f"could not look: {escaping.printable(status.doctor_problem)}")]
    if not status.doctor.sentence:
        return []
    label, text = Piece("doctor".ljust(11), Tone.HEADING), Piece(f"{status.doctor.sentence}: ")
    return [line(label, text, Piece(status.doctor.command, Tone.COMMAND))]


def _row(label: str, text: str, tone: Tone = Tone.PLAIN) -> Line:
    return line(Piece(label.ljust(11), Tone.HEADING), Piece(text, tone))


def _cache(status: Status) -> str:
    wrapper = status.facts.configuration.setting("build", "rustc-wrapper")
    wired = f"wired by {wrapper.origin}" if wrapper and wrapper.value else "not wired"
    engine, state = status.cache.engine, status.cache.state
    if engine is None or state is None:
        return f"sccache {status.cache.problem}, {wired}"
    server = "running" if state.running else "not running"
    text = f"sccache {engine.version} ({engine.origin}), {wired}, server {server}"
    if state.running:
        used = figures.size(state.size_bytes or 0)
        text += f", {used} of {figures.size(state.cap_bytes or 0)}"
    return text


def as_json(status: Status) -> dict[str, object]:
    """Return the document of `--format json`."""
    found = status.facts
    wrapper = found.configuration.setting("build", "rustc-wrapper")
    return {
        "schema": "cargo-hone/status/v1",
        "workspace": str(found.root),
        "crates": len(found.metadata.members),
        "packages": len(found.metadata.packages),
        "rustc": found.toolchain.rustc,
        "target": {"path": str(found.target_dir), **dataclasses.asdict(status.target)},
        "cache": {
            "executable": str(status.cache.engine.path) if status.cache.engine else None,
            "wired_by": wrapper.origin if wrapper and wrapper.value else None,
            "problem": status.cache.problem or None,
            "state": dataclasses.asdict(status.cache.state) if status.cache.state else None,
        },
        "excluded": [
            {
                "name": package.name,
                "target": str(package.target_dir),
                "problem": package.problem or None,
            }
            for package in found.excluded
        ],
        "doctor": {
            **(dataclasses.asdict(status.doctor) if status.doctor else {}),
            "problem": status.doctor_problem or None,
        },
        "last_run": status.last.id if status.last else None,
    }
