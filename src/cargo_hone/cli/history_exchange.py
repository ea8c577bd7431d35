"""`cargo hone history save|load|push|pull`: runs from one machine to another, each of them once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from cargo_hone.cargo import metadata
from cargo_hone.cli.invocation import Format, Invocation, with_invocation
from cargo_hone.errors import UsageProblem
from cargo_hone.files import atomic
from cargo_hone.files.lock import locked
from cargo_hone.history.course import BRANCH_FACT
from cargo_hone.history.database import open_existing_history, open_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.history.merge import Merged, known_uids, load_portable, merge, portable_ids
from cargo_hone.history.portable import (
    MOST_BYTES,
    PortableRun,
    decode,
    decode_lines,
    encode,
)
from cargo_hone.history.transport import DEFAULT_BRANCH, HistoryBranch
from cargo_hone.report.committable import committable

_WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    root: Path
    state_dir: Path
    lineage: Lineage


@click.command("save", short_help="write the runs into a file, for an artifact")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_invocation
def save(invocation: Invocation, file: Path) -> int:
    """Write the runs of `measure` into FILE, a line each; runs that FILE has already stay in it."""
    here = _here(invocation)
    file = file.absolute()
    with locked(file.with_name(f".{file.name}.lock"), wait_s=_WAIT_S):
        content = atomic.read(file) or b""
        there = {run.uid for run in decode_lines(content, where=str(file))}
        own = dict(_lines(invocation, here, without=there))
        if content and not content.endswith(b"\n"):
            content += b"\n"
        atomic.create_parents(file)
        atomic.replace(file, content + b"".join(own.values()))
    _tell(invocation, "save", f"{file}: {_count(len(own))} added", new=len(own), known=len(there))
    return 0


@click.command("load", short_help="take over runs from such files")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@with_invocation
def load(invocation: Invocation, files: tuple[Path, ...]) -> int:
    """Take over the runs of FILES that are not here yet. A file that is not exactly what `save` writes is refused."""
    here = _here(invocation)
    runs = [run for file in files for run in _read(file)]
    _merged(invocation, here, runs, "load")
    return 0


_BRANCH = click.option(
    "--branch", default=DEFAULT_BRANCH, show_default=True, help="The branch with the runs."
)
_REMOTE = click.option("--remote", metavar="NAME", help="Where it is (default: origin).")


@click.command("push", short_help="add the runs to a branch of the remote")
@_BRANCH
@_REMOTE
@with_invocation
def push(invocation: Invocation, branch: str, remote: str | None) -> int:
    """Add the runs of `measure` to a branch that holds nothing else, a file each.

    The work tree, the index and your own branches stay as they are. Where another job pushes at the same time both get
    in: files never change, and whoever is late adds theirs on top.
    """
    _require_network(invocation)
    here = _here(invocation)
    there = HistoryBranch(here.root, env=invocation.env, remote=remote, branch=branch)
    pushed = there.push(dict(_lines(invocation, here, without=set())))
    said = f"{there.branch}: {_count(pushed.new)} added, {pushed.known} there already"
    _tell(invocation, "push", said, new=pushed.new, known=pushed.known)
    return 0


@click.command("pull", short_help="take over runs from such a branch")
@_BRANCH
@_REMOTE
@with_invocation
def pull(invocation: Invocation, branch: str, remote: str | None) -> int:
    """Take over the runs of the branch that are not here yet; a branch that is not there yet has none."""
    _require_network(invocation)
    here = _here(invocation)
    there = HistoryBranch(here.root, env=invocation.env, remote=remote, branch=branch)
    with open_existing_history(here.state_dir) as database:
        known = known_uids(database) if database is not None else frozenset()
    _merged(invocation, here, _pulled(invocation, there.pull(known)), "pull")
    return 0


COMMANDS = (save, load, push, pull)


def _here(invocation: Invocation) -> _Place:
    root = metadata.workspace_root(invocation.manifest(), env=invocation.env)
    return _Place(
        root=root,
        state_dir=invocation.state_dir(root),
        lineage=Lineage(root=root, env=invocation.env),
    )


def _lines(
    invocation: Invocation, here: _Place, *, without: set[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the runs that may travel, without this machine's paths; one that cannot is named and left out."""
    head = here.lineage.commit("HEAD")
    branch = _branch(invocation, here)
    with open_existing_history(here.state_dir) as database:
        if database is None:
            return
        for uid, run_id in portable_ids(database):
            if uid in without:
                continue
            run = load_portable(database, uid, run_id)
            record = committable(run.record)
            if branch and record.subject.git_commit == head and head is not None:
                facts = {BRANCH_FACT: branch, **dict(record.facts)}
                record = replace(record, facts=tuple(sorted(facts.items())))
            try:
                yield uid, encode(PortableRun(uid=uid, record=record))
            except UsageProblem as problem:
                invocation.console.note(f"note: left out: {problem.message}")


def _branch(invocation: Invocation, here: _Place) -> str | None:
    """The branch whose newest commit HEAD is: as the pipeline says, else as git does."""
    ref = invocation.env.get("GITHUB_REF", "")
    if ref:
        return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None
    return here.lineage.branch


def _read(file: Path) -> Iterator[PortableRun]:
    if not file.is_file():
        raise UsageProblem(f"there is no file {file}", next_step="name one that `save` has written")
    if file.stat().st_size > MOST_BYTES:
        raise UsageProblem(
            f"{file} is larger than a history can be ({MOST_BYTES // 1024**2} MiB)",
            next_step="name one that `save` has written",
        )
    yield from decode_lines(atomic.read(file.absolute()) or b"", where=str(file))


def _pulled(invocation: Invocation, found: Iterable[tuple[str, bytes]]) -> Iterator[PortableRun]:
    """Read what the branch holds: a file that is not a run keeps no other from being taken over."""
    for uid, line in found:
        try:
            run = decode(line, where=f"runs/{uid[:2]}/{uid}.json")
        except UsageProblem as problem:
            invocation.console.error(problem.message, label="warning")
            continue
        if run.uid == uid:
            yield run
        else:
            invocation.console.error(f"runs/{uid[:2]}/{uid}.json is another run's", label="warning")


def _merged(
    invocation: Invocation, here: _Place, runs: Iterable[PortableRun], command: str
) -> Merged:
    given = list(runs)
    if given:
        with open_history(here.state_dir) as database:
            merged = merge(database, given, workspace_root=here.root)
    else:
        merged = Merged(new=0, known=0)
    said = f"{_count(merged.new)} taken over, {merged.known} here already"
    _tell(invocation, command, said, new=merged.new, known=merged.known)
    return merged


def _tell(invocation: Invocation, command: str, said: str, *, new: int, known: int) -> None:
    if invocation.format is Format.JSON:
        document = {"schema": f"cargo-hone/history-{command}/v1", "new": new, "known": known}
        invocation.console.print(json.dumps(document, indent=2))
    else:
        invocation.console.print(said)


def _require_network(invocation: Invocation) -> None:
    if invocation.offline:
        raise UsageProblem(
            "a branch of the remote cannot be reached with --offline",
            next_step="leave --offline out, or use a file: cargo hone history save FILE",
        )


def _count(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"
