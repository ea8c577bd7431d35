"""`cargo hone`: one screen about the workspace here."""

import dataclasses
import json
from dataclasses import dataclass

from cargo_hone.cache.interface import CacheState, EngineLocation
from cargo_hone.cache.sccache import Sccache
from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.errors import HoneError
from cargo_hone.files.walk import DiskUsage, disk_usage
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.query import latest_run
from cargo_hone.history.run import RunRecord
from cargo_hone.levers.shared_target import separate
from cargo_hone.report import figures
from cargo_hone.report.line import Line, Piece, Tone, line
from cargo_hone.report.table import build_table
from cargo_hone.workspace import facts
from cargo_hone.workspace.facts import WorkspaceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the screen shows. `cache` is None without an engine, or one that does not answer."""

    facts: WorkspaceFacts
    engine: EngineLocation | None
    cache: CacheState | None
    cache_problem: str
    target: DiskUsage
    last: RunRecord | None


def show(invocation: Invocation) -> int:
    """Print the screen."""
    status = _look(invocation)
    if invocation.format is Format.JSON:
        invocation.console.print(json.dumps(_as_json(status), indent=2))
    else:
        invocation.console.lines(_screen(status))
    return 0


def _look(invocation: Invocation) -> Status:
    found = facts.look(invocation.manifest(), env=invocation.env, flags=invocation.flags)
    engine = Sccache()
    location = engine.locate(invocation.env)
    cache, problem = None, "not installed"
    if location is not None:
        try:
            cache, problem = Sccache(location.path).state(invocation.env), ""
        except HoneError as error:
            problem = error.message
    with open_existing_history(invocation.state_dir(found.root)) as database:
        last = latest_run(database) if database else None
    return Status(
        facts=found,
        engine=location,
        cache=cache,
        cache_problem=problem,
        target=disk_usage(found.target_dir),
        last=last,
    )


def _screen(status: Status) -> list[Line]:
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
    lines += [
        _row(
            "excluded", f"{package.name} builds into {package.target_dir}, apart from the workspace"
        )
        for package in separate(found)
    ]
    if status.last is None:
        lines.append(_row("measured", "nothing yet"))
        lines.append(_row("next", "cargo hone optimize", Tone.COMMAND))
        return lines
    lines.append(_row("measured", f"{status.last.started_at[:10]}, run {status.last.id}"))
    for row in build_table(status.last).rows:
        verdict = row.verdict
        text = f"{row.label.ljust(28)} {row.cells[0].median_text:>8} → {verdict.median_text:>8}"
        lines.append(_row("", f"{text} {verdict.change_text:>7}"))
    lines.append(_row("next", "cargo hone report --open", Tone.COMMAND))
    return lines


def _row(label: str, text: str, tone: Tone = Tone.PLAIN) -> Line:
    return line(Piece(label.ljust(11), Tone.HEADING), Piece(text, tone))


def _cache(status: Status) -> str:
    wrapper = status.facts.configuration.setting("build", "rustc-wrapper")
    wired = f"wired by {wrapper.origin}" if wrapper and wrapper.value else "not wired"
    if status.engine is None or status.cache is None:
        return f"sccache {status.cache_problem}, {wired}"
    state = "running" if status.cache.running else "not running"
    text = f"sccache {status.engine.version} ({status.engine.origin}), {wired}, server {state}"
    if status.cache.running:
        used = figures.size(status.cache.size_bytes or 0)
        text += f", {used} of {figures.size(status.cache.cap_bytes or 0)}"
    return text


def _as_json(status: Status) -> dict[str, object]:
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
            "executable": str(status.engine.path) if status.engine else None,
            "wired_by": wrapper.origin if wrapper and wrapper.value else None,
            "problem": status.cache_problem or None,
            "state": dataclasses.asdict(status.cache) if status.cache else None,
        },
        "excluded": [
            {
                "name": package.name,
                "target": str(package.target_dir),
                "problem": package.problem or None,
            }
            for package in found.excluded
        ],
        "last_run": status.last.id if status.last else None,
    }
