"""`cargo hone ci summary`: what a job's target directory, sweep and cache came to."""

import json
from pathlib import Path

import click

from cargo_hone.cargo import metadata
from cargo_hone.ci import summary
from cargo_hone.ci.summary import JobCache
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import Exit
from cargo_hone.settings.read import read


@click.command("summary")
@click.option("--sweep", type=click.Path(path_type=Path), help="What `sweep --format json` wrote.")
@click.option(
    "--cache",
    type=click.Choice([cache.value for cache in JobCache]),
    envvar="HONE_SUMMARY_CACHE",
    default="none",
    show_default=True,
    help="Which cache the job has.",
)
@click.option("--key", envvar="HONE_SUMMARY_KEY", default="", help="The cache that was restored.")
@click.option("--hit", envvar="HONE_SUMMARY_HIT", default="", help="`true`: it was the wanted one.")
@with_invocation
def command(invocation: Invocation, sweep: Path | None, cache: str, key: str, hit: str) -> int:
    """Write Markdown to the job's summary page where GitHub gives one, else to standard output."""
    known = metadata.read(invocation.manifest(), env=invocation.env, flags=("--no-deps",))
    found = summary.look(
        known.target_directory,
        thresholds=read(known.workspace_root, invocation.env).disk.ci,
        cache=JobCache(cache),
        key=key,
        is_hit=hit == "true",
        sweep=summary.read_sweep(sweep),
        env=invocation.env,
    )
    if invocation.format is Format.JSON:
        invocation.console.print(json.dumps(_as_json(found), indent=2))
        return int(Exit.OK)
    page = invocation.env.get("GITHUB_STEP_SUMMARY")
    if not page:
        invocation.console.print(summary.markdown(found).rstrip("\n"))
        return int(Exit.OK)
    with Path(page).open("a", encoding="utf-8") as file:
        file.write(summary.markdown(found))
    for warning in found.warnings:
        invocation.console.print(f"::warning title=cargo-hone::{warning}")
    return int(Exit.OK)


def _as_json(found: summary.JobSummary) -> dict[str, object]:
    return {
        "schema": "cargo-hone/ci-summary/v1",
        "target": str(found.target_dir),
        "target_bytes": found.target_bytes,
        "disk_free_bytes": found.free_bytes,
        "disk_bytes": found.disk_bytes,
        "cache": found.cache,
        "key": found.key or None,
        "hit": found.is_hit,
        "swept": (
            {"before_bytes": found.sweep.before_bytes, "after_bytes": found.sweep.after_bytes}
            if found.sweep is not None
            else None
        ),
        "sccache": (
            {"hits": found.counts.hits, "misses": found.counts.misses}
            if found.counts is not None
            else None
        ),
        "warnings": list(found.warnings),
    }
