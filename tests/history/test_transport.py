"""History on a branch: with real git, a bare repository, and processes that push at the same time."""

import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.history.portable import PortableRun, decode, encode
from cargo_hone.history.transport import DEFAULT_BRANCH, HistoryBranch, Pushed

from .git import ENV, git, repository
from .measured import commit, measured


def run(number: int) -> PortableRun:
    return measured({("noop", "baseline"): [float(number)]}, at=commit(number))


def lines(*numbers: int) -> dict[str, bytes]:
    return {one.uid: encode(one) for one in map(run, numbers)}


class Place:
    """A bare repository and a clone of it with a commit on main."""

    def __init__(self, base: Path) -> None:
        self.bare = base / "bare.git"
        git(base, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self.work = self.clone(base / "work")

    def clone(self, where: Path) -> Path:
        repository(where)
        git(where, "remote", "add", "origin", str(self.bare))
        return where

    def branch(self, where: Path | None = None, **given: str) -> HistoryBranch:
        values = {"branch": DEFAULT_BRANCH, "remote": None, **given}
        return HistoryBranch(where or self.work, env=ENV, **values)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_runs_come_back_as_they_went(place: Place, tmp_path: Path) -> None:
    assert place.branch().push(lines(1, 2)) == Pushed(new=2, known=0, beaten=0)
    assert place.branch().push(lines(2, 3)) == Pushed(new=1, known=1, beaten=0)
    other = place.clone(tmp_path / "other")
    assert dict(place.branch(other).pull(frozenset())) == lines(1, 2, 3)
    assert dict(place.branch(other).pull(frozenset(lines(1, 3)))) == lines(2)
    assert decode(lines(1)[run(1).uid], where="x") == run(1)


def test_the_users_repository_stays_as_it_is(place: Place) -> None:
    (place.work / "new").write_text("not committed")
    git(place.work, "add", "new")

    def seen() -> tuple[str, ...]:
        asked = (
            ("for-each-ref", "refs/heads", "refs/tags"),
            ("status", "--porcelain", "--branch"),
            ("stash", "list"),
        )
        told = tuple(git(place.work, *words) for words in asked)
        return (*told, (place.work / ".git/index").read_bytes().hex())

    before = seen()
    place.branch().push(lines(1))
    place.branch().push(lines(2))
    list(place.branch().pull(frozenset()))
    assert seen() == before
    assert not (place.work / ".git/FETCH_HEAD").exists()
    # As after any push.
    refs = git(place.work, "for-each-ref", "--format=%(refname)").splitlines()
    assert refs == ["refs/heads/main", "refs/remotes/origin/hone-history"]


def test_who_only_reads_has_nothing_new(place: Place, tmp_path: Path) -> None:
    place.branch().push(lines(1))
    git(place.bare, "tag", "v1", DEFAULT_BRANCH)
    other = place.clone(tmp_path / "other")
    list(place.branch(other).pull(frozenset()))
    assert git(other, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_branch_that_is_not_there_yet_has_no_runs(place: Place) -> None:
    assert list(place.branch().pull(frozenset())) == []


def test_the_branch_is_an_orphan_that_says_what_it_is(place: Place) -> None:
    place.branch().push(lines(1))
    place.branch().push(lines(2))
    assert git(place.bare, "rev-list", "--count", DEFAULT_BRANCH) == "2"
    listed = git(place.bare, "ls-tree", "-r", "--name-only", DEFAULT_BRANCH).splitlines()
    uids = sorted(lines(1, 2))
    assert listed == ["README.md", *(f"runs/{uid[:2]}/{uid}.json" for uid in uids)]


@pytest.mark.parametrize("how", ["--depth=1", "--filter=blob:none", "--single-branch"])
def test_a_pipelines_checkout_is_enough(place: Place, tmp_path: Path, how: str) -> None:
    git(place.work, "commit", "--quiet", "--allow-empty", "-m", "second")
    git(place.work, "push", "--quiet", "origin", "main")
    git(place.bare, "config", "uploadpack.allowFilter", "true")
    place.branch().push(lines(1, 2))
    clone = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", how, f"file://{place.bare}", str(clone))
    assert place.branch(clone).push(lines(2, 3)) == Pushed(new=1, known=1, beaten=0)
    assert dict(place.branch(clone).pull(frozenset())) == lines(1, 2, 3)
    git(clone, "checkout", "--quiet", "--detach")
    assert place.branch(clone).push(lines(4)).new == 1


def test_a_branch_with_other_things_is_left_alone(place: Place) -> None:
    git(place.work, "checkout", "--quiet", "-b", "code")
    (place.work / "main.rs").write_text("fn main() {}")
    git(place.work, "add", "main.rs")
    git(place.work, "commit", "--quiet", "-m", "code")
    git(place.work, "push", "--quiet", "origin", "code")
    before = git(place.bare, "rev-parse", "code")
    with pytest.raises(UsageProblem, match="other things"):
        place.branch(branch="code").push(lines(1))
    with pytest.raises(UsageProblem, match="other things"):
        list(place.branch(branch="code").pull(frozenset()))
    assert git(place.bare, "rev-parse", "code") == before


def test_files_that_are_no_runs_are_passed_over(place: Place, tmp_path: Path) -> None:
    place.branch().push(lines(1))
    evil = place.clone(tmp_path / "evil")
    git(evil, "fetch", "--quiet", "origin")
    git(evil, "checkout", "--quiet", "-f", "-B", "mine", f"origin/{DEFAULT_BRANCH}")
    (evil / "runs/aa").mkdir(exist_ok=True)
    (evil / "runs/aa" / ("a" * 32 + ".json")).symlink_to("/etc/passwd")
    (evil / "runs/aa/notes.txt").write_text("x")
    (evil / "runs/aa" / ("b" * 32 + ".json")).write_bytes(b" " * (9 * 1024**2))
    git(evil, "add", "--all")
    git(evil, "commit", "--quiet", "-m", "evil")
    git(evil, "push", "--quiet", "origin", f"mine:{DEFAULT_BRANCH}")
    assert dict(place.branch().pull(frozenset())) == lines(1)


@pytest.mark.parametrize("name", ["-x", "a..b", "", "a b"])
def test_a_name_that_cannot_be_a_branch_is_refused(place: Place, name: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be the name of a branch"):
        place.branch(branch=name)


def test_the_remote_has_to_be_clear(place: Place, tmp_path: Path) -> None:
    git(place.work, "remote", "rename", "origin", "company")
    assert place.branch().remote == "company"
    git(place.work, "remote", "add", "fork", "/nowhere")
    with pytest.raises(UsageProblem, match="company, fork"):
        place.branch()
    git(place.work, "remote", "add", "origin", "/nowhere")
    assert place.branch().remote == "origin"
    with pytest.raises(UsageProblem, match="is no remote"):
        place.branch(remote="--upload-pack=touch x")
    with pytest.raises(UsageProblem, match="in no git repository"):
        place.branch(tmp_path)


def test_a_remote_that_does_not_answer_is_said_without_its_password(place: Place) -> None:
    git(place.work, "remote", "set-url", "origin", "http://me:secret@127.0.0.1:9/x.git")
    with pytest.raises(Unavailable, match="`git ls-remote` failed") as caught:
        place.branch().push(lines(1))
    with pytest.raises(Unavailable) as named:
        place.branch(remote="http://me:secret@127.0.0.1:9/x.git").push(lines(1))
    for error in (caught.value, named.value):
        assert "secret" not in error.message + error.next_step + error.detail
    assert "http://127.0.0.1:9/x.git" in named.value.message


def test_a_remote_that_refuses_is_said(place: Place) -> None:
    hook = place.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho not today, see https://me:secret@x.example/ >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Unavailable, match="`git push` failed") as caught:
        place.branch().push(lines(1))
    assert "not today, see https://x.example/" in caught.value.detail
    assert git(place.work, "for-each-ref", "refs/cargo-hone") == ""


def test_the_users_own_hooks_do_not_run(place: Place) -> None:
    hook = place.work / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert place.branch().push(lines(1)).new == 1


_PUSH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.history.test_transport import ENV, HistoryBranch, lines
beaten = 0
for number in map(int, sys.argv[3:]):
    branch = HistoryBranch(Path(sys.argv[2]), env=ENV, remote=None, branch="hone-history")
    beaten += branch.push(lines(number)).beaten
print(beaten)
"""


def test_nothing_is_lost_where_processes_push_at_once(place: Place, tmp_path: Path) -> None:
    """Two clones and, for one of them, two processes: each pushes its own runs one by one."""
    other = place.clone(tmp_path / "other")
    tests = str(Path(__file__).parents[2])
    shares = [(place.work, range(8)), (place.work, range(100, 108)), (other, range(200, 208))]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _PUSH, tests, str(where), *map(str, numbers)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for where, numbers in shares
    ]
    told = [one.communicate(timeout=200)[0] for one in started]
    assert [one.returncode for one in started] == [0, 0, 0]
    # Or nobody was ever in anybody's way, and this has shown nothing.
    assert sum(int(said) for said in told) > 0
    wanted = lines(*(number for _, numbers in shares for number in numbers))
    assert dict(place.branch(other).pull(frozenset())) == wanted
    assert git(place.bare, "rev-list", "--count", DEFAULT_BRANCH) == str(len(wanted))
    assert git(place.work, "for-each-ref", "refs/cargo-hone") == ""
    assert git(place.work, "fsck", "--no-dangling", "--no-progress") == ""
