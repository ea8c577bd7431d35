"""Scripts that look into `deps/` and its neighbours, which cargo's new layout has not."""

import re
from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Place, Rule, Severity, Splice
from cargo_hone.doctor.source import Source

_INSIDE = re.compile(
    r"(?:target|\$\{?CARGO_TARGET_DIR(?::-[\w./]+)?\}?\"?)/(?:\S{1,60}?/)?(?:debug|release|ci|\$\{?\w+\}?)/(deps|\.fingerprint|incremental|build)\b(?:/([\w*.$?{}-]+))?"
)
_COMMENT = re.compile(r"^\s*(#|//)")
_MOVED = frozenset({"deps", ".fingerprint", "build"})


def _check(facts: Facts) -> Iterator[Finding]:
    binaries = {
        target.name
        for package in facts.metadata.member_packages
        for target in package.targets
        if "bin" in target.kinds
    }
    sources = [*facts.documents.scripts, *(w.file.source for w in facts.documents.workflows)]
    for source in sources:
        if "target" in source.text.lower():
            yield from _of_one(source, binaries)


def _of_one(source: Source, binaries: set[str]) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, start=1):
        if _COMMENT.match(line):
            continue
        for found in _INSIDE.finditer(line):
            if found[1] in _MOVED:
                place = Place(path=source.path, line=number, column=found.start() + 1)
                yield _finding(place, found, binaries)


def _finding(place: Place, found: re.Match[str], binaries: set[str]) -> Finding:
    fix = _fix(place, found, binaries)
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=place,
        message=f"`{found[0]}` is a place inside cargo's target directory that moves",
        why="cargo 1.100 keeps each unit in build/<package>/<hash>/ and has neither deps/ nor .fingerprint/; what is"
        " in there was never promised to stay",
        cost="the script finds nothing, or caches half of what belongs together",
        help=fix.title
        if fix is not None
        else "ask `cargo build --message-format=json` where things are, or name the whole target directory",
        fix=fix,
    )


def _fix(place: Place, found: re.Match[str], binaries: set[str]) -> Fix | None:
    """Name the final binary, where the path is meant for one of the workspace's own."""
    name = (found[2] or "").removesuffix("*").removesuffix("-")
    if found[1] != "deps" or name not in binaries:
        return None
    final = found[0][: found.start(1) - found.start()] + name
    return Fix(
        title=f"use {final}, the name that stays",
        is_safe=False,  # A test's executable may be meant, which has no other name.
        edits=(Splice(place=place, old=found[0], new=final),),
    )


RULE = Rule(
    id="HONE019",
    name="layout-assumed",
    title="scripts that assume deps/, which cargo 1.100's layout has not",
    check=_check,
)
