"""Variables that the scripts of a workflow set: in front of a command, by `export`, or for later steps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cargo_hone.doctor.finding import Place
from cargo_hone.doctor.workflow import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """`text` is what stands at `place`, from the name to the value's end; "" where a folded script hides it."""

    place: Place
    value: str
    text: str


def assignments(job: Job, name: str) -> Iterator[Assignment]:
    """Yield the assignments of constants, but for those in comments. What the shell would expand is not known."""
    written = re.compile(
        # Within the quotes of `echo "NAME=a b" >> "$GITHUB_ENV"`, else quoted itself, else one word.
        rf"(?:(?<=\")({name}=([^\"]*))(?=\")|(?<=')({name}=([^']*))(?=')"
        rf"|(?<![\w\"'-])({name}=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"';&|]*))))"
    )
    for step in job.steps:
        for number, line in enumerate(step.run.split("\n")):
            found = written.search(line)
            if found is None or "#" in line[: found.start()]:
                continue
            text, value = (part for part in found.groups() if part is not None)
            if "$" in value:
                continue
            place = step.file.script_place((*step.way, "run"), number, text)
            there = step.file.source.lines[place.line - 1]
            is_exact = there.startswith(text, place.column - 1)
            yield Assignment(place=place, value=value, text=text if is_exact else "")
