"""What counts as a source: in whatever way a workspace lies in its repository, or in none."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from cargo_hone.snapshot.comparison import compare
from cargo_hone.snapshot.inputs import Scan, scan
from cargo_hone.snapshot.manifest import Input
from cargo_hone.snapshot.times import set_source_times, shift_ns
from tests.snapshot.shipments import manifest
from tests.snapshot.test_malice import a_file

ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
ENV |= {f"GIT_{r}_{p}": "a@b.c" for r in ("AUTHOR", "COMMITTER") for p in ("NAME", "EMAIL")}
LONG_AGO_NS = 10**18


def git(directory: Path, *words: str) -> None:
    argv = ["git", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", *words]
    subprocess.run(argv, cwd=directory, env=ENV, check=True, capture_output=True)


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def look(root: Path, *packages: Path, also: tuple[bytes, ...] = ()) -> Scan:
    return scan(root, packages=packages, env=ENV, without=(root / "target",), also=also)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "-q")
    write(made, {".gitignore": "ignored\n", "src/lib.rs": "", "ignored": "", "target/x": ""})
    return made


def names(found: Scan) -> set[str]:
    return {os.fsdecode(path) for path in found.files}


def test_what_git_ignores_is_no_source_unless_somebody_names_it(root: Path) -> None:
    assert names(look(root)) == {".gitignore", "src/lib.rs"}
    assert names(look(root, also=(b"ignored", b"target/x"))) == {
        ".gitignore",
        "src/lib.rs",
        "ignored",
    }


def test_a_deleted_file_that_git_still_knows_is_gone(root: Path) -> None:
    write(root, {"gone.rs": ""})
    git(root, "add", "gone.rs")
    (root / "gone.rs").unlink()
    assert "gone.rs" not in names(look(root))


def test_submodules_and_repositories_inside(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other, {"deep/a.rs": "", "new.rs": ""})
    git(other, "add", "deep")
    git(other, "commit", "-qm", "x")
    git(root, "submodule", "add", "-q", str(other), "vendored")
    (root / "inner").mkdir()
    git(root / "inner", "init", "-q")
    write(root / "inner", {"b.rs": ""})
    write(root / "vendored", {"untracked.rs": ""})
    assert names(look(root)) >= {"vendored/deep/a.rs", "vendored/untracked.rs", "inner/b.rs"}


def test_a_workspace_in_a_directory_of_its_repository(root: Path) -> None:
    write(root, {"product/src/lib.rs": "", "beside/src/lib.rs": ""})
    inner = root / "product"
    assert names(look(inner)) == {"src/lib.rs"}
    assert names(look(inner, root / "beside")) == {"src/lib.rs", "../beside/src/lib.rs"}


def test_without_a_repository_all_but_target_directories(tmp_path: Path) -> None:
    write(
        tmp_path / "ws",
        {"src/lib.rs": "", "target/y": "", "more/.rustc_info.json": "", "more/debug/z": ""},
    )
    assert names(look(tmp_path / "ws")) == {"src/lib.rs"}


def test_names_that_are_no_text(root: Path) -> None:
    name = b"src/\xff\n.rs"
    with open(os.fsencode(root) + b"/" + name, "wb") as file:  # noqa: PTH123 - bytes have no Path
        file.write(b"x")
    found = look(root)
    assert found.files[name].size_bytes == 1
    assert name in found.ours


def test_links_have_the_content_of_what_they_lead_to_and_no_time_of_ours(
    root: Path, tmp_path: Path
) -> None:
    write(tmp_path, {"far/a.rs": "far", "far/b.rs": "other"})
    (root / "src" / "file.rs").symlink_to(tmp_path / "far" / "a.rs")
    (root / "src" / "dir").symlink_to(tmp_path / "far")
    (root / "src" / "dead").symlink_to("nowhere")
    before = look(root, also=(b"src/dir/a.rs",))
    assert names(before) >= {"src/file.rs", "src/dir", "src/dir/a.rs"}
    assert before.ours == {b".gitignore", b"src/lib.rs"}
    known = manifest(())
    known = replace(known, inputs=tuple(before.files.values()))
    (root / "src" / "file.rs").unlink()
    (root / "src" / "file.rs").symlink_to(tmp_path / "far" / "b.rs")
    (root / "src" / "dir").unlink()
    (root / "src" / "dir").symlink_to("../src")
    changes = compare(known, look(root, also=(b"src/dir/a.rs",)))
    assert changes.changed == changes.untold == {b"src/file.rs", b"src/dir"}
    assert changes.deleted == {b"src/dir/a.rs"}


def test_times_come_back_where_the_content_is_the_recorded_one(root: Path) -> None:
    write(root, {"src/same.rs": "same", "src/changed.rs": "one", "src/written.rs": "w"})
    for path in root.rglob("*.rs"):
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    before = look(root)
    known = manifest(())
    known = replace(
        known,
        inputs=tuple(before.files.values()),
        input_directories=tuple(before.directories.values()),
    )
    write(root, {"src/changed.rs": "two", "src/new.rs": ""})
    os.utime(root / "src" / "same.rs")
    for name in ("changed.rs", "new.rs"):
        os.utime(root / "src" / name, ns=(LONG_AGO_NS, LONG_AGO_NS))
    now = look(root)
    # Between the look and the times somebody writes the same bytes, or others.
    write(root, {"src/written.rs": "v"})
    timed = set_source_times(root, known, now, compare(known, now), packages=(), shift=-7)
    times = {path.name: path.stat().st_mtime_ns for path in root.rglob("*.rs")}
    assert times["same.rs"] == times["lib.rs"] == LONG_AGO_NS - 7
    assert min(times[name] for name in ("changed.rs", "new.rs", "written.rs")) > LONG_AGO_NS
    assert (timed.unchanged, timed.changed) == (3, 3)
    assert (root / "src").stat().st_mtime_ns > LONG_AGO_NS


def test_only_what_cargo_and_rustc_wrote_moves_the_times() -> None:
    def shift(path: bytes) -> int:
        return shift_ns(manifest((a_file(path, mtime_ns=2000),)), 1000)

    assert shift(b"debug/.fingerprint/a-0123456789abcdef/lib-a") < -1000
    assert shift(b"debug/build/a-0123456789abcdef/out/tar") == 0
    assert shift(b"debug/build/a-0123456789abcdef/output") < -1000
    assert shift_ns(manifest((a_file(b"debug/a", mtime_ns=999),)), 1000) == 0
    source = Input(b"src/lib.rs", 1, 2000, b"x" * 32)
    known = replace(manifest((a_file(b"debug/a", mtime_ns=999),)), inputs=(source,))
    assert shift_ns(known, 1000) == 0
