"""Tiny workspaces against the real cargo, offline."""

import os
from pathlib import Path

import pytest

from cargo_hone import proc
from cargo_hone.demo import tiny
from cargo_hone.demo.tiny import Shape, TinySpec, TinyWorkspace, generate


def cargo(workspace: TinyWorkspace, *arguments: str, cwd: Path | None = None) -> proc.Finished:
    return proc.run(
        ["cargo", *arguments, "--locked", "--offline", "--quiet"],
        cwd=cwd or workspace.root,
        env=dict(os.environ),
    )


def output(workspace: TinyWorkspace, binary: str) -> str:
    return cargo(workspace, "run", "--bin", binary).stdout.decode().strip()


@pytest.mark.parametrize("shape", list(Shape))
def test_the_binary_prints_what_was_foretold(tmp_path: Path, shape: Shape) -> None:
    workspace = generate(tmp_path / "w", TinySpec(crates=6, shape=shape))

    assert output(workspace, "bin0") == tiny.printed_value(workspace)


def test_an_edit_changes_the_output_as_foretold(tmp_path: Path) -> None:
    workspace = generate(tmp_path / "w")
    before = output(workspace, "bin0")

    tiny.edit_step(workspace, "lib0", 40)

    assert output(workspace, "bin0") == tiny.printed_value(workspace, {"lib0": 40}) != before


def test_everything_at_once_builds_and_passes_its_tests(tmp_path: Path) -> None:
    spec = TinySpec(crates=5, binaries=2, proc_macro=True, build_script=True, xtask=True, commits=3)
    workspace = generate(tmp_path / "w", spec, env=os.environ)

    tested = cargo(workspace, "test", "--workspace")
    chore = cargo(workspace, "run", cwd=workspace.root / "xtask")
    status = proc.run(["git", "status", "--porcelain"], cwd=workspace.root)
    log = proc.run(["git", "log", "--format=%H"], cwd=workspace.root)

    assert tested.returncode == 0, tested.stderr.decode()
    assert chore.stdout == b"xtask=0\n"
    assert status.stdout == b""
    assert len(log.stdout.split()) == 3


def test_history_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    heads = set()
    for name in ("a", "b"):
        generate(tmp_path / name, TinySpec(commits=2), env=os.environ)
        heads.add(proc.run(["git", "rev-parse", "HEAD"], cwd=tmp_path / name).stdout)

    assert len(heads) == 1


def test_a_failing_test_fails_and_only_it(tmp_path: Path) -> None:
    workspace = generate(tmp_path / "w", TinySpec(crates=2, failing_test=True))

    tested = cargo(workspace, "test", "--workspace", "--no-fail-fast")

    assert tested.returncode != 0
    assert b"1 passed; 1 failed" in tested.stdout


def test_a_broken_crate_does_not_compile_but_the_root_library_does(tmp_path: Path) -> None:
    workspace = generate(tmp_path / "w", TinySpec(crates=3, broken_crate=True))

    assert cargo(workspace, "build", "--workspace").returncode != 0
    assert cargo(workspace, "build", "-p", "lib0").returncode == 0


def test_a_workspace_without_a_library_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one library"):
        TinySpec(crates=1, binaries=1)


def test_commits_need_an_environment(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="environment"):
        generate(tmp_path / "w", TinySpec(commits=1))


def test_only_libraries_can_be_edited(tmp_path: Path) -> None:
    workspace = generate(tmp_path / "w")

    with pytest.raises(ValueError, match="bin0 is not one of lib0"):
        tiny.edit_step(workspace, "bin0", 2)
