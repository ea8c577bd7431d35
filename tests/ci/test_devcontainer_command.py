"""`cargo hone devcontainer` as it is called: what it says, its exit codes, and the tree that it leaves."""

import json
import os
from pathlib import Path

import pytest

from cargo_hone.cargo import metadata
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.errors import Exit, HoneError

from .contained import SIMPLE, Repository, Shell


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "some repo")


@pytest.fixture
def shell(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    repository.holds(".devcontainer/devcontainer.json")
    return Shell(repository, monkeypatch, capsys)


@pytest.fixture
def bare(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """In a repository without a container."""
    return Shell(repository, monkeypatch, capsys)


def test_init_and_remove_restore_the_tree(shell: Shell) -> None:
    code, out, _ = shell.run("init", "--yes")
    assert code == Exit.OK
    assert out == "written  .devcontainer/devcontainer.json\nwritten  .devcontainer/hone.sh\n"
    assert shell.run("init", "--yes")[:2] == (Exit.OK, "nothing to change\n")
    code, out, _ = shell.run("remove", "--yes")
    assert code == Exit.OK
    assert "removed  .devcontainer/hone.sh" in out
    assert (shell.root / ".devcontainer" / "devcontainer.json").read_bytes() == SIMPLE
    assert [path.name for path in (shell.root / ".devcontainer").iterdir()] == ["devcontainer.json"]
    assert shell.run("remove", "--yes")[:2] == (Exit.OK, "nothing to change\n")


def test_a_dry_run_shows_the_diff_and_exits_with_1(shell: Shell) -> None:
    code, out, _ = shell.run("init", "-n")
    assert code == Exit.FINDINGS
    assert '+  "onCreateCommand": "sh .devcontainer/hone.sh create || true",' in out
    assert not (shell.root / ".devcontainer" / "hone.sh").exists()
    assert shell.run("remove", "-n")[0] == Exit.OK


def test_without_a_terminal_and_without_yes_nothing_is_written(shell: Shell) -> None:
    code, out, err = shell.run("init")
    assert (code, out) == (Exit.FINDINGS, "")
    assert "--yes" in err
    assert not (shell.root / ".devcontainer" / "hone.sh").exists()


def test_json_names_what_changes(shell: Shell) -> None:
    code, out, _ = shell.run("init", "-n", "--format", "json")
    data = json.loads(out)
    assert code == Exit.FINDINGS
    assert data["schema"] == "cargo-hone/devcontainer/v1"
    assert [change["path"] for change in data["changes"]] == [
        ".devcontainer/devcontainer.json",
        ".devcontainer/hone.sh",
    ]


def test_a_refused_file_makes_the_exit_code_1(shell: Shell) -> None:
    (shell.root / ".devcontainer" / "devcontainer.json").write_text("[]")
    code, _, err = shell.run("init", "--yes")
    assert code == Exit.FINDINGS
    assert "is not an object" in err
    assert not (shell.root / ".devcontainer" / "hone.sh").exists()


def test_remove_takes_the_directory_that_init_made(bare: Shell) -> None:
    before = sorted(bare.root.rglob("*"))
    bare.run("init", "--yes")
    assert (bare.root / ".devcontainer").is_dir()
    code, out, _ = bare.run("remove", "--yes")
    assert code == Exit.OK
    assert out.endswith("removed  .devcontainer/\n")
    assert sorted(bare.root.rglob("*")) == before


def test_a_directory_in_which_something_is_left_stays(bare: Shell) -> None:
    bare.run("init", "--yes")
    (bare.root / ".devcontainer" / "Dockerfile").touch()
    code, out, _ = bare.run("remove", "--yes")
    assert code == Exit.OK
    assert "removed  .devcontainer/\n" not in out
    assert [path.name for path in (bare.root / ".devcontainer").iterdir()] == ["Dockerfile"]


def test_the_files_alone_are_enough_to_remove(shell: Shell) -> None:
    shell.run("init", "--yes")
    manifest = shell.root / "Cargo.toml"
    with manifest.open("a") as file:
        file.write('\n[workspace.dependencies]\ngone = { path = "../gone" }\n')
    for member in shell.root.glob("crates/*/Cargo.toml"):
        member.write_text(
            f"{member.read_text()}\n[target.'cfg(all())'.dependencies]\ngone = {{ workspace = true }}\n"
        )
    with pytest.raises(HoneError):
        metadata.read(manifest, env=os.environ, flags=("--offline",))
    assert shell.run("remove", "-n")[0] == Exit.FINDINGS
    assert shell.run("remove", "--yes")[0] == Exit.OK
    assert (shell.root / ".devcontainer" / "devcontainer.json").read_bytes() == SIMPLE
    assert not (shell.root / ".devcontainer" / "hone.sh").exists()


def test_a_second_workspace_does_not_take_the_script_over(shell: Shell, tmp_path: Path) -> None:
    for name in ("the one", "two"):
        generate(shell.root / name, TinySpec(crates=2))
    (shell.root / "Cargo.toml").unlink()
    one, two = (("--manifest-path", f"{name}/Cargo.toml", "--yes") for name in ("the one", "two"))
    assert shell.run("init", *one)[0] == Exit.OK
    script = shell.root / ".devcontainer" / "hone.sh"
    written = script.read_bytes()
    code, out, err = shell.run("init", *two)
    assert (code, out) == (Exit.FINDINGS, "nothing to change\n")
    assert "`the one`" in err
    assert "cargo hone devcontainer remove" in err
    assert script.read_bytes() == written
    assert shell.run("init", *one)[:2] == (Exit.OK, "nothing to change\n")
    # A workspace that has moved is served no longer.
    (shell.root / "the one").rename(tmp_path / "moved")
    assert shell.run("init", *two)[0] == Exit.OK
    assert b"\nworkspace=two\n" in script.read_bytes()
