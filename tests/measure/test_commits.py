from collections.abc import Callable
from pathlib import Path

from cargo_hone.measure.commits import commit_pair
from cargo_hone.measure.scratch import Scratch, scratch_copy
from cargo_hone.measure.source_edit import EditSite, candidates

Git = Callable[..., str]


def _sites(copy: Scratch) -> list[EditSite]:
    roots = (copy.workspace / "ground/src/lib.rs", copy.workspace / "product/src/main.rs")
    return [candidates([root], within=copy.top)[0] for root in roots]


def test_a_switch_brings_old_contents_with_new_times(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    (repository / "middle/src/lib.rs").write_text("// not committed yet\n")
    (repository / "untracked").write_text("x")
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        sites = _sites(copy)
        pair = commit_pair(copy, sites, number=1)
        assert pair.home == "trunk"
        edited = {site.path for site in sites}
        others = [copy.top / "middle/src/lib.rs", copy.top / "untracked"]
        before = {path: path.stat().st_mtime_ns for path in (*edited, *others)}
        contents = {path: path.read_bytes() for path in (*edited, *others)}
        pair.switch_away_and_back()
        assert git(copy.top, "symbolic-ref", "--short", "HEAD") == "trunk\n"
        assert {path: path.read_bytes() for path in contents} == contents
        for path in edited:
            assert path.stat().st_mtime_ns > before[path]
        for path in others:
            assert path.stat().st_mtime_ns == before[path]
        changed = git(copy.top, "diff", "--name-only", "trunk", "cargo-hone-away")
        assert changed.splitlines() == ["ground/src/sums.rs", "product/src/main.rs"]
    assert git(repository, "log", "--oneline").count("\n") == 1
    assert git(repository, "branch").split() == ["*", "trunk"]


def test_a_detached_head_stays_detached(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    git(repository, "checkout", "-q", "--detach")
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        pair = commit_pair(copy, _sites(copy), number=1)
        pair.switch_away_and_back()
        assert git(copy.top, "rev-parse", "HEAD").strip() == pair.home


def test_a_plain_directory_gets_a_repository_of_the_edited_files(
    workspace: Path, git: Git, environ: dict[str, str]
) -> None:
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        sites = _sites(copy)
        commit_pair(copy, sites, number=1).switch_away_and_back()
        pair = commit_pair(copy, sites, number=3)  # a second session in the same copy
        before, content = sites[0].path.stat().st_mtime_ns, sites[0].path.read_text()
        pair.switch_away_and_back()
        assert sites[0].path.stat().st_mtime_ns > before
        assert sites[0].path.read_text() == content
        assert len(git(copy.top, "ls-files").splitlines()) == 2
        assert git(copy.top, "status", "--porcelain") == ""
    assert not (workspace / ".git").exists()


def test_the_users_hooks_do_not_run(
    repository: Path, git: Git, environ: dict[str, str], tmp_path: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "pre-commit"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {hooks}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    git(repository, "config", "--file", str(settings), "core.hooksPath", str(hooks))
    hooked = {**environ, "GIT_CONFIG_GLOBAL": str(settings)}
    with scratch_copy(repository, target_dir=repository / "target", environ=hooked) as copy:
        commit_pair(copy, _sites(copy), number=1).switch_away_and_back()
    assert not (hooks / "ran").exists()


def test_the_users_objects_are_not_even_freshened(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    def times() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")}

    (repository / "staged").write_text("x")
    git(repository, "add", "staged")
    before = times()
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        commit_pair(copy, _sites(copy), number=1).switch_away_and_back()
    assert times() == before
