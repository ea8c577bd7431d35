"""Every rule: where it fires, where it must not, and a fix that silences it for good and can be undone."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cargo_hone.doctor.examination import examine
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Elsewhere, Finding, Rule
from cargo_hone.doctor.pages import page
from cargo_hone.doctor.registry import RULES
from cargo_hone.doctor.repair import repair
from cargo_hone.edit import undo as undoing
from cargo_hone.edit.apply import apply
from cargo_hone.edit.journal import Journal
from tests.doctor import cases_configuration, cases_machine, cases_unusual, cases_workflows
from tests.doctor.case import Case, RuleCases, Tree, asked, made

CASES: dict[str, RuleCases] = {
    **cases_configuration.CASES,
    **cases_workflows.CASES,
    **cases_machine.CASES,
}
BY_ID = {rule.id: rule for rule in RULES}
FIRING = [
    (rule_id, name, case, at)
    for rule_id, cases in CASES.items()
    for name, (case, at) in {
        "main": (cases.fires, cases.at),
        **cases.more,
        **cases_unusual.FIRES.get(rule_id, {}),
    }.items()
]
QUIET = [
    (rule_id, name, case)
    for rule_id, cases in CASES.items()
    for name, case in {**cases.quiet, **cases_unusual.SILENT.get(rule_id, {})}.items()
]
FIXED = [
    pytest.param(rule_id, case, at, id=f"{rule_id}-{name}")
    for rule_id, name, case, at in FIRING
    if all(safe is not None for safe in at.values())
]


def where(finding: Finding, tree: Tree) -> str:
    place = finding.place
    if isinstance(place, Elsewhere):
        return place.name.replace(str(tree.root), "{root}")
    path = place.path.relative_to(tree.root) if place.path.is_relative_to(tree.root) else None
    shown = path or Path("..") / place.path.relative_to(tree.root.parent)
    return f"{shown.as_posix()}:{place.line}:{place.column}"


def found(facts: Facts, rule: Rule) -> tuple[Finding, ...]:
    return examine(facts, [rule]).findings


def test_no_rule_is_without_its_cases() -> None:
    assert sorted(CASES) == [rule.id for rule in RULES]
    assert [rule.id for rule in RULES] == [f"HONE{n:03}" for n in range(1, len(RULES) + 1)]
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        cases = CASES[rule.id]
        assert cases.quiet, rule.id
        mends = any(safe is not None for safe in cases.at.values())
        assert mends or cases.remedied is not None, f"{rule.id}: no fix, and no remedy"
        assert bool(rule.by_hand) == (not mends), rule.id


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_page(rule: Rule) -> None:
    text = page(rule)
    assert text.startswith(f"# {rule.id}: {rule.title}\n\n`{rule.name}` · ")
    for heading in ("## What it finds", "## Why", "## Fix", "## Silent where"):
        assert heading in text


@pytest.mark.parametrize(
    ("rule_id", "case", "at"),
    [pytest.param(i, case, at, id=f"{i}-{name}") for i, name, case, at in FIRING],
)
def test_it_fires(rule_id: str, case: Case, at: Mapping[str, bool | None], tmp_path: Path) -> None:
    tree = made(case, tmp_path)
    findings = found(tree.facts(), BY_ID[rule_id])
    assert {where(f, tree): f.fix.is_safe if f.fix else None for f in findings} == at
    assert len(findings) == len(at)
    for finding in findings:
        assert finding.message
        assert finding.why
        assert finding.cost
        assert finding.help


@pytest.mark.parametrize(
    ("rule_id", "case"), [pytest.param(i, case, id=f"{i}-{name}") for i, name, case in QUIET]
)
def test_it_is_silent(rule_id: str, case: Case, tmp_path: Path) -> None:
    tree = made(case, tmp_path)
    assert found(tree.facts(), BY_ID[rule_id]) == ()


@pytest.mark.parametrize(("rule_id", "case", "at"), FIXED)
def test_its_fix_silences_it_once_and_can_be_undone(
    rule_id: str, case: Case, at: Mapping[str, bool | None], tmp_path: Path
) -> None:
    tree = made(case, tmp_path)
    rule = BY_ID[rule_id]
    before = tree.contents()
    safe = repair(tree.facts(), unsafe=False, rules=[rule])
    assert bool(safe.plan.changes) == any(at.values())
    plan = repair(tree.facts(), unsafe=True, rules=[rule])
    assert not plan.refused
    assert plan.left == ()
    journal = Journal(tree.home / "state")
    apply(plan.plan, journal=journal, root=tree.root)

    again = asked(tree)
    assert found(again.facts(), rule) == ()
    assert repair(again.facts(), unsafe=True, rules=[rule]).plan.changes == ()
    assert tree.contents() != before

    undoing.undo(journal)
    assert tree.contents() == before


@pytest.mark.parametrize("rule_id", [i for i, cases in CASES.items() if cases.remedied])
def test_what_it_says_silences_it_where_no_file_can(rule_id: str, tmp_path: Path) -> None:
    remedied = CASES[rule_id].remedied
    assert remedied is not None
    assert found(made(remedied, tmp_path).facts(), BY_ID[rule_id]) == ()
