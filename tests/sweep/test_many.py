"""`-r`: which target directories are found, whose they are, and one budget for all of them."""

import fcntl
import shutil
from collections.abc import Sequence
from pathlib import Path

from cargo_hone.errors import Busy
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.judged import Request
from cargo_hone.sweep.many import Many, find
from cargo_hone.sweep.subject import Subject
from cargo_hone.sweep.together import Together, sweep_together
from tests.target.tiny import Tiny, environment


def found(*paths: Path) -> Many:
    return find(paths, env=environment(), flags=["--offline"])


def requests(subjects: Sequence[Subject]) -> list[Request]:
    return [
        Request(target_dir=one.target_dir, premises=one.premises(environment()), rest=one.gone)
        for one in subjects
    ]


def together(subjects: Sequence[Subject], budget: Budget | None, *, dry: bool = True) -> Together:
    return sweep_together(requests(subjects), budget=budget, dry_run=dry)


def without_checkout(tiny: Tiny) -> None:
    for entry in tiny.root.iterdir():
        if entry != tiny.target:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def built_here(tiny: Tiny) -> Tiny:
    """A copy whose programs were linked here: the names of their sources are those of this place."""
    tiny.edit("app/src/main.rs", "fn main() {", "fn main() { let _ = 1;")
    tiny.edit("app/src/lib.rs", "pub fn answer", "pub fn more() {} pub fn answer")
    tiny.cargo("build", "--workspace")
    return tiny


def test_workspaces_are_found_by_what_cargo_left(tiny: Tiny, tmp_path: Path) -> None:
    other = tiny.copy(tmp_path / "deep/er/.worktrees/other")
    other.target.rename(other.root / "out")
    (tmp_path / "deep/target").mkdir()
    (tmp_path / "deep/target/CACHEDIR.TAG").write_text(
        "Signature: 8a477f597d28d172789f06886806bc55"
    )
    (tmp_path / "link").symlink_to(tiny.root)
    many = found(tmp_path, tiny.root / "target")
    assert [one.target_dir for one in many.subjects] == [other.root / "out", tiny.target]
    assert [one.root for one in many.subjects] == [other.root / "out", tiny.root]
    stranger = many.subjects[0]
    assert stranger.known is None
    assert not stranger.gone
    assert "no workspace is known" in stranger.doubt
    assert many.passed == ()


def test_one_without_any_mark_is_known_by_its_locks(tiny: Tiny) -> None:
    for name in ("CACHEDIR.TAG", ".rustc_info.json"):
        (tiny.target / name).unlink()
    assert [one.target_dir for one in found(tiny.root).subjects] == [tiny.target]
    # What was not named is not looked into: it lies above.
    assert found(tiny.debug).subjects == ()


def test_what_cannot_be_entered_is_told(tmp_path: Path) -> None:
    many = found(tmp_path / "nowhere")
    assert [passed.path for passed in many.passed] == [tmp_path / "nowhere"]


def test_nothing_of_a_workspace_is_written(tiny: Tiny) -> None:
    lock = tiny.root / "Cargo.lock"
    lock.unlink()
    many = found(tiny.root)
    assert not lock.exists()
    assert many.subjects[0].known is None
    assert "cannot be asked" in many.subjects[0].doubt


