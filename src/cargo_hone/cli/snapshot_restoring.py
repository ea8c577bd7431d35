"""What `cargo hone snapshot restore` does, and what it prints; loaded while cargo tells about the workspace."""

import json
import shlex
from collections import Counter
from collections.abc import Set as AbstractSet
from pathlib import Path

from cargo_hone.cargo import metadata
from cargo_hone.cargo.build import build
from cargo_hone.cargo.messages import Artifact
from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.cli.snapshot_bring import Brought, bring
from cargo_hone.cli.snapshot_fit import passed_over
from cargo_hone.cli.snapshot_here import Here, here
from cargo_hone.cli.snapshot_place import LOCK_WAIT_S, remote_at, store_at
from cargo_hone.errors import Exit, Unavailable, UsageProblem
from cargo_hone.report import figures
from cargo_hone.snapshot.check import Checked
from cargo_hone.snapshot.check import check as check_restored
from cargo_hone.snapshot.choose import Choice, choose
from cargo_hone.snapshot.restore import Restored, restore
from cargo_hone.snapshot.save import save
from cargo_hone.snapshot.store import Store
from cargo_hone.target.premises import read_premises

_SHOWN = 12


def restored(
    invocation: Invocation,
    found: Here,
    *,
    snapshot: str,
    source: Path | None,
    pull: bool,
    remote: str | None,
    check: bool,
    copy: bool,
    store: Path | None,
) -> Exit:
    """Restore, with the options of the command. Raises HoneError."""
    place, kept = found.place, store_at(store)
    brought = None
    if source is not None and (pull or remote):
        raise UsageProblem(
            "another checkout and a remote cannot both be meant",
            next_step="leave one of them out: --from DIR, or --pull",
        )
    if pull or remote:
        brought = _pulled(invocation, found, kept, remote, wanted=snapshot)
    if source is not None:
        snapshot = _saved_there(
            invocation, source, kept, wanted=snapshot, packages=place.packages.keys()
        )
    choice = choose(place, kept, wanted=snapshot)
    if choice is None:
        _say_none(invocation, passed_over(kept, place), brought)
        return Exit.FINDINGS
    done = restore(place, kept, choice.saved, choice.manifest, links=not copy, wait_s=LOCK_WAIT_S)
    checked = _checked(invocation, found, done) if check else None
    if invocation.format is Format.JSON:
        document = _document(choice, done) | _check_document(checked)
        if brought is not None:
            document["pulled"] = brought.document()
        invocation.console.print(json.dumps(document, indent=2))
    else:
        if brought is not None:
            invocation.console.print(brought.said)
        _show(invocation, choice, done)
        _show_check(invocation, checked)
    return Exit.FINDINGS if checked is not None and checked.unforeseen else Exit.OK


def _pulled(
    invocation: Invocation, found: Here, kept: Store, remote: str | None, *, wanted: str
) -> Brought | None:
    """Fetch what the remote has; one that does not answer is no reason not to restore what is here."""
    try:
        source = remote_at(invocation, found.settings, remote, reads=True)
        return bring(invocation, found, kept, source, wanted=wanted)
    except Unavailable as error:
        invocation.console.note(f"nothing was pulled: {error.message}")
        return None


def _say_none(invocation: Invocation, passed: list[str], brought: Brought | None) -> None:
    console = invocation.console
    if invocation.format is Format.JSON:
        document: dict[str, object] = {
            "schema": "cargo-hone/snapshot-restore/v1",
            "id": None,
            "passed_over": passed,
        }
        if brought is not None:
            document["pulled"] = brought.document()
        console.print(json.dumps(document, indent=2))
        return
    if brought is not None:
        console.print(brought.said)
        for one in brought.passed_over:
            console.print(f"  {one}")
    console.print("there is no snapshot of this project for this machine")
    for one in passed:
        console.print(f"  {one}")
    console.print("make one after a build: cargo hone snapshot save")


