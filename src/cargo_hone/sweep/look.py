"""One look at a target directory by the thresholds of the place, and the sweep that they want."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cargo_hone.files.failure import explained
from cargo_hone.history.swept import RebuildTime
from cargo_hone.settings.read import read
from cargo_hone.sweep.auto import Marks, Place, marks_of, place_of, wanted
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.space import Space, read_space
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.sweep import Swept, sweep
from cargo_hone.target.inventory import allocated_bytes
from cargo_hone.target.layout import LayoutKind, read_layout
from cargo_hone.target.ownership import premises_for
from cargo_hone.target.premises import Premises


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found and done. Sizes in allocated bytes; `after_bytes` is what a dry run would leave.

    `space` is None where nothing was ever built; `budget` and `swept` are None where nothing had to be done. `sharers`
    says who else may build there, if anybody: then nothing goes for a limit that nobody gave for that directory.
    """

    subject: Subject
    place: Place
    marks: Marks
    before_bytes: int = 0
    after_bytes: int = 0
    space: Space | None = None
    budget: Budget | None = None
    swept: Swept | None = None
    sharers: str = ""

    @property
    def is_large(self) -> bool:
        """Whether the target directory takes more than the warning mark."""
        return self.after_bytes > self.marks.warn_bytes

    @property
    def is_full(self) -> bool:
        """Whether the disk is fuller than it may be."""
        return self.space is not None and self.space.used_share > self.marks.fail_share


def look(
    subject: Subject,
    *,
    env: Mapping[str, str],
    premises: Callable[[], Premises],
    recorded: Callable[[], tuple[RebuildTime, ...]],
    dry_run: bool,
    wait_s: float,
) -> Look:
    """Measure, and sweep where the thresholds want it. `premises` and `recorded` are asked only then.

    Raises UsageProblem for settings that cannot be read, Unavailable for a directory that cannot, and whatever
    `sweep` raises.
    """
    place = place_of(env)
    marks = marks_of(read(subject.root, env).disk, place)
    target_dir = subject.target_dir
    # Units lie in the build-dir; where that is split off, on its file system the space is needed.
    build_dir = subject.known.build_directory if subject.known is not None else target_dir
    with explained("look through", target_dir):
        layout = read_layout(build_dir.resolve(), final_root=target_dir.resolve())
        if not build_dir.is_dir() or layout.kind is LayoutKind.EMPTY:
            return Look(subject=subject, place=place, marks=marks)
        size_bytes = allocated_bytes(layout)
        space = read_space(build_dir)
    budget = wanted(place, marks, size_bytes=size_bytes, space=space)
    if budget is None:
        return Look(
            subject=subject,
            place=place,
            marks=marks,
            before_bytes=size_bytes,
            after_bytes=size_bytes,
            space=space,
        )
    facts = premises()
    sharers = subject.doubt or premises_for(build_dir.resolve(), facts)[1]
    if sharers:
        budget = Budget()
    swept = sweep(
        target_dir,
        premises=facts,
        dry_run=dry_run,
        wait_s=wait_s,
        budget=budget,
        recorded=recorded(),
    )
    is_judged = not swept.record.skipped
    return Look(
        subject=subject,
        place=place,
        marks=marks,
        before_bytes=swept.record.before_bytes if is_judged else size_bytes,
        after_bytes=swept.record.after_bytes if is_judged else size_bytes,
        space=read_space(build_dir),
        budget=budget,
        swept=swept,
        sharers=sharers,
    )