def test_one_elsewhere_is_claimed_by_a_workspace_below_the_paths(
    tiny: Tiny, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "shared"
    tiny.target.rename(elsewhere)
    tiny.write(".cargo/config.toml", f'[build]\ntarget-dir = "{elsewhere}"\n')
    assert [one.root for one in found(tmp_path).subjects] == [tiny.root]
    assert found(elsewhere).subjects[0].known is None
    second = tiny.copy(tmp_path / "second")
    doubt = found(tmp_path).subjects[0].doubt
    assert str(tiny.root) in doubt
    assert str(second.root) in doubt


def test_where_the_checkout_is_gone_all_goes_and_nowhere_else(tiny: Tiny, tmp_path: Path) -> None:
    gone = built_here(tiny.copy(tmp_path / "gone"))
    # Beside a target directory whose programs were built from elsewhere nothing is gone.
    moved = tiny.copy(tmp_path / "moved")
    without_checkout(gone)
    without_checkout(moved)
    (moved.target / "keep").write_text("mine")
    (gone.target / "debug/mine").write_text("mine")
    subjects = found(tmp_path).subjects
    reasons = {one.target_dir: one.gone for one in subjects}
    assert reasons == {
        gone.target: f"the checkout that it was built from, {gone.root}, is gone",
        moved.target: "",
        tiny.target: "",
    }
    done = together(subjects, None, dry=False)
    assert not done.refused
    swept = done.swept[gone.target]
    assert {removal.reason for removal in swept.plan.removals if removal.is_unit} == {
        reasons[gone.target]
    }
    assert not list(gone.target.rglob(".fingerprint/*"))
    assert (gone.target / "debug/mine").read_text() == "mine"
    assert done.swept[moved.target].record.deleted_units == 0
    assert tiny.cargo("build").compiled == []


def test_sources_elsewhere_may_only_be_out_of_sight(tiny: Tiny, tmp_path: Path) -> None:
    other = built_here(tiny.copy(tmp_path / "other"))
    far = tmp_path / "far" / "target"
    far.parent.mkdir()
    other.target.rename(far)
    shutil.rmtree(other.root)
    (one,) = found(far.parent).subjects
    assert not one.gone
    assert "no workspace is known" in one.doubt


def test_while_one_source_is_there_nothing_is_gone(tiny: Tiny, tmp_path: Path) -> None:
    left = built_here(tiny.copy(tmp_path / "left"))
    (left.root / "Cargo.toml").unlink()
    (left.root / "app/Cargo.toml").unlink()
    assert not found(left.root).subjects[0].gone


def test_one_budget_is_shared(tiny: Tiny, tmp_path: Path) -> None:
    other = tiny.copy(tmp_path / "other")
    gone = built_here(tiny.copy(tmp_path / "gone"))
    without_checkout(gone)
    subjects = found(tmp_path).subjects
    whole = together(subjects, None)
    dead_bytes = whole.before_bytes - whole.after_bytes
    assert whole.before_bytes == sum(t.record.before_bytes for t in whole.swept.values())
    # The dead are enough: what is alive stays, and the checkout that is gone pays all.
    small = together(subjects, Budget(max_bytes=whole.before_bytes - dead_bytes))
    assert small.shortfall is None
    assert [t.plan.price.units for t in small.swept.values()] == [0, 0, 0]

    asked = Budget(max_bytes=whole.before_bytes - dead_bytes - 4_000_000)
    planned = together(subjects, asked)
    done = together(subjects, asked, dry=False)
    assert planned.after_bytes <= (asked.max_bytes or 0)
    assert done.after_bytes == planned.after_bytes
    left = sum(sum(1 for _ in tree.target.rglob("*.rlib")) for tree in (tiny, other))
    assert left > 0
    unreachable = together(subjects, Budget(max_bytes=1))
    assert unreachable.shortfall is not None
    assert unreachable.shortfall.missing_bytes == unreachable.after_bytes - 1


def test_free_space_is_a_matter_of_each_file_system(tiny: Tiny) -> None:
    subjects = found(tiny.root).subjects
    done = together(subjects, Budget(min_free_bytes=10**18))
    assert done.shortfall is not None
    assert done.shortfall.missing_free_bytes > 10**17
    assert together(subjects, Budget(min_free_bytes=1)).shortfall is None


def test_what_a_build_locks_is_left_out_and_told(tiny: Tiny, tmp_path: Path) -> None:
    other = tiny.copy(tmp_path / "other")
    files = tiny.files()
    told: list[str] = []
    with (tiny.debug / ".cargo-lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = sweep_together(
            requests(found(tmp_path).subjects),
            budget=Budget(max_bytes=1),
            dry_run=False,
            wait_s=0.2,
            on_wait=told.append,
        )
    assert list(done.swept) == [other.target]
    assert [one.target_dir for one in done.refused] == [tiny.target]
    assert isinstance(done.refused[0].error, Busy)
    assert len(told) == 1
    assert "waiting" in told[0]
    assert tiny.files() == files
    assert done.swept[other.target].record.deleted_units > 0


def test_one_inside_another_is_its_own_and_counts_once(tiny: Tiny, tmp_path: Path) -> None:
    nested = tiny.target / "rust-analyzer"
    shutil.copytree(tiny.target, tmp_path / "aside", symlinks=True)
    (tmp_path / "aside").rename(nested)
    subjects = found(tiny.root).subjects
    assert [one.target_dir for one in subjects] == [tiny.target, nested]
    done = together(subjects, Budget(max_bytes=1))
    assert done.before_bytes == done.swept[tiny.target].record.before_bytes
    freed = sum(one.freed_bytes for one in done.swept.values())
    assert done.after_bytes == done.before_bytes - freed
    assert done.swept[nested].plan.price.units > 0
