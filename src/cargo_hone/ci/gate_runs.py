"""Which runs the gate is about: the newest of HEAD, and those of the base branch before it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import MeasuredRun
from cargo_hone.history.lineage import Lineage
from cargo_hone.measure.variants import BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRuns:
    """What is held against what.

    `base_commit` is what head stands on: where it parted from the base branch, or, on that branch itself, the newest
    commit before it that was measured (else the one before it). None where git does not know it. `base` are runs of the
    base branch up to there, the oldest first; `way` those of head's own commits after it, without head's.
    """

    head_commit: str | None
    base_name: str
    base_commit: str | None
    head: MeasuredRun | None
    base: tuple[MeasuredRun, ...]
    way: tuple[MeasuredRun, ...]
    notes: tuple[str, ...] = ()


def gate_runs(
    runs: Sequence[MeasuredRun],
    lineage: Lineage,
    *,
    asked: str | None,
    settled: str,
    env: Mapping[str, str],
) -> GateRuns:
    """Choose from `runs`, the oldest first. `asked` names the base on the command line, `settled` in the settings.

    Raises UsageProblem for a base that was asked for and that git does not know.
    """
    name = asked or settled or env.get("GITHUB_BASE_REF") or lineage.default_branch or "main"
    tip = lineage.commit(name)
    shallow = lineage.is_shallow
    if tip is None and asked and not shallow:
        raise UsageProblem(
            f"git knows no branch or commit `{asked}` here",
            next_step="fetch it, or name another one: --base NAME",
        )
    head_commit = lineage.commit("HEAD")
    of_base = [run for run in runs if BASE in run.variants]
    head_line = lineage.ancestors(head_commit) if head_commit else ()
    fork = lineage.merge_base(head_commit, tip) if head_commit and tip else None
    line = lineage.ancestors(fork) if fork else ()
    places = {commit: -place for place, commit in enumerate(line) if commit != head_commit}
    base = [run for run in of_base if run.commit in places and not run.dirty]
    base.sort(key=lambda run: places[run.commit or ""])
    if shallow:
        # The checkout does not reach back; runs that say of themselves that they were the branch's come first.
        base = [*_said_to_be(name, of_base, {*head_line, *places}), *base]
    own = [commit for commit in head_line if commit not in places and commit != head_commit]
    order = {commit: -place for place, commit in enumerate(own)}
    way = [run for run in of_base if run.commit in order and not run.dirty and fork is not None]
    way.sort(key=lambda run: order[run.commit or ""])
    return GateRuns(
        head_commit=head_commit,
        base_name=name,
        base_commit=_base_commit(fork, head_commit, line, base),
        head=next((run for run in reversed(of_base) if run.commit == head_commit), None)
        if head_commit
        else None,
        base=tuple(base),
        way=tuple(way),
        notes=tuple(_notes(name, tip, fork, of_base, places, shallow=shallow)),
    )


def _said_to_be(name: str, runs: Sequence[MeasuredRun], known: set[str]) -> Iterator[MeasuredRun]:
    for run in runs:
        if run.branch == name and run.commit not in known and not run.dirty:
            yield run


def _base_commit(
    fork: str | None, head: str | None, line: Sequence[str], base: Sequence[MeasuredRun]
) -> str | None:
    if fork is None or fork != head:
        return fork
    measured = {run.commit for run in base}
    before = line[1:]
    return next((commit for commit in before if commit in measured), next(iter(before), None))


def _notes(
    name: str,
    tip: str | None,
    fork: str | None,
    runs: Sequence[MeasuredRun],
    places: Mapping[str, int],
    *,
    shallow: bool,
) -> Iterator[str]:
    if shallow and fork is None:
        yield (
            f"This checkout does not reach back to where it parted from {name}; give it the whole history "
            "(actions/checkout: `fetch-depth: 0`)."
        )
    elif tip is None:
        yield f"Git knows no branch {name} here."
    elif fork is None:
        yield f"HEAD and {name} have no commit in common."
    dirty = sum(1 for run in runs if run.dirty and run.commit in places)
    if dirty:
        count = "1 run" if dirty == 1 else f"{dirty} runs"
        yield f"{count} of {name} with uncommitted changes left out."
