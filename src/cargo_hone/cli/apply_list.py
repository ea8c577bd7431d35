"""`cargo hone apply --list`: every lever, whether it can be used here and what it costs; then the advice."""

import json
from collections.abc import Iterator, Sequence
from typing import assert_never

from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.history.database import open_existing_history
from cargo_hone.history.unit_times import unit_times
from cargo_hone.levers.advice import recorded, registry
from cargo_hone.levers.advice.interface import Advice
from cargo_hone.levers.interface import Already, Applies, Context, NotHere
from cargo_hone.levers.look import Answer
from cargo_hone.report.line import Line, Piece, Tone, line, wrapped


def show(invocation: Invocation, answers: Sequence[Answer], context: Context) -> int:
    """Print the list. Returns 0. Raises as `history.database.open_existing_history` does."""
    advice = _advice(invocation, context)
    if invocation.format is Format.JSON:
        document = {
            "schema": "cargo-hone/apply/v1",
            "levers": [as_json(answer) for answer in answers],
            "advice": [_advice_as_json(one) for one in advice],
        }
        invocation.console.print(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    invocation.console.lines(_lines(answers, advice))
    return 0


def standing(answer: Answer) -> tuple[str, str]:
    """What a lever's answer is called, and why."""
    match answer.applicability:
        case Applies(cautions=cautions):
            return "can be used", "; ".join(cautions)
        case Already(evidence=evidence):
            return "nothing to do", evidence
        case NotHere(reason=reason):
            return "not here", reason
        case _:
            assert_never(answer.applicability)


def as_json(answer: Answer) -> dict[str, object]:
    """A lever and its answer, as `--format json` has them."""
    state, why = standing(answer)
    lever = answer.lever
    return {
        "name": lever.name,
        "title": lever.title,
        "standing": state,
        "reason": why,
        "gives_up": lever.gives_up,
        "group": lever.group,
        "moves": [scenario.value for scenario in lever.moves],
        "needs": [need.value for need in lever.needs],
    }


def _lines(answers: Sequence[Answer], advice: Sequence[Advice]) -> Iterator[Line]:
    width = max(len(answer.lever.name) for answer in answers)
    for answer in answers:
        state, why = standing(answer)
        lever = answer.lever
        said = [f"{state}{f': {why}' if why else ''}"]
        if lever.gives_up:
            said.append(f"gives up {lever.gives_up}")
        if lever.group and (others := _alternatives(answer, answers)):
            said.append(f"instead of {', '.join(others)}")
        yield from wrapped(
            [Piece(f"{lever.name:<{width}}  ", Tone.COMMAND)], lever.title, Tone.HEADING
        )
        for sentence in said:
            yield from wrapped([Piece(" " * (width + 2))], sentence)
    if advice:
        yield line("")
        yield line(Piece("advice, from the times of the last builds:", Tone.HEADING))
    for one in advice:
        figures = f"{one.share:.0%} of {one.of}, {one.cost_s:.1f} s"
        yield from wrapped([Piece("  ")], f"{figures}: {one.sentence}")


def _alternatives(answer: Answer, answers: Sequence[Answer]) -> list[str]:
    return [
        other.lever.name
        for other in answers
        if other.lever.group == answer.lever.group and other.lever.name != answer.lever.name
    ]


def _advice(invocation: Invocation, context: Context) -> tuple[Advice, ...]:
    facts = context.facts
    with open_existing_history(invocation.state_dir(facts.root)) as database:
        times = unit_times(database, facts.target_dir.resolve()) if database else ()
    found = recorded.read(facts.metadata, times)
    return registry.advise(found, facts) if found is not None else ()


def _advice_as_json(one: Advice) -> dict[str, object]:
    return {
        "adviser": one.adviser,
        "subject": one.subject,
        "sentence": one.sentence,
        "cost_s": round(one.cost_s, 3),
        "share": round(one.share, 4),
        "of": one.of,
    }
