"""What `A` and `B` mean: a variant, a label, a commit, a branch or a run, found in what was measured."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import MeasuredRun
from cargo_hone.history.lineage import Lineage

_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_SHOWN = 12


class Way(StrEnum):
    """What a text was taken for; each is also the prefix that says so: `label:monday`."""

    VARIANT = "variant"
    LABEL = "label"
    RUN = "run"
    COMMIT = "commit"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a text stands for: `runs`, the oldest first; all of one variant's, where it names a variant.

    `note` says what else must be known, e.g. that a branch's newest commit was not measured.
    """

    text: str
    way: Way
    runs: tuple[MeasuredRun, ...]
    variant: str | None = None
    note: str = ""


def select(text: str, runs: Sequence[MeasuredRun], *, lineage: Lineage) -> Selection:
    """Find out what `text` means. Raises UsageProblem for what is not there, and for what is several things."""
    if not runs:
        raise UsageProblem(
            "nothing has been measured in this workspace yet",
            next_step="measure it first: cargo hone measure",
        )
    prefix, colon, rest = text.partition(":")
    if colon and prefix in {way.value for way in Way}:
        way = Way(prefix)
        found = _WAYS[way](rest, runs, lineage)
        if found is None:
            raise _unknown(rest, runs, way)
        return found
    meanings = [found for way in Way if (found := _WAYS[way](text, runs, lineage)) is not None]
    if not meanings:
        raise _unknown(text, runs, None)
    # A branch and a tag are commits as well; that is no ambiguity if it means the same runs.
    distinct = {tuple((run.id, one.variant) for run in one.runs): one for one in meanings}
    if len(distinct) > 1:
        ways = " or ".join(f"`{one.way}:{text}`" for one in distinct.values())
        raise UsageProblem(
            f"`{text}` means several things here: {', '.join(_said(one) for one in distinct.values())}",
            next_step=f"say which: {ways}",
        )
    return meanings[0]


def _said(one: Selection) -> str:
    runs = "run" if len(one.runs) == 1 else "runs"
    return f"a {one.way} ({len(one.runs)} {runs})"


def _by_variant(text: str, runs: Sequence[MeasuredRun], _: Lineage) -> Selection | None:
    found = tuple(run for run in runs if text in run.variants)
    return Selection(text=text, way=Way.VARIANT, runs=found, variant=text) if found else None


def _by_label(text: str, runs: Sequence[MeasuredRun], _: Lineage) -> Selection | None:
    found = tuple(run for run in runs if text and run.label == text)
    return Selection(text=text, way=Way.LABEL, runs=found) if found else None


def _by_run(text: str, runs: Sequence[MeasuredRun], _: Lineage) -> Selection | None:
    number = text.removeprefix("#")
    found = tuple(
        run
        for run in runs
        if (number.isascii() and number.isdigit() and run.id == int(number)) or run.uid == text
    )
    return Selection(text=text, way=Way.RUN, runs=found) if found else None


def _by_commit(text: str, runs: Sequence[MeasuredRun], _: Lineage) -> Selection | None:
    if not _COMMIT.fullmatch(text.lower()):
        return None
    found = tuple(run for run in runs if run.commit and run.commit.startswith(text.lower()))
    commits = sorted({run.commit or "" for run in found})
    if len(commits) > 1:
        shown = ", ".join(commit[: len(text) + 6] for commit in commits)
        raise UsageProblem(
            f"several measured commits begin with `{text}`: {shown}", next_step="give more digits"
        )
    return _at_commit(text, Way.COMMIT, found) if found else None


def _by_branch(text: str, runs: Sequence[MeasuredRun], lineage: Lineage) -> Selection | None:
    """A branch, a tag, `HEAD~2`: the runs of that commit, or of the nearest one before it that was measured."""
    if not text or _COMMIT.fullmatch(text.lower()):
        return None
    commit = lineage.commit(text)
    if commit is None:
        return None
    measured: dict[str, list[MeasuredRun]] = {}
    for run in runs:
        if run.commit is not None:
            measured.setdefault(run.commit, []).append(run)
    nearest = next((one for one in lineage.ancestors(commit) if one in measured), None)
    if nearest is None:
        return None
    found = _at_commit(text, Way.BRANCH, measured[nearest])
    if nearest == commit:
        return found
    note = f"{text} is at {commit[:_SHOWN]}, which was not measured; taken: {nearest[:_SHOWN]}"
    return replace(found, note="; ".join(part for part in (note, found.note) if part))


def _at_commit(text: str, way: Way, runs: Sequence[MeasuredRun]) -> Selection:
    """The runs of one commit as it is; those with uncommitted changes only where there are no others."""
    clean = tuple(run for run in runs if not run.dirty)
    note = "" if clean else "only measured with uncommitted changes"
    return Selection(text=text, way=way, runs=clean or tuple(runs), note=note)


_Finder = Callable[[str, Sequence[MeasuredRun], Lineage], Selection | None]
_WAYS: Mapping[Way, _Finder] = {
    Way.VARIANT: _by_variant,
    Way.LABEL: _by_label,
    Way.RUN: _by_run,
    Way.COMMIT: _by_commit,
    Way.BRANCH: _by_branch,
}


def _unknown(text: str, runs: Sequence[MeasuredRun], way: Way | None) -> UsageProblem:
    """Say what there is, what is near first."""
    there: dict[Way, list[str]] = {
        Way.VARIANT: list(dict.fromkeys(name for run in reversed(runs) for name in run.variants)),
        Way.LABEL: list(dict.fromkeys(run.label for run in reversed(runs) if run.label)),
        Way.RUN: [str(run.id) for run in reversed(runs)],
        Way.COMMIT: list(
            dict.fromkeys(run.commit[:_SHOWN] for run in reversed(runs) if run.commit)
        ),
    }
    if way in there:
        there = {way: there[way]}
    names = [name for found in there.values() for name in found]
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.6)
    meant = f"; did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
    listed = "; ".join(f"{way}s: {_few(found)}" for way, found in there.items() if found)
    what = way or "variant, label, run, commit or branch"
    return UsageProblem(
        f"nothing was measured under the {what} `{text}`{meant}",
        next_step=f"choose from what there is ({listed or 'nothing of that kind'}), "
        "or see all of it: cargo hone history",
    )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
