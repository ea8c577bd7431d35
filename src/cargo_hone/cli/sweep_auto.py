"""`cargo hone sweep --auto`: what the thresholds of the place want, once or again and again."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cargo_hone.cli import sweep_json, sweep_record, sweep_shown
from cargo_hone.cli.invocation import Format, Invocation
from cargo_hone.cli.sweep_subjects import subjects
from cargo_hone.errors import Busy, Exit, HoneError, Unavailable, UsageProblem
from cargo_hone.files.lock import locked
from cargo_hone.history import place as history_place
from cargo_hone.history.swept import Trigger
from cargo_hone.report import figures
from cargo_hone.sweep.look import Look, look
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.watch import Watch
from cargo_hone.target.premises import Premises

_WAIT_S = 10.0
_LOCK_NAME = "watch.lock"


def run(
    invocation: Invocation, paths: Sequence[Path], *, every_s: float | None, dry_run: bool
) -> int:
    """Look at each target directory and do what its thresholds want; with `every_s` stay at it."""
    found = subjects(invocation, paths)
    if every_s is not None:
        if len(found) != 1 or dry_run or every_s <= 0:
            raise UsageProblem(
                "--watch stays at one target directory, and sweeps it",
                next_step="name one, leave -n out, and give --watch a time: --watch 10m",
            )
        return _watch(invocation, paths, found[0], every_s=every_s)
    looks: list[Look] = []
    code = Exit.OK
    for one in found:
        try:
            premises = partial(one.premises, invocation.env)
            looks.append(_look(invocation, one, premises, trigger=Trigger.AUTO, dry_run=dry_run))
        except HoneError as error:
            if len(found) == 1:
                raise
            code = sweep_shown.tell(error, invocation.console)
    for each in looks:
        if warning := _warning(each):
            _warn(invocation, warning)
    _present(invocation, looks, dry_run=dry_run, several=len(found) > 1)
    if dry_run:
        would = any(one.swept is not None and one.swept.plan.removals for one in looks)
        return int(code or (Exit.FINDINGS if would else Exit.OK))
    full = [one for one in looks if one.is_full]
    if full:
        raise _full(full[0])
    return int(code)


def _look(
    invocation: Invocation,
    one: Subject,
    premises: Callable[[], Premises],
    *,
    trigger: Trigger,
    dry_run: bool,
) -> Look:
    found = look(
        one,
        env=invocation.env,
        premises=premises,
        recorded=partial(sweep_record.recalled, invocation, one),
        dry_run=dry_run,
        wait_s=_WAIT_S,
    )
    if found.swept is not None and not dry_run:
        sweep_record.recorded(invocation, one, found.swept, budget=found.budget, trigger=trigger)
    return found


def _watch(invocation: Invocation, paths: Sequence[Path], one: Subject, *, every_s: float) -> int:
    console = invocation.console
    said: set[str] = set()

    def premises() -> Premises:
        # The workspace may have another lock file by now; cargo is asked only when something is swept.
        return subjects(invocation, paths)[0].premises(invocation.env)

    def look_again() -> None:
        try:
            found = _look(invocation, one, premises, trigger=Trigger.WATCH, dry_run=False)
        except HoneError as error:
            # A build that takes hours, a manifest amid an edit: the next round looks again.
            texts = [error.message]
        else:
            if found.swept is not None and found.swept.plan.removals:
                said.clear()
                _present(invocation, [found], dry_run=False, several=False)
                console.out.flush()
            texts = [_warning(found), _full(found).message if found.is_full else ""]
        for text in texts:
            if text and text not in said:
                said.add(text)
                _warn(invocation, text)

    lock = history_place.state_dir(one.target_dir, invocation.state_dir_given) / _LOCK_NAME
    watch = Watch(target_dir=one.target_dir, every_s=every_s, look=look_again)
    try:
        with locked(lock, wait_s=0.0):
            console.note(f"watching {one.target_dir}")
            reason = watch.stay()
    except Busy:
        console.note(f"{one.target_dir} is watched already")
        return int(Exit.OK)
    except KeyboardInterrupt:
        reason = "it was asked to end"
    console.note(f"the watch has ended: {reason}")
    return int(Exit.OK)


def _present(
    invocation: Invocation, looks: Sequence[Look], *, dry_run: bool, several: bool
) -> None:
    if invocation.format is Format.JSON:
        entries = [_entry(found, dry_run=dry_run) for found in looks]
        text = sweep_json.document(entries, dry_run=dry_run, several=several)
        invocation.console.print(text)
        return
    for found in looks:
        _show(invocation, found, dry_run=dry_run)


def _show(invocation: Invocation, found: Look, *, dry_run: bool) -> None:
    console, target_dir = invocation.console, found.subject.target_dir
    if found.space is None:
        console.print(f"{target_dir}: nothing was restored or built here")
    elif found.swept is None:
        size, mark = figures.size(found.before_bytes), figures.size(found.marks.warn_bytes)
        word = "more" if found.is_large else "less"
        console.print(f"{target_dir}: {size}, {word} than {mark} ({found.place}.warn)")
    else:
        sweep_shown.show_plan(found.swept, console, named=True)
        sweep_shown.show_sizes(found.swept, console, dry_run=dry_run)


def _warning(found: Look) -> str:
    """What somebody should know; "" where the target directory takes less than the warning mark."""
    if not found.is_large:
        return ""
    size, mark = figures.size(found.after_bytes), figures.size(found.marks.warn_bytes)
    text = f"{found.subject.target_dir} takes {size}, more than {mark} ({found.place}.warn)"
    if found.swept is not None and found.swept.plan.skipped:
        return f"{text}; it could not be swept: {found.swept.plan.skipped}"
    if found.sharers:
        return (
            f"{text}; {found.sharers}. Only you can know what may go for a limit:"
            f" cargo hone sweep --max-size SIZE {found.subject.target_dir}"
        )
    if found.swept is not None and found.swept.plan.shortfall is not None:
        return f"{text}; {sweep_shown.shortfall_text(found.swept.plan.shortfall)}"
    past = figures.size(found.marks.sweep_bytes)
    return f"{text}; past {past} ({found.place}.sweep) it is swept down to that"


def _warn(invocation: Invocation, text: str) -> None:
    """Warn as cargo does; in GitHub Actions as an annotation, which the runner finds in either stream."""
    if invocation.env.get("GITHUB_ACTIONS") != "true":
        invocation.console.error(text, label="warning")
        return
    # docs.github.com, "Workflow commands": these three are escaped in a message.
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    invocation.console.err.write(f"::warning title=cargo hone sweep::{escaped}\n")
    invocation.console.err.flush()


def _full(found: Look) -> Unavailable:
    space = found.space
    share = space.used_share if space is not None else 0.0
    free = figures.size(space.free_bytes if space is not None else 0)
    return Unavailable(
        f"the disk of {found.subject.target_dir} is {share:.1%} full ({free} left), more than"
        f" {found.marks.fail_share:.0%} ({found.place}.fail): the next build may break",
        next_step="see what takes the space (`du -xh --max-depth 2 / | sort -h | tail`); of the target"
        " directory more goes with `cargo hone sweep --min-free 10G`",
    )


def _entry(found: Look, *, dry_run: bool) -> dict[str, object]:
    auto = {
        "place": found.place,
        "warn_bytes": found.marks.warn_bytes,
        "sweep_bytes": found.marks.sweep_bytes,
        "fail_share": found.marks.fail_share,
        "disk_used_share": round(found.space.used_share, 4) if found.space else None,
        "disk_full": found.is_full,
        "warning": _warning(found) or None,
    }
    if found.swept is not None:
        entry = sweep_json.entry(found.swept, budget=found.budget, dry_run=dry_run)
    else:
        reason = "" if found.space is not None else "nothing was restored or built here"
        entry = sweep_json.untouched(
            found.subject.target_dir, found.before_bytes, reason=reason, dry_run=dry_run
        )
    return {**entry, "auto": auto}
