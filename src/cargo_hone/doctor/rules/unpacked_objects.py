"""Full debug information in unpacked object files, on Linux."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rule, Set, Severity

_KEY = ("profile", "dev", "split-debuginfo")


def _check(facts: Facts) -> Iterator[Finding]:
    split, debug = facts.dev_profile("split-debuginfo"), facts.dev_profile("debug")
    if facts.machine.platform == "darwin" or split is None or split[0] != "unpacked":
        return
    level = debug[0] if debug is not None else None
    # `is True`: Python's True equals 1, and `debug = 1` is less than full.
    if not (level is None or level is True or level in (2, "2", "full")):
        return
    file = split[1]
    fix = Fix(
        title='set split-debuginfo to "off", cargo\'s default on Linux (`cargo hone optimize` measures it)',
        is_safe=False,
        edits=(file.edited(Set(way=_KEY, value="off")),),
    )
    yield Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=file.place(*_KEY),
        message="the dev profile keeps full debug information in unpacked object files",
        why="each code generation unit's object stays in the target directory for the debugger, beside what was"
        " linked; nothing deletes those of older builds",
        cost="tens of thousands of files (54,000 on a workspace of 24 crates), and the bytes in them",
        help=fix.title,
        fix=fix,
    )


RULE = Rule(
    id="HONE011",
    name="unpacked-objects",
    title="full debug information with unpacked objects",
    check=_check,
)