def _saved_there(
    invocation: Invocation, source: Path, store: Store, *, wanted: str, packages: AbstractSet[str]
) -> str:
    """Save the other checkout's target directory now, which costs what has changed since the last time."""
    if wanted:
        raise UsageProblem(
            "a snapshot and --from cannot both be meant", next_step="leave one of them out"
        )
    there = here(invocation, metadata.locate_manifest(source))
    if not there.place.packages.keys() & packages:
        raise UsageProblem(
            f"{source} is another project: none of its packages is one of this workspace's",
            next_step="name another checkout of this project: --from DIR",
        )
    return save(
        there.place,
        store,
        premises=read_premises(there.known),
        harmless=there.settings.snapshot.harmless_macros,
        wait_s=LOCK_WAIT_S,
    ).saved.id


def _checked(invocation: Invocation, found: Here, done: Restored) -> Checked:
    """Run what the snapshot was saved after, or the plain build."""
    artifacts: list[Artifact] = []
    for words in done.manifest.commands or (("build", "--workspace"),):
        outcome = build(cwd=found.known.workspace_root, args=words, env=invocation.env)
        outcome.require_ok(f"`cargo {shlex.join(words)}`", next_step="mend what the compiler names")
        artifacts += outcome.messages.artifacts
    return check_restored(done, artifacts)


def _show_check(invocation: Invocation, checked: Checked | None) -> None:
    if checked is None:
        return
    console = invocation.console
    console.print(f"  cargo compiled {checked.compiled} units, {checked.fresh} were fresh")
    for one in checked.unforeseen:
        console.print(f"    not foreseen: {one}")


def _check_document(checked: Checked | None) -> dict[str, object]:
    if checked is None:
        return {}
    return {
        "check": {
            "compiled": checked.compiled,
            "fresh": checked.fresh,
            "unforeseen": list(checked.unforeseen),
        }
    }


def _show(invocation: Invocation, choice: Choice, done: Restored) -> None:
    console, placed = invocation.console, done.placed
    where = "" if choice.distance is None else f", {choice.distance} commits away"
    console.print(f"snapshot {choice.saved.id}{where}")
    console.print(
        f"  {figures.count(placed.linked, 'file')} linked ({figures.size(placed.linked_bytes)}),"
        f" {placed.written} written ({figures.size(placed.written_bytes)}),"
        f" {placed.there} were there; {done.wall_s:.1f} s"
    )
    if not done.to_compile:
        console.print("  cargo will compile nothing")
        return
    console.print(
        f"  cargo will compile {len(done.to_compile)} of {len(done.manifest.units)} units:"
    )
    reasons = Counter((one.package, one.reason) for one in done.to_compile)
    for (package, reason), count in reasons.most_common(_SHOWN):
        console.print(f"    {package} ({count}): {reason}")
    if len(reasons) > _SHOWN:
        console.print(f"    … and {len(reasons) - _SHOWN} more (--format json has all)")


def _document(choice: Choice, done: Restored) -> dict[str, object]:
    placed = done.placed
    return {
        "schema": "cargo-hone/snapshot-restore/v1",
        "id": choice.saved.id,
        "distance": choice.distance,
        "passed_over": list(choice.unusable),
        "files": {"linked": placed.linked, "written": placed.written, "there": placed.there},
        "bytes": {
            "linked": placed.linked_bytes,
            "written": placed.written_bytes,
            "there": placed.there_bytes,
        },
        "sources": {"unchanged": done.timed.unchanged, "changed": done.timed.changed},
        "withdrawn": done.withdrawn,
        "left_out": [
            {"unit": one.label, "package": one.package, "reason": one.reason}
            for one in done.left_out
        ],
        "to_compile": [
            {"unit": one.label, "package": one.package, "reason": one.reason}
            for one in done.to_compile
        ],
        "shifted_s": done.shift_ns / 1e9,
        "wall_s": round(done.wall_s, 3),
    }
