"""A disk that a few more full builds will fill."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Elsewhere, Finding, Rule, Severity
from cargo_hone.report import figures

_BUILDS = 3
"""Fewer full builds than this fit: a new toolchain, other flags and a second working tree make as many."""


def _check(facts: Facts) -> Iterator[Finding]:
    disk = facts.machine.disk
    if disk is None or disk.free_bytes >= _BUILDS * disk.clean_build_bytes:
        return
    fitting = disk.free_bytes // disk.clean_build_bytes
    yield Finding(
        rule=RULE,
        severity=Severity.ERROR if fitting == 0 else Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=Elsewhere(name=f"disk of {facts.metadata.target_directory}"),
        message=f"the disk will be full within {figures.count(fitting + 1, 'full build')}",
        why=f"{figures.size(disk.free_bytes)} are free, and a clean build of this workspace leaves"
        f" {figures.size(disk.clean_build_bytes)} (measured here, {figures.count(disk.builds_measured, 'time')});"
        " another toolchain, other flags or another working tree are a full build each",
        cost="a build that stops for lack of space",
        help="cargo hone sweep, or cargo hone sweep --max-size SIZE",
    )


RULE = Rule(
    id="HONE020",
    name="disk-forecast",
    title="a disk that will be full within a few builds",
    check=_check,
    by_hand="space comes back by deleting, which `cargo hone sweep` does, with a plan of its own",
)
