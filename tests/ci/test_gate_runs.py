"""Which runs are held against which, in real repositories."""

from pathlib import Path

import pytest

from cargo_hone.ci.gate_runs import GateRuns, gate_runs
from cargo_hone.errors import UsageProblem
from cargo_hone.history.course import measured_runs
from cargo_hone.history.database import open_history
from cargo_hone.history.lineage import Lineage
from tests.history.git import ENV, commit_empty, git, repository
from tests.history.measured import commit, measured, put

TIMES = {("noop", "baseline"): [1.0]}


class Place:
    """Main has four commits; feature parted after the third and has two of its own."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "repo"
        self.main = repository(self.root, commits=3)
        git(self.root, "checkout", "--quiet", "-b", "feature")
        self.feature = [commit_empty(self.root, f"mine {number}") for number in range(2)]
        git(self.root, "checkout", "--quiet", "main")
        self.main.append(commit_empty(self.root, "later"))
        git(self.root, "checkout", "--quiet", "feature")
        self.day = 0

    def measure(self, *commits: str | None, **given: object) -> None:
        with open_history(self.base / "state") as database:
            for one in commits:
                self.day += 1
                put(database, measured(TIMES, at=one, day=self.day, **given))  # type: ignore[arg-type]

    def runs(self, root: Path | None = None, **given: str | None) -> GateRuns:
        with open_history(self.base / "state") as database:
            found = measured_runs(database)
        env = {name: value for name, value in given.items() if name.isupper() and value}
        return gate_runs(
            found,
            Lineage(root=root or self.root, env=ENV),
            asked=given.get("asked"),
            settled=given.get("settled") or "",
            env=env,
        )


def commits(runs: GateRuns) -> tuple[list[str | None], list[str | None], str | None]:
    head = runs.head.commit if runs.head else None
    return [run.commit for run in runs.base], [run.commit for run in runs.way], head


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_feature_is_held_against_what_it_stands_on(place: Place) -> None:
    # In no order, as histories that were merged have them.
    place.measure(place.main[2], place.feature[1], place.main[0], place.main[3], place.feature[0])
    found = place.runs()
    assert commits(found) == ([place.main[0], place.main[2]], [place.feature[0]], place.feature[1])
    assert (found.base_name, found.base_commit) == ("main", place.main[2])
    assert found.head_commit == place.feature[1]


def test_on_the_branch_itself_the_runs_before_head_are_the_base(place: Place) -> None:
    git(place.root, "checkout", "--quiet", "main")
    place.measure(place.main[0], place.main[1], place.main[3])
    found = place.runs()
    assert commits(found) == ([place.main[0], place.main[1]], [], place.main[3])
    # Not the third: nobody has measured it.
    assert found.base_commit == place.main[1]


def test_commits_that_were_merged_in_were_never_the_branchs(place: Place) -> None:
    git(place.root, "checkout", "--quiet", "main")
    git(place.root, "merge", "--quiet", "--no-ff", "-m", "merge", "feature")
    merge = git(place.root, "rev-parse", "HEAD")
    place.measure(place.main[3], *place.feature, merge)
    assert commits(place.runs()) == ([place.main[3]], [], merge)


def test_the_newest_run_of_head_counts(place: Place) -> None:
    place.measure(place.feature[1], place.feature[1])
    head = place.runs().head
    assert head is not None
    assert head.id == 2


def test_runs_with_changes_without_a_commit_or_without_the_baseline_are_no_base(
    place: Place,
) -> None:
    place.measure(place.main[0], None)
    place.measure(place.main[1], dirty=True)
    with open_history(place.base / "state") as database:
        put(database, measured({("noop", "base"): [1.0]}, at=place.main[2], day=9))
    found = place.runs()
    assert commits(found)[0] == [place.main[0]]
    assert any("1 run of main with uncommitted changes left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "main"),
        ({"settled": "feature"}, "feature"),
        ({"GITHUB_BASE_REF": "feature"}, "feature"),
        ({"settled": "main", "GITHUB_BASE_REF": "feature"}, "main"),
        ({"asked": "HEAD~1", "settled": "main"}, "HEAD~1"),
    ],
)
def test_who_is_asked_for_the_base(place: Place, given: dict[str, str], name: str) -> None:
    assert place.runs(**given).base_name == name


def test_a_base_that_is_not_there(place: Place) -> None:
    with pytest.raises(UsageProblem, match="`mian`"):
        place.runs(asked="mian")
    found = place.runs(settled="mian")
    assert found.base_commit is None
    assert "Git knows no branch mian here." in found.notes


def test_in_a_clone_the_remotes_branch_is_meant(place: Place, tmp_path: Path) -> None:
    place.measure(*place.main[:3], place.feature[1])
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch=feature", str(place.root), str(clone))
    found = place.runs(clone, GITHUB_BASE_REF="main")
    assert len(found.base) == 3
    assert found.base_commit == place.main[2]


def test_a_shallow_checkout_takes_runs_that_say_of_themselves_where_they_are_from(
    place: Place, tmp_path: Path
) -> None:
    place.measure(*place.main[:3], facts={"branch": "main"})
    place.measure(commit(1), facts={"branch": "other"})
    place.measure(commit(2), facts={"branch": "main"}, dirty=True)
    place.measure(place.feature[1])
    clone = tmp_path / "clone"
    source = f"file://{place.root}"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=feature", source, str(clone))
    found = place.runs(clone, GITHUB_BASE_REF="main")
    assert commits(found) == (place.main[:3], [], place.feature[1])
    assert found.base_commit is None
    assert "fetch-depth: 0" in found.notes[0]


def test_without_a_repository_nothing_is_known(place: Place, tmp_path: Path) -> None:
    place.measure(place.main[0])
    found = place.runs(tmp_path)
    assert (found.head_commit, found.base_commit, found.head, found.base) == (None, None, None, ())
