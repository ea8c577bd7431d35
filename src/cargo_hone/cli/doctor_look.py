"""What `cargo hone doctor` does once cargo has said what the workspace is: look, judge, say."""

import json

from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.doctor import said
from cargo_hone.doctor.asking import Answer
from cargo_hone.doctor.documents import expect
from cargo_hone.doctor.examination import Examination, examine
from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.look import look
from cargo_hone.errors import Exit

__all__ = ["expect", "found", "run", "show"]


def run(invocation: Invocation, answer: Answer) -> int:
    """Find and print. Returns the exit code; raises as `look` and `examine` do."""
    facts, result = found(invocation, answer)
    show(invocation, result, facts)
    return int(Exit.FINDINGS if result.is_bad else Exit.OK)


def found(invocation: Invocation, answer: Answer) -> tuple[Facts, Examination]:
    """Return what there is and what is wrong with it; say which files are left out, and why."""
    state_dir = invocation.state_dir(answer.workspace.workspace_root)
    facts = look(answer, env=invocation.env, state_dir=state_dir)
    for one in facts.documents.unread:
        invocation.console.error(f"{one.path} is left out: {one.reason}", label="warning")
    return facts, examine(facts)


def show(invocation: Invocation, result: Examination, facts: Facts) -> None:
    """Print the findings in the format that was asked for."""
    console = invocation.console
    match invocation.format:
        case Format.JSON:
            document = {"schema": f"cargo-hone/{said.SCHEMA}/v1", **said.as_json(result, facts)}
            console.print(json.dumps(document, indent=2, ensure_ascii=False))
        case Format.GITHUB:
            for annotation in said.annotations(result, facts):
                console.print(annotation)
        case _:
            console.lines(said.screen(result, facts))
