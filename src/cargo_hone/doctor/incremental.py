"""`CARGO_INCREMENTAL`, switched on in the scripts of a workflow."""

from collections.abc import Iterator
from dataclasses import dataclass

from cargo_hone.doctor.assignments import assignments
from cargo_hone.doctor.finding import Fix, Place, Splice
from cargo_hone.doctor.workflow import Job

NAME = "CARGO_INCREMENTAL"
ON = frozenset({"1", "true"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a script switches it on, for one command or for later steps; `fix` is None where its text is folded."""

    place: Place
    fix: Fix | None


def in_scripts(job: Job) -> Iterator[Written]:
    """Yield the places."""
    for found in assignments(job, NAME):
        if found.value not in ON:
            continue
        fix = None
        if found.text:
            name, _, value = found.text.partition("=")
            off = f"{name}={value.replace(found.value, '0')}"
            splice = Splice(place=found.place, old=found.text, new=off)
            fix = Fix(title=f"set {NAME} to 0", is_safe=True, edits=(splice,))
        yield Written(place=found.place, fix=fix)
