import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cargo_hone.cargo import metadata
from cargo_hone.errors import Unavailable, UsageProblem
from cargo_hone.measure import scratch as scratch_module
from cargo_hone.measure.ownership import MARKER_NAME, Owner, mark, owner_of
from cargo_hone.measure.repository import NoRepository, Repository
from cargo_hone.measure.scratch import check_room, remove_leftovers, scratch_copy, target_name

from .workspaces import write_files

Git = Callable[..., str]


def _listing(root: Path) -> dict[str, tuple[int, int, int]]:
    """Each entry below `root` with its inode, time and size: what changes when anything is written."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found


def _scratches(parent: Path) -> list[Path]:
    return [*parent.glob(".hone-*")]


def test_the_copy_lies_beside_the_original_and_is_gone_afterwards(
    workspace: Path, environ: dict[str, str]
) -> None:
    before = _listing(workspace)
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        assert copy.top.parent == workspace.parent
        assert copy.workspace == copy.top
        assert copy.top.name.startswith(f".hone-scratch-works-{os.getpid()}-")
        assert (copy.top / "ground/src/sums.rs").read_text().startswith("/// fn in_a_comment")
    assert _scratches(workspace.parent) == []
    assert _listing(workspace) == before


def test_the_copy_is_removed_when_interrupted(workspace: Path, environ: dict[str, str]) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        scratch_copy(workspace, target_dir=workspace / "target", environ=environ),
    ):
        raise KeyboardInterrupt
    assert _scratches(workspace.parent) == []


def test_the_copy_is_removed_when_copying_is_interrupted(
    workspace: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scratch_module.tree_files, "copy", interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        scratch_copy(workspace, target_dir=workspace / "target", environ=environ),
    ):
        pass
    assert _scratches(workspace.parent) == []


def test_times_modes_and_links_are_kept(workspace: Path, environ: dict[str, str]) -> None:
    script = workspace / "ground/build.sh"
    script.write_text("true\n")
    script.chmod(0o750)
    os.utime(script, ns=(1_600_000_000_123_456_789, 1_600_000_000_123_456_789))
    (workspace / "link").symlink_to("ground/build.sh")
    (workspace / "dangling").symlink_to("nowhere")
    (workspace / "absolute").symlink_to(script)
    (workspace / "by-name").symlink_to("../works/ground/build.sh")
    (workspace / "outside").symlink_to("../elsewhere")
    os.utime(workspace / "ground", ns=(1_500_000_000_000_000_001, 1_500_000_000_000_000_001))
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        twin = (copy.top / "ground/build.sh").stat()
        assert (twin.st_mtime_ns, twin.st_mode & 0o777) == (1_600_000_000_123_456_789, 0o750)
        assert (copy.top / "ground").stat().st_mtime_ns == 1_500_000_000_000_000_001
        assert str((copy.top / "link").readlink()) == "ground/build.sh"
        assert str((copy.top / "dangling").readlink()) == "nowhere"
        assert str((copy.top / "outside").readlink()) == "../elsewhere"
        for name in ("absolute", "by-name"):
            assert (copy.top / name).resolve() == copy.top / "ground/build.sh"


def test_target_directories_are_not_copied_but_their_namesakes_are(
    workspace: Path, environ: dict[str, str]
) -> None:
    tag = {"CACHEDIR.TAG": "Signature", ".rustc_info.json": "{}", "debug/x.rlib": "x"}
    write_files(workspace / "other-build", tag)
    write_files(workspace / "configured", {"debug/x.rlib": "x"})
    write_files(workspace / "ground/target", {"mod.rs": "// a module named target"})
    write_files(workspace / "node_modules", {"x.js": "x"})
    write_files(workspace / "venv", {"pyvenv.cfg": "x", "lib/x.py": "x"})
    (workspace / "target").symlink_to("configured")
    configured = workspace / "configured"
    with scratch_copy(workspace, target_dir=configured, environ=environ) as copy:
        assert (copy.top / "ground/target/mod.rs").is_file()
        for name in ("other-build", "configured", "node_modules", "venv", "target"):
            assert not os.path.lexists(copy.top / name), name


def test_git_sees_no_difference_and_the_users_git_none_at_all(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    write_files(
        repository,
        {
            ".env": "SECRET=1",
            "Cargo.lock": "version = 4",
            "ground/src/new.rs": "// untracked",
            "ground/src/sums.rs": "// changed",
            "staged.txt": "staged",
        },
    )
    write_files(repository / "target", {"CACHEDIR.TAG": "", ".rustc_info.json": "", "debug/x": "x"})
    git(repository, "add", "staged.txt")
    git(repository, "tag", "-m", "v1", "v1.0.0")
    git(repository, "config", "remote.origin.url", "https://token@example.org/x.git")
    (repository / ".git/info/exclude").write_text("excluded\n")
    (repository / "excluded").write_text("x")
    (repository / "product/src/main.rs").unlink()
    commands = (
        ("status", "--porcelain=v2", "--branch", "--untracked-files=all"),
        ("rev-parse", "HEAD", "--abbrev-ref", "HEAD"),
        ("describe", "--tags", "--dirty"),
        ("log", "--oneline"),
        ("diff", "HEAD"),
    )
    expected = [git(repository, *command) for command in commands]
    before = _listing(repository / ".git")
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        assert isinstance(copy.repository, Repository)
        write_files(copy.target_dir("base"), {"debug/x": "x"})
        assert [git(copy.top, *command) for command in commands] == expected
        assert (copy.top / ".env").read_text() == "SECRET=1"
        assert (copy.top / "Cargo.lock").is_file()
        assert (copy.top / "excluded").is_file()
        assert not (copy.top / "target/debug").exists()
        assert not (copy.top / "product/src/main.rs").exists()
        assert "token" not in (copy.top / ".git/config").read_text()
        git(copy.top, "commit", "-q", "--allow-empty", "-m", "in the copy only")
    assert _listing(repository / ".git") == before


def test_settings_that_decide_the_status_come_along(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    git(repository, "config", "core.fileMode", "false")
    git(repository, "config", "filter.odd.clean", 'sed "s/a\\\\b/c/"')
    (repository / "ground/src/lib.rs").chmod(0o755)
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        for key in ("core.fileMode", "filter.odd.clean"):
            assert git(copy.top, "config", key) == git(repository, "config", key)
        assert git(copy.top, "status", "--porcelain") == ""


def test_detached_heads_worktrees_and_empty_repositories_work(
    repository: Path, git: Git, environ: dict[str, str], tmp_path: Path
) -> None:
    worktree = tmp_path / "outer" / "second"
    git(repository, "worktree", "add", "-q", "--detach", str(worktree))
    fresh = write_files(tmp_path / "outer" / "fresh", {"Cargo.toml": "[workspace]\n"})
    git(fresh, "init", "-q", "-b", "start")
    for place in (worktree, fresh):
        with scratch_copy(place, target_dir=place / "target", environ=environ) as copy:
            assert (copy.top / "Cargo.toml").is_file()
            status = ("status", "--porcelain", "--branch")
            assert git(copy.top, *status) == git(place, *status)
    assert git(repository, "worktree", "list").count("\n") == 2


def test_submodules_come_along_and_look_clean(
    repository: Path, git: Git, environ: dict[str, str], tmp_path: Path
) -> None:
    inner = write_files(tmp_path / "inner", {"inner.rs": "// inner"})
    git(inner, "init", "-q")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "inner")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    git(repository, "commit", "-q", "-m", "submodule")
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        assert (copy.top / "sub/inner.rs").is_file()
        assert git(copy.top, "status", "--porcelain") == ""


def test_of_a_workspace_below_the_repositorys_root_all_is_copied(
    tmp_path: Path, git: Git, environ: dict[str, str]
) -> None:
    root = tmp_path / "outer" / "mono"
    write_files(
        root,
        {
            "rust/Cargo.toml": '[workspace]\nmembers = ["a"]\nresolver = "2"\n',
            "rust/a/Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n'
            '[dependencies]\nshared = { path = "../../shared" }\n',
            "rust/a/src/lib.rs": "pub use shared::x;\n",
            "shared/Cargo.toml": '[package]\nname = "shared"\nversion = "0.1.0"\nedition = "2021"\n',
            "shared/src/lib.rs": "pub fn x() {}\n",
        },
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    with scratch_copy(root / "rust", target_dir=root / "rust/target", environ=environ) as copy:
        assert copy.workspace == copy.top / "rust"
        known = metadata.read(copy.workspace / "Cargo.toml", env=environ)
        manifests = [package.manifest_path for package in known.packages.values()]
        assert len(manifests) == 2
        assert all(manifest.is_relative_to(copy.top) for manifest in manifests)
        copy.refuse_ways_back(manifests)
        (copy.workspace / "Cargo.lock").unlink()
        write_files(copy.target_dir("base"), {"x": "x"})
        assert (
            git(copy.top, "status", "--porcelain", "--ignored")
            == git(root, "status", "--porcelain") + "!! .hone-scratch\n!! rust/target/\n"
        )


def test_a_workspace_that_the_repository_around_it_does_not_know_is_a_plain_directory(
    repository: Path, git: Git, environ: dict[str, str]
) -> None:
    write_files(repository, {".gitignore": "/demo\n"})
    demo = write_files(repository / "demo" / "works", {"Cargo.toml": "[workspace]\n"})
    with scratch_copy(demo, target_dir=demo / "target", environ=environ) as copy:
        assert copy.top.parent == demo.parent
        assert isinstance(copy.repository, NoRepository)
        assert "tracks nothing" in copy.repository.why
        assert not (copy.top / ".git").exists()


def test_what_lies_above_and_beside_stays_in_effect(
    workspace: Path, environ: dict[str, str]
) -> None:
    write_files(
        workspace.parent,
        {
            ".cargo/config.toml": '[env]\nFROM_ABOVE = "yes"\n',
            "beside/Cargo.toml": '[package]\nname = "beside"\nversion = "0.1.0"\nedition = "2021"\n',
            "beside/src/lib.rs": 'pub const ABOVE: &str = env!("FROM_ABOVE");\n',
        },
    )
    with (workspace / "ground/Cargo.toml").open("a") as manifest:
        manifest.write('[dependencies]\nbeside = { path = "../../beside" }\n')
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        subprocess.run(
            ["cargo", "check", "-q", "--offline", "-p", "ground"], cwd=copy.workspace, check=True
        )
        known = metadata.read(copy.workspace / "Cargo.toml", env=environ)
        copy.refuse_ways_back([package.manifest_path for package in known.packages.values()])


def test_a_dependency_that_leads_back_is_refused(workspace: Path, environ: dict[str, str]) -> None:
    manifest = workspace / "middle/Cargo.toml"
    manifest.write_text(manifest.read_text().replace("../ground", str(workspace / "ground")))
    (workspace / "Cargo.toml").write_text('[workspace]\nmembers = ["middle"]\nresolver = "2"\n')
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        known = metadata.read(copy.workspace / "Cargo.toml", env=environ)
        with pytest.raises(UsageProblem, match="does not move with it") as caught:
            copy.refuse_ways_back([package.manifest_path for package in known.packages.values()])
        assert "relative" in caught.value.next_step


def test_too_little_room_is_said_before_anything_is_copied(
    workspace: Path, environ: dict[str, str]
) -> None:
    with (
        pytest.raises(Unavailable, match=r"need about 1000000\.0 GB .* are free") as caught,
        scratch_copy(
            workspace, target_dir=workspace / "target", environ=environ, room_bytes=10**15
        ),
    ):
        pass
    assert "--scratch-dir" in caught.value.next_step
    assert _scratches(workspace.parent) == []
    check_room(workspace, 1)


def test_a_place_that_cannot_be_written_is_said_with_the_way_out(
    workspace: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)  # the tests may run as root, whom modes do not stop
    with (
        pytest.raises(Unavailable, match="Permission denied") as caught,
        scratch_copy(workspace, target_dir=workspace / "target", environ=environ),
    ):
        pass
    assert "--scratch-dir" in caught.value.next_step


def test_another_place_can_be_named_but_not_inside(
    workspace: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    target = workspace / "target"
    with scratch_copy(workspace, target_dir=target, environ=environ, parent=tmp_path) as copy:
        assert copy.top.parent == tmp_path
    for parent in (workspace, workspace / "ground", tmp_path / "missing"):
        with (
            pytest.raises(UsageProblem),
            scratch_copy(workspace, target_dir=target, environ=environ, parent=parent),
        ):
            pass


def test_the_copy_of_a_killed_run_is_removed_by_the_next(
    workspace: Path, environ: dict[str, str]
) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from cargo_hone.measure.scratch import scratch_copy\n"
        "place = Path(sys.argv[1])\n"
        "with scratch_copy(place, target_dir=place / 'target', environ=os.environ) as copy:\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(workspace)], env=environ, check=False)
    (leftover,) = _scratches(workspace.parent)
    assert (leftover / MARKER_NAME).is_file()
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        assert _scratches(workspace.parent) == [copy.top]


def test_only_marked_directories_of_dead_processes_are_removed(tmp_path: Path) -> None:
    unmarked = tmp_path / ".hone-scratch-a-1-x"
    alive = tmp_path / ".hone-scratch-b-2-x"
    elsewhere = tmp_path / ".hone-scratch-c-3-x"
    reused = tmp_path / ".hone-scratch-d-4-x"
    for place in (unmarked, alive, elsewhere, reused):
        place.mkdir()
        mark(place)
    owner = owner_of(alive)
    assert owner is not None
    (unmarked / MARKER_NAME).write_text("[]")
    said = (elsewhere / MARKER_NAME).read_text()
    (elsewhere / MARKER_NAME).write_text(
        said.replace(owner.machine, "another").replace(owner.started, "1")
    )
    (reused / MARKER_NAME).write_text(said.replace(owner.started, "1"))
    link = tmp_path / ".hone-scratch-e-5-x"
    link.symlink_to(reused)
    assert remove_leftovers(tmp_path) == (reused,)
    assert unmarked.is_dir()
    assert alive.is_dir()
    assert elsewhere.is_dir()
    assert link.is_symlink()


def test_a_process_is_gone_when_it_has_ended(tmp_path: Path) -> None:
    mark(tmp_path)
    mine = owner_of(tmp_path)
    assert mine is not None
    assert not mine.is_gone
    ended = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, check=True)
    assert Owner(pid=int(ended.stdout), started=mine.started, machine=mine.machine).is_gone
    assert owner_of(tmp_path / "missing") is None


def test_each_variant_has_a_target_directory_that_can_be_deleted(
    workspace: Path, environ: dict[str, str]
) -> None:
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        copy.delete_target("base")
        for name in ("base", "a/../b c"):
            write_files(copy.target_dir(name), {"debug/x": "x"})
            assert copy.target_dir(name).parent == copy.workspace / "target"
        copy.delete_target("base")
        assert not copy.target_dir("base").exists()
        assert copy.target_dir("a/../b c").exists()
        assert [p.name for p in (copy.workspace / "target").iterdir()] == [target_name("a/../b c")]


def test_a_file_that_is_neither_file_nor_link_is_left_out_and_said(
    workspace: Path, environ: dict[str, str]
) -> None:
    os.mkfifo(workspace / "pipe")
    with scratch_copy(workspace, target_dir=workspace / "target", environ=environ) as copy:
        assert [(item.path.name, item.why) for item in copy.left_out] == [
            ("pipe", "neither a file nor a link")
        ]


def test_a_large_ignored_directory_is_left_out_and_said(
    repository: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch_module.tree_files, "_LARGEST_IGNORED_BYTES", 1 << 16)
    write_files(repository, {".gitignore": "data/\ngenerated/\n"})
    write_files(
        repository / "data", {"a": "x" * (1 << 15), "b": "x" * (1 << 15), "c": "x" * (1 << 15)}
    )
    write_files(repository / "generated", {"bindings.rs": "// small"})
    with scratch_copy(repository, target_dir=repository / "target", environ=environ) as copy:
        assert (copy.top / "generated/bindings.rs").is_file()
        assert not (copy.top / "data").exists()
        assert [str(item.path) for item in copy.left_out] == ["data"]


def test_a_repository_that_a_hook_named_is_not_mistaken_for_the_workspaces(
    repository: Path, git: Git, environ: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    hooked = {**environ, "GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / "i")}
    with scratch_copy(repository, target_dir=repository / "target", environ=hooked) as copy:
        assert git(copy.top, "rev-parse", "HEAD") == git(repository, "rev-parse", "HEAD")
        assert "GIT_DIR" not in copy.environ


def test_without_git_a_workspace_is_a_plain_directory(
    workspace: Path, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    without = {**environ, "PATH": str(tmp_path / "nothing")}
    with scratch_copy(workspace, target_dir=workspace / "target", environ=without) as copy:
        assert copy.repository == NoRepository(why="git is not installed")
    assert shutil.which("git") is None
