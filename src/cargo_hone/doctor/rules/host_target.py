"""`build.target` set to the very machine that builds."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Remove, Rule, Severity

_KEY = ("build", "target")


def _check(facts: Facts) -> Iterator[Finding]:
    for file in facts.committed:
        target = _only(file.value(*_KEY))
        if target is None or target != facts.machine.host or _has_reason(facts, target):
            continue
        fix = Fix(
            title="take build.target out; `cargo build --target TRIPLE` still names one",
            is_safe=False,  # What was in target/TRIPLE/debug is in target/debug then: scripts may look there.
            edits=(file.edited(Remove(way=_KEY)),),
        )
        yield Finding(
            rule=RULE,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            place=file.place(*_KEY),
            message=f"build.target is `{target}`, which is this machine",
            why="with a target cargo keeps what build scripts and proc macros need apart from the program's, even where"
            " both are the same; and everybody with another machine cross-compiles to yours",
            cost="dependencies that both need are compiled twice; other machines cannot link",
            help=fix.title,
            fix=fix,
        )


def _only(value: object) -> str | None:
    """The target, where there is one; several are a decision, and so is `host-tuple`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else None


def _has_reason(facts: Facts, target: str) -> bool:
    """Some flags need a target, because they must not reach build scripts: `-Zbuild-std`, sanitizers."""
    flags = [
        facts.configuration.setting("build", "rustflags"),
        facts.configuration.setting("target", target, "rustflags"),
    ]
    named = " ".join(str(setting.value) for setting in flags if setting is not None)
    has_std = any(f.value("unstable", "build-std") is not None for f in facts.documents.cargo)
    return has_std or any(word in named for word in ("sanitizer", "panic=abort", "crt-static"))


RULE = Rule(
    id="HONE005",
    name="host-target",
    title="build.target hard-coded to the host",
    check=_check,
)
