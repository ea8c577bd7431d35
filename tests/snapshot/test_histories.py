"""The differential test: whatever happened before, after a restore and a build the program is that of the sources."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from cargo_hone.snapshot.store import open_store
from tests.snapshot.story import Sources, Story
from tests.target.layouts import LAYOUTS, LayoutUnderTest

NUMBERS = ("number", "local")
TEXTS = ("part", "text", "snippet", "secret", "outside", "watched")
DIRECTORIES = ("app/items", "app/watchdir", "app/ignored", "free/data")
NAMES = ("one", "a", "i", "x", "more")
HOUR_NS = 3600 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that somebody does; `which` and `value` mean something else for each kind."""

    kind: str
    which: int
    value: int


def steps() -> st.SearchStrategy[list[Step]]:
    kinds = (
        *("edit", "edit", "old edit", "old edit", "future edit", "file", "file", "old file"),
        *("rename", "feature", "commit", "switch", "build", "check", "release"),
        *("save", "build and save", "build and save", "restore", "ahead", "move", "wipe"),
    )
    step = st.builds(
        Step, kind=st.sampled_from(kinds), which=st.integers(0, 7), value=st.integers(0, 3)
    )
    return st.lists(step, min_size=2, max_size=7)


def edited(now: Sources, step: Step) -> Sources:
    names = (*NUMBERS, *TEXTS)
    name = names[step.which % len(names)]
    value = step.value if name in NUMBERS else f"{name[0]}{step.value}"
    return replace(now, **{name: value})  # type: ignore[arg-type]


def with_file(now: Sources, step: Step) -> Sources:
    """Make, change or delete a file in a directory that something lists."""
    directory = DIRECTORIES[step.which % len(DIRECTORIES)]
    files = dict(now.dirs[directory])
    name = NAMES[step.value % len(NAMES)]
    if name in files and step.value % 2:
        del files[name]
    else:
        files[name] = str(step.which)
    return replace(now, dirs=now.dirs | {directory: files})


def take(story: Story, step: Step, elsewhere: Callable[[], Path]) -> None:  # noqa: C901, PLR0912
    """Do one step."""
    long_ago_ns = time.time_ns() - 24 * HOUR_NS
    match step.kind:
        case "edit":
            story.become(edited(story.now, step))
        case "old edit":
            story.become(edited(story.now, step), mtime_ns=long_ago_ns)
        case "future edit":
            story.become(edited(story.now, step), mtime_ns=time.time_ns() + HOUR_NS)
        case "file":
            story.become(with_file(story.now, step))
        case "old file":
            story.become(with_file(story.now, step), mtime_ns=long_ago_ns)
        case "rename":
            story.become(replace(story.now, module=("part", "piece", "bit")[step.which % 3]))
        case "feature":
            story.become(replace(story.now, extra=not story.now.extra))
        case "commit":
            story.commit()
        case "switch":
            story.switch(step.which)
        case "build":
            story.build()
        case "check":
            story.build("check", "--workspace")
        case "release":
            story.build("build", "--release", "-p", "base")
        case "save":
            story.save()
        case "build and save":
            story.build()
            story.save()
        case "restore":
            story.restore(step.which, links=bool(step.value % 2))
        case "ahead":
            story.move_clock(HOUR_NS // 10)
        case "wipe":
            shutil.rmtree(story.root / "target", ignore_errors=True)
            shutil.rmtree(story.root / "built", ignore_errors=True)
        case "move":
            story.move(elsewhere())


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A checkout that was built and saved once, to be begun with at the same path again and again."""

    story: Story
    kept: Path

    def again(self) -> Story:
        """As it was."""
        home = self.story.root.parent
        shutil.rmtree(home)
        subprocess.run(["cp", "-a", self.kept, home], check=True)
        story = Story(self.story.root, self.story.store, self.story.env)
        story.commits, story.saved = list(self.story.commits), list(self.story.saved)
        return story


def begin(tmp_path: Path, environ: dict[str, str], layout: LayoutUnderTest) -> Beginning:
    home = tmp_path / "home"
    store = open_store(home / "store")
    story = Story(home / "checkout", store, environ | dict(layout.env))
    story.begin()
    story.verify()
    subprocess.run(["cp", "-a", home, tmp_path / "kept"], check=True)
    return Beginning(story=story, kept=tmp_path / "kept")


def run_one(beginning: Beginning, history: list[Step], last: int) -> None:
    story = beginning.again()
    home = story.root.parent
    places = iter(range(1000))
    for step in history:
        take(story, step, lambda: home / f"checkout{next(places)}")
    story.restore(last, links=bool(last % 2))
    story.verify()


def search(beginning: Beginning, *, cases: int) -> None:
    @settings(
        max_examples=cases if cases > 10 else cases - 2,
        deadline=None,
        database=None,
        derandomize=cases <= 10,
        # To shrink would take hours; a history is short.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    # What is in no package is read by a macro alone; the restored commit has other units than the newer target.
    @example(history=[Step(kind="old edit", which=6, value=2)], last=0)
    @example(
        history=[
            Step(kind="edit", which=0, value=2),
            Step(kind="build", which=0, value=0),
            Step(kind="switch", which=0, value=0),
        ],
        last=1,
    )
    # A session that lacks what belongs to a unit in doubt stays unfinished, and the next restore finds it there.
    @example(
        history=[
            Step(kind="wipe", which=6, value=1),
            Step(kind="future edit", which=6, value=2),
            Step(kind="restore", which=6, value=3),
        ],
        last=6,
    )
    @given(history=steps(), last=st.integers(0, 7))
    def body(history: list[Step], last: int) -> None:
        run_one(beginning, history, last)

    body()


def test_no_history_leads_to_a_stale_program(tmp_path: Path, environ: dict[str, str]) -> None:
    search(begin(tmp_path, environ, LAYOUTS["v1"]), cases=10)


@pytest.mark.e2e
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=str)
def test_no_history_of_many_does(
    tmp_path: Path, environ: dict[str, str], layout: LayoutUnderTest
) -> None:
    search(begin(tmp_path, environ, layout), cases=100)
