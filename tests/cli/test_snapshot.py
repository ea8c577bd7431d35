"""`cargo hone snapshot` as people and scripts use it: what it prints, its JSON, its exit codes, a git worktree."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from cargo_hone.proc import clean_environment
from tests.servers.running import free_port

MANIFEST = '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2021"\n'
HOOK = Path(__file__).parents[2] / "docs/how-to/snapshots.md"


@dataclass
class Tree:
    """A checkout of a crate, with a store beside it."""

    root: Path
    env: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def done(self, *words: str) -> str:
        finished = self.run(*words)
        assert finished.returncode == 0, finished.stderr + finished.stdout
        return finished.stdout + finished.stderr

    def snapshot(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "cargo_hone", "--offline", "snapshot", *words)

    def json(self, *words: str) -> dict[str, object]:
        finished = self.snapshot(*words, "--format", "json")
        found: dict[str, object] = json.loads(finished.stdout)
        assert found["schema"] == f"cargo-hone/snapshot-{words[0]}/v1"
        return found


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    root = tmp_path / "checkout"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text(MANIFEST)
    (root / "src/main.rs").write_text('fn main() {\n    println!("one");\n}\n')
    (root / ".gitignore").write_text("target\n")
    env = clean_environment(os.environ) | {
        "HONE_STATE_DIR": str(tmp_path / "state"),
        "HONE_SNAPSHOT_DIR": str(tmp_path / "store"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@b.c"}
    made = Tree(root, env)
    made.done("git", "init", "-q", "-b", "main")
    made.done("cargo", "generate-lockfile", "--offline")
    made.done("git", "add", "-A")
    made.done("git", "commit", "-qm", "first")
    return made


@pytest.fixture
def saved(tree: Tree) -> Tree:
    tree.done("cargo", "build", "--offline")
    assert tree.snapshot("save").returncode == 0
    return tree


def test_save_says_what_can_be_linked(tree: Tree) -> None:
    said = tree.snapshot("save", "--run", "build --offline")
    assert said.returncode == 0, said.stderr
    assert "can be linked into checkouts, the rest is copied" in said.stdout
    found = tree.json("save")
    assert set(found) == {
        *("schema", "id", "project", "path", "units", "files", "size_bytes", "linkable_bytes"),
        *("inputs", "added_bytes", "wall_s"),
    }
    assert isinstance(found["linkable_bytes"], int)
    assert 0 < found["linkable_bytes"] < int(str(found["size_bytes"]))


def test_a_build_that_fails_is_not_saved(tree: Tree) -> None:
    (tree.root / "src/main.rs").write_text("fn main() { nothing }\n")
    said = tree.snapshot("save", "--run", "build --offline")
    assert said.returncode == 3
    assert "cannot find value `nothing`" in said.stderr
    assert "no snapshots in" in tree.snapshot("list").stdout


def test_list_shows_what_fits_here(saved: Tree, tmp_path: Path) -> None:
    head, row, place = saved.snapshot("list").stdout.splitlines()
    assert head.split() == ["snapshot", "age", "size", "commit", "here"]
    assert row.endswith("  yes")
    commit = saved.done("git", "rev-parse", "HEAD").strip()
    assert commit[:10] in row
    assert place.strip() == str(saved.root)
    rows = saved.json("list")["snapshots"]
    assert isinstance(rows, list)
    assert (rows[0]["fits_machine"], rows[0]["this_project"]) == (True, True)
    outside = Tree(tmp_path, saved.env)
    assert outside.snapshot("list").stdout.splitlines()[1].endswith("  ?")


def test_restore_says_what_cargo_will_do_and_check_agrees(saved: Tree) -> None:
    shutil.rmtree(saved.root / "target")
    said = saved.snapshot("restore", "--check")
    assert said.returncode == 0, said.stderr
    assert "cargo will compile nothing" in said.stdout
    assert "cargo compiled 0 units" in said.stdout
    (saved.root / "src/main.rs").write_text('fn main() {\n    println!("two");\n}\n')
    found = saved.json("restore")
    assert isinstance(found["to_compile"], list)
    assert [one["reason"] for one in found["to_compile"]] == ["src/main.rs has changed"]
    assert "Compiling tiny" in saved.done("cargo", "build", "--offline")
    assert saved.done("target/debug/tiny") == "two\n"


def test_restore_says_why_each_was_passed_over(saved: Tree) -> None:
    (saved.root / "cc").write_text('#!/bin/sh\necho "another compiler 1.0"\n')
    (saved.root / "cc").chmod(0o755)
    saved.env["CC"] = str(saved.root / "cc")
    said = saved.snapshot("restore")
    assert said.returncode == 1
    assert "there is no snapshot of this project for this machine" in said.stdout
    assert "here it is `another compiler 1.0`" in said.stdout
    found = saved.json("restore")
    assert found["id"] is None
    assert isinstance(found["passed_over"], list)
    assert len(found["passed_over"]) == 1


def test_nothing_to_restore_and_nothing_to_save(tree: Tree) -> None:
    said = tree.snapshot("restore")
    assert said.returncode == 1
    assert "make one after a build: cargo hone snapshot save" in said.stdout
    said = tree.snapshot("save")
    assert said.returncode == 5
    assert "next: build first" in said.stderr
    said = tree.snapshot("push", "--remote", "redis://127.0.0.1:1")
    assert said.returncode == 2
    assert "there is no such snapshot" in said.stderr


def test_remotes_that_cannot_be_used(saved: Tree) -> None:
    said = saved.snapshot("push")
    assert (said.returncode, "no remote is named" in said.stderr) == (2, True)
    said = saved.snapshot("push", "--remote", f"s3://b/p?endpoint=http://127.0.0.1:{free_port()}")
    assert said.returncode == 5
    assert "cannot reach s3://b/p" in said.stderr
    said = saved.snapshot("pull", "--remote", "ftp://host/x")
    assert said.returncode == 2
    nowhere = saved.root.parent / "nowhere"
    said = saved.snapshot("pull", "--remote", str(nowhere))
    assert (said.returncode, f"there is no directory {nowhere}" in said.stderr) == (5, True)
    assert not nowhere.exists()


def test_push_and_pull_through_a_directory(saved: Tree, tmp_path: Path) -> None:
    remote = str(tmp_path / "shared")
    sent = saved.json("push", "--remote", remote)
    assert sent["there"] == 0
    assert saved.json("push", "--remote", remote)["there"] == sent["blobs"]
    assert saved.json("push", "--remote", remote, "--again")["there"] == 0
    saved.env["HONE_SNAPSHOT_DIR"] = str(tmp_path / "another")
    assert saved.json("pull", "--remote", remote)["id"] == sent["id"]
    shutil.rmtree(saved.root / "target")
    assert "cargo will compile nothing" in saved.snapshot("restore").stdout
    # Only a hint: what is damaged there is passed over.
    card = next(path for path in (tmp_path / "shared/v1/cards").rglob("*") if path.is_file())
    card.write_bytes(b"x")
    said = saved.snapshot("pull", "--remote", remote)
    assert said.returncode == 1
    assert "it is damaged there, or gone" in said.stdout


def test_restore_pulls_first_and_does_without_a_remote_that_is_gone(
    saved: Tree, tmp_path: Path
) -> None:
    remote = str(tmp_path / "shared")
    sent = saved.json("push", "--remote", remote)
    saved.env["HONE_SNAPSHOT_DIR"] = str(tmp_path / "another")
    shutil.rmtree(saved.root / "target")
    found = saved.json("restore", "--remote", remote)
    assert found["id"] == sent["id"]
    assert found["to_compile"] == []
    pulled = found["pulled"]
    assert isinstance(pulled, dict)
    assert (pulled["id"], pulled["there"]) == (sent["id"], 0)
    said = saved.snapshot("restore", "--pull", "--remote", f"redis://127.0.0.1:{free_port()}")
    assert said.returncode == 0
    assert "nothing was pulled: cannot reach redis://" in said.stderr
    assert "cargo will compile nothing" in said.stdout
    said = saved.snapshot("restore", "--pull")
    assert (said.returncode, "no remote is named" in said.stderr) == (2, True)
    said = saved.snapshot("restore", "--from", str(saved.root), "--remote", remote)
    assert (said.returncode, "--from DIR, or --pull" in said.stderr) == (2, True)


def test_where_nothing_fits_restore_says_what_the_remote_lacks(saved: Tree, tmp_path: Path) -> None:
    remote = str(tmp_path / "shared")
    saved.json("push", "--remote", remote)
    card = next(path for path in (tmp_path / "shared/v1/cards").rglob("*") if path.is_file())
    card.write_bytes(b"x")
    saved.env["HONE_SNAPSHOT_DIR"] = str(tmp_path / "another")
    said = saved.snapshot("restore", "--remote", remote)
    assert said.returncode == 1
    assert f"there is no snapshot for this machine in {remote}" in said.stdout
    assert f"{card.name}: it is damaged there, or gone" in said.stdout
    pulled = saved.json("restore", "--remote", remote)["pulled"]
    assert isinstance(pulled, dict)
    assert pulled["passed_over"] == [f"{card.name}: it is damaged there, or gone"]


def test_verify_and_prune(saved: Tree, tmp_path: Path) -> None:
    assert saved.snapshot("verify").returncode == 0
    pack = next(path for path in (tmp_path / "store/packs").rglob("*") if path.is_file())
    content = pack.read_bytes()
    pack.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    said = saved.snapshot("verify")
    assert (said.returncode, "read: 1 fault\n" in said.stdout) == (1, True)
    assert saved.snapshot("prune", "--max-size", "0", "-n").returncode == 1
    assert saved.snapshot("prune", "--max-size", "0", "--yes").returncode == 0
    assert "no snapshots in" in saved.snapshot("list").stdout


def test_the_hook_of_the_handbook_fills_a_new_worktree(saved: Tree, tmp_path: Path) -> None:
    """The text in docs/how-to/snapshots.md, as it stands there."""
    text = HOOK.read_text().partition("```sh hook\n")[2].partition("```")[0]
    hook = saved.root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(0o755)
    directory = tmp_path / "bin"
    directory.mkdir()
    program = directory / "cargo-hone"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cargo_hone "$@"\n')
    program.chmod(0o755)
    saved.env["PATH"] = f"{directory}:{saved.env['PATH']}"
    said = saved.done("git", "worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    assert "snapshot " in said
    second = Tree(tmp_path / "second", saved.env)
    assert "Compiling" not in second.done("cargo", "build", "--offline")
    assert second.done("target/debug/tiny") == "one\n"
    # Files that are checked out one by one start nothing.
    shutil.rmtree(second.root / "target")
    second.done("git", "checkout", "-q", "--", "src/main.rs")
    assert not (second.root / "target").exists()
