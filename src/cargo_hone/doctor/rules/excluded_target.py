"""Excluded packages with target directories of their own."""

from collections.abc import Iterator

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Finding, Fix, Rewrite, Rule, Set, Severity, Syntax
from cargo_hone.edit.plan import shown

_KEY = ("build", "target-dir")


def _check(facts: Facts) -> Iterator[Finding]:
    if facts.configuration.setting(*_KEY) is not None:
        return  # Somebody has decided where things are built.
    target = facts.metadata.target_directory
    for excluded in facts.machine.excluded:
        package = excluded.package
        manifest = excluded.manifest
        if package.problem or package.target_dir == target or excluded.is_apart or manifest is None:
            continue
        if manifest.value("package", "metadata", "cargo-fuzz"):
            continue  # Fuzzers are built with sanitizers: nothing could be shared.
        inside = target.is_relative_to(facts.root)
        value = (target.relative_to(facts.root) if inside else target).as_posix()
        config = next(
            (f.path for f in facts.documents.cargo if f.path.parent == facts.root / ".cargo"),
            facts.root / ".cargo" / "config.toml",
        )
        fix = Fix(
            title=f'share the workspace\'s: `[build] target-dir = "{value}"` in .cargo/config.toml',
            is_safe=False,  # They wait for one lock then, and binaries of one name overwrite each other.
            edits=(Rewrite(path=config, syntax=Syntax.TOML, edits=(Set(way=_KEY, value=value),)),),
        )
        yield Finding(
            rule=RULE,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            place=manifest.place("package"),
            message=f"`{package.name}` is excluded from the workspace and builds into"
            f" {shown(package.target_dir, root=facts.root)}",
            why="what it shares with the workspace is compiled and kept a second time, and no sweep of the"
            " workspace's target directory reaches it",
            cost="the time and the disk space of its dependencies, twice",
            help=fix.title,
            fix=fix,
        )


RULE = Rule(
    id="HONE008",
    name="excluded-target",
    title="packages excluded from the workspace, with target directories of their own",
    check=_check,
)
