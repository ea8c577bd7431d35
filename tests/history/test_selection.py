"""What A and B mean."""

from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import MeasuredRun, measured_runs
from cargo_hone.history.database import Database, open_history
from cargo_hone.history.lineage import Lineage
from cargo_hone.history.selection import Selection, Way, select

from .git import ENV, commit_empty, git, repository
from .measured import measured, put


class Place:
    def __init__(self, base: Path) -> None:
        self.root = base / "repo"
        self.commits = repository(self.root, commits=4)
        self.lineage = Lineage(root=self.root, env=ENV)
        self.state = base / "state"

    def put(self, database: Database) -> None:
        """Runs: 1 at the first commit, 2 and 3 at the third (3 with changes), 4 without a commit."""
        both = {("noop", "baseline"): [1.0], ("noop", "slim"): [0.9]}
        put(
            database,
            measured(both, at=self.commits[0], day=1, label="monday"),
            measured({("noop", "baseline"): [1.1]}, at=self.commits[2], day=2, label="tuesday"),
            measured({("noop", "baseline"): [1.2]}, at=self.commits[2], day=3, dirty=True),
            measured({("noop", "lto"): [1.2]}, at=None, day=4, label="slim"),
        )

    def runs(self) -> tuple[MeasuredRun, ...]:
        with open_history(self.state) as database:
            if not measured_runs(database):
                self.put(database)
            return measured_runs(database)

    def select(self, text: str) -> Selection:
        return select(text, self.runs(), lineage=self.lineage)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("selection"))


@pytest.mark.parametrize(
    ("text", "way", "ids"),
    [
        ("baseline", Way.VARIANT, [1, 2, 3]),
        ("lto", Way.VARIANT, [4]),
        ("monday", Way.LABEL, [1]),
        ("2", Way.RUN, [2]),
        ("#3", Way.RUN, [3]),
        ("variant:slim", Way.VARIANT, [1]),
        ("label:slim", Way.LABEL, [4]),
        ("run:4", Way.RUN, [4]),
    ],
)
def test_a_name_is_found_as_what_it_is(place: Place, text: str, way: Way, ids: list[int]) -> None:
    found = place.select(text)
    assert found.way is way
    assert [run.id for run in found.runs] == ids


def test_a_commit_is_found_by_its_first_digits_without_runs_of_changed_trees(place: Place) -> None:
    found = place.select(place.commits[2][:9])
    assert (found.way, [run.id for run in found.runs], found.note) == (Way.COMMIT, [2], "")
    assert [run.id for run in place.select(place.commits[0]).runs] == [1]


def test_a_run_is_found_by_what_it_is_called_everywhere(place: Place) -> None:
    uid = place.runs()[1].uid
    assert [run.id for run in place.select(uid).runs] == [2]


def test_a_branch_is_its_newest_commit_that_was_measured(place: Place) -> None:
    found = place.select("main")
    assert (found.way, [run.id for run in found.runs]) == (Way.BRANCH, [2])
    assert place.commits[3][:12] in found.note
    assert place.commits[2][:12] in found.note
    assert [run.id for run in place.select("main~1").runs] == [2]
    assert place.select("main~1").note == ""
    assert [run.id for run in place.select("HEAD~2").runs] == [1]


def test_several_meanings_are_not_chosen_from(place: Place) -> None:
    with pytest.raises(UsageProblem, match="several things") as caught:
        place.select("slim")
    assert "`variant:slim`" in caught.value.next_step
    assert "`label:slim`" in caught.value.next_step


def test_what_is_not_there_is_answered_with_what_is(place: Place) -> None:
    with pytest.raises(UsageProblem, match="did you mean `monday`") as caught:
        place.select("mondai")
    for name in ("baseline", "lto", "tuesday", place.commits[2][:12]):
        assert name in caught.value.next_step
    with pytest.raises(UsageProblem) as caught:
        place.select("label:baseline")
    assert "monday" in caught.value.next_step
    assert "variants" not in caught.value.next_step


def test_digits_of_two_commits_are_too_few(place: Place, tmp_path: Path) -> None:
    with open_history(tmp_path) as database:
        for day, rest in enumerate("ab", start=1):
            times = {("noop", "baseline"): [1.0]}
            put(database, measured(times, at=f"12345{rest}" + "0" * 34, day=day))
        runs = measured_runs(database)
    with pytest.raises(UsageProblem, match="several measured commits"):
        select("12345", runs, lineage=place.lineage)
    assert select("12345a", runs, lineage=place.lineage).runs == runs[:1]


def test_nothing_measured_is_said(place: Place) -> None:
    with pytest.raises(UsageProblem, match="nothing has been measured"):
        select("x", (), lineage=place.lineage)


def test_without_a_repository_branches_are_only_unknown(place: Place, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="nothing was measured under"):
        select("main", place.runs(), lineage=Lineage(root=tmp_path, env=ENV))


def test_lines_part_and_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    commits = repository(root, commits=3)
    git(root, "checkout", "--quiet", "-b", "feature", commits[1])
    mine = commit_empty(root, "mine")
    lineage = Lineage(root=root, env=ENV)
    assert lineage.merge_base(mine, commits[2]) == commits[1]
    assert lineage.ancestors(mine) == (mine, commits[1], commits[0])
    assert lineage.count_between(commits[0], mine) == 2
    assert (lineage.branch, lineage.default_branch, lineage.is_shallow) == (
        "feature",
        "main",
        False,
    )
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=feature", f"file://{root}", str(clone))
    shallow = Lineage(root=clone, env=ENV)
    assert shallow.is_shallow
    assert shallow.ancestors(mine) == (mine,)
    assert shallow.commit("feature") == mine
    assert shallow.commit("--all") is None
