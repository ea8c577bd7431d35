"""All rules over the facts: what they find, without what somebody has silenced."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Elsewhere, Finding, Place, Rule, Severity
from cargo_hone.doctor.registry import RULES, find
from cargo_hone.errors import UsageProblem

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found, the worst first, and how many findings somebody has silenced."""

    findings: tuple[Finding, ...]
    silenced: int

    @property
    def is_bad(self) -> bool:
        """Whether there is more than notes."""
        return any(finding.severity is not Severity.NOTE for finding in self.findings)


def examine(facts: Facts, rules: Iterable[Rule] = RULES) -> Examination:
    """Apply the rules. Raises UsageProblem where `doctor.ignore` names a rule that there is not."""
    ignored = ignored_rules(facts)
    found = [finding for rule in rules if rule.id not in ignored for finding in rule.check(facts)]
    # A job that is an alias of another one stands in the same lines.
    found = list({(one.rule.id, one.place, one.message): one for one in found}.values())
    heard = [finding for finding in found if not _is_silenced(finding, facts)]
    return Examination(findings=tuple(sorted(heard, key=_order)), silenced=len(found) - len(heard))


def ignored_rules(facts: Facts) -> frozenset[str]:
    """The rules that the settings switch off. Raises UsageProblem for one that there is not."""
    unknown = [name for name in facts.wishes.ignore if find(name) is None]
    if unknown:
        raise UsageProblem(
            f".config/hone.toml: doctor.ignore names `{unknown[0]}`, which is no rule",
            next_step=f"the rules are {RULES[0].id} to {RULES[-1].id}: cargo hone explain lists them",
        )
    return frozenset(rule.id for name in facts.wishes.ignore if (rule := find(name)) is not None)


def _is_silenced(finding: Finding, facts: Facts) -> bool:
    place = finding.place
    if isinstance(place, Elsewhere):
        return False
    source = facts.source(place.path)
    return source is not None and any(
        finding.rule.id in source.ignores(line) for line in (place.line, *_around(place, facts))
    )


def _around(place: Place, facts: Facts) -> Iterator[int]:
    """Yield the line that the step of a workflow begins in, where the place is inside of one."""
    for workflow in facts.documents.workflows:
        if workflow.file.path == place.path:
            spans = (step.lines for job in workflow.jobs for step in job.steps)
            yield from (lines.start for lines in spans if place.line in lines)


def _order(finding: Finding) -> tuple[int, str, str, int, int]:
    place = finding.place
    if isinstance(place, Elsewhere):
        return _ORDER[finding.severity], finding.rule.id, "", 0, 0
    return _ORDER[finding.severity], finding.rule.id, str(place.path), place.line, place.column
