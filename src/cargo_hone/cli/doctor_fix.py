"""`cargo hone doctor --fix`: what was found, and the plan that mends it."""

from cargo_hone.cli.carry_out import Offer, carry_out
from cargo_hone.cli.doctor_look import found, show
from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.doctor import said
from cargo_hone.doctor.asking import Answer
from cargo_hone.doctor.examination import Examination
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Severity
from cargo_hone.doctor.repair import Repair, repair
from cargo_hone.edit.journal import Journal
from cargo_hone.edit.recover import recover
from cargo_hone.errors import Exit
from cargo_hone.ui.recovered import tell_recovered


def run(invocation: Invocation, answer: Answer, *, unsafe: bool, yes: bool, dry_run: bool) -> int:
    """Find, print, and mend after asking. Returns the exit code; raises as `repair` and `carry_out` do."""
    root = answer.workspace.workspace_root
    if not dry_run:
        # Before anything is read: what a killed run left half done is rolled back.
        tell_recovered(recover(Journal(invocation.state_dir(root))), invocation.console)
    facts, result = found(invocation, answer)
    if invocation.format is Format.PLAIN:
        show(invocation, result, facts)
    mending = repair(facts, unsafe=unsafe)
    offer = _offer(mending, result, facts)
    code = carry_out(invocation, offer, root=root, yes=yes, dry_run=dry_run)
    is_mended = all(one.severity is Severity.NOTE for one in mending.left)
    return code if code or is_mended else int(Exit.FINDINGS)


def _offer(mending: Repair, result: Examination, facts: Facts) -> Offer:
    return Offer(
        plan=mending.plan,
        schema=said.SCHEMA,
        refused=tuple(f"{one.finding.rule.id}: {one.reason}" for one in mending.refused),
        head=said.as_json(result, facts),
    )
