"""A plan reads as a unified diff that `patch` understands, and plans in sequence become one."""

import subprocess
from pathlib import Path

import pytest

from cargo_hone.edit.plan import diff, merge
from cargo_hone.model import FileChange, Plan


def change(path: Path, before: bytes | None, after: bytes | None, **more: bool) -> FileChange:
    return FileChange(path=path, before=before, after=after, why="because", step="s", **more)


def plan(*changes: FileChange) -> Plan:
    return Plan(title="t", changes=changes)


def test_created_changed_and_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shown = diff(
        plan(
            change(tmp_path / "r" / "a.toml", b"x = 1\ny = 2\n", b"x = 1\ny = 3"),
            change(tmp_path / "r" / "ci" / "run", None, b"#!/bin/sh\n", executable=True),
            change(tmp_path / "home" / ".config" / "x", b"bye\n", None),
            change(tmp_path / "r" / "same", b"x", b"x"),
            change(tmp_path / "r" / "bin", b"\0\0", b"\0"),
        ),
        root=tmp_path / "r",
    )
    assert shown == (
        "# a.toml: because\n--- a/a.toml\n+++ b/a.toml\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n+y = 3\n"
        "\\ No newline at end of file\n"
        "# ci/run: because\nnew file (executable)\n--- /dev/null\n+++ b/ci/run\n@@ -0,0 +1 @@\n"
        "+#!/bin/sh\n"
        "# ~/.config/x: because\ndeleted file\n--- ~/.config/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n"
        "# bin: because\nBinary file bin: 2 -> 1 bytes\n"
    )


def test_git_applies_what_is_shown(tmp_path: Path) -> None:
    before, after = "a\r\nb\fc\nü\n".encode(), "a\r\nB\fc\nü\nend".encode()
    (tmp_path / "f").write_bytes(before)
    shown = diff(plan(change(tmp_path / "f", before, after)), root=tmp_path)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=shown.encode(), check=True)
    assert (tmp_path / "f").read_bytes() == after


def test_changes_of_one_file_become_one() -> None:
    path, other = Path("/r/a"), Path("/r/b")
    merged = merge(
        [
            plan(change(path, None, b"1", executable=True), change(other, b"x", b"y")),
            plan(change(path, b"1", b"2"), change(other, b"y", b"x")),
        ],
        title="both",
    )
    assert merged == Plan(title="both", changes=(change(path, None, b"2", executable=True),))


def test_plans_that_do_not_follow_each_other_are_a_mistake() -> None:
    path = Path("/r/a")
    with pytest.raises(ValueError, match="does not start where"):
        merge([plan(change(path, b"0", b"1")), plan(change(path, b"0", b"2"))], title="t")
