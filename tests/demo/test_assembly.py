"""The demonstration workspace: what is refused without any network, and the whole of it end to end."""

import json
import os
from pathlib import Path

import pytest

from cargo_hone import proc
from cargo_hone.demo import DemoWorkspace, assemble, recipe
from cargo_hone.errors import Unavailable, UsageProblem

ENV = dict(os.environ)


def quiet(_: str) -> None:
    """Progress that nobody sees."""


def git(root: Path, *arguments: str) -> str:
    return proc.run(["git", *arguments], cwd=root, env=ENV).stdout.decode().strip()


def test_a_directory_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "mine.txt").write_text("mine")

    with pytest.raises(UsageProblem, match="is not a demonstration workspace"):
        assemble(tmp_path / "d", env=ENV, progress=quiet, fresh=True)

    assert [path.name for path in tmp_path.rglob("*")] == ["d", "mine.txt"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "d").symlink_to(tmp_path / "real")

    with pytest.raises(UsageProblem):
        assemble(tmp_path / "d", env=ENV, progress=quiet)


def test_one_of_another_recipe_is_refused_unless_fresh(tmp_path: Path) -> None:
    (tmp_path / "d" / ".git").mkdir(parents=True)
    stamp = {"recipe": "older", "older": "a", "head": "b"}
    (tmp_path / "d" / ".git" / "cargo-hone-demo.json").write_text(json.dumps(stamp))

    with pytest.raises(UsageProblem, match="another version"):
        assemble(tmp_path / "d", env=ENV, progress=quiet)


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    without_cargo = {**ENV, "PATH": str(tmp_path / "nothing")}

    with pytest.raises(Unavailable):
        assemble(tmp_path / "place" / "d", env=without_cargo, progress=quiet)

    assert list((tmp_path / "place").iterdir()) == []


def test_what_a_killed_assembly_left_is_taken_away(tmp_path: Path) -> None:
    left_over = tmp_path / ".d.assembling-999999999"
    left_over.mkdir()

    with pytest.raises(Unavailable):
        assemble(tmp_path / "d", env={**ENV, "PATH": str(tmp_path)}, progress=quiet)

    assert not left_over.exists()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoWorkspace:
    return assemble(tmp_path_factory.mktemp("demo") / "w", env=ENV, progress=quiet)


@pytest.mark.e2e
def test_24_members_at_their_pinned_versions_use_each_other(demo: DemoWorkspace) -> None:
    asked = proc.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"],
        cwd=demo.root,
        env=ENV,
    )
    assert asked.returncode == 0, asked.stderr.decode()
    metadata = json.loads(asked.stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    members = {
        packages[member]["name"]: packages[member] for member in metadata["workspace_members"]
    }
    used = {
        dependency["pkg"]
        for node in metadata["resolve"]["nodes"]
        if node["id"] in metadata["workspace_members"]
        for dependency in node["deps"]
    }
    kinds = {
        kind
        for member in members.values()
        for target in member["targets"]
        for kind in target["kind"]
    }

    assert {n: m["version"] for n, m in members.items()} == {
        member.name: member.version for member in recipe.MEMBERS
    }
    assert len(members) == demo.members == 24
    for member in members.values():
        binary = any("bin" in target["kind"] for target in member["targets"])
        assert binary or member["id"] in used, f"{member['name']} is used by nobody"
    assert {"proc-macro", "custom-build", "bin", "lib"} <= kinds
    # A registry package that stands on a member would be compiled as a member's dependent.
    for node in metadata["resolve"]["nodes"]:
        if packages[node["id"]]["source"] is not None:
            assert not {dep["pkg"] for dep in node["deps"]} & set(metadata["workspace_members"])


@pytest.mark.e2e
def test_the_work_tree_is_clean_and_the_history_is_the_same_everywhere(
    demo: DemoWorkspace, tmp_path: Path
) -> None:
    again = assemble(tmp_path / "again", env=ENV, progress=quiet)

    assert git(demo.root, "status", "--porcelain") == ""
    assert len(git(demo.root, "log", "--format=%H").split()) >= 3
    assert (again.older_commit, again.head_commit) == (demo.older_commit, demo.head_commit)
    assert git(demo.root, "branch", "--show-current") == "main"


@pytest.mark.e2e
def test_what_is_there_is_reused_and_put_back_when_asked(tmp_path: Path) -> None:
    first = assemble(tmp_path / "w", env=ENV, progress=quiet)
    (first.root / "target").mkdir()
    (first.root / "Cargo.toml").write_text("changed")
    (first.root / "new.txt").write_text("new")

    with pytest.raises(UsageProblem, match="was changed"):
        assemble(first.root, env=ENV, progress=quiet)
    again = assemble(first.root, env=ENV, progress=quiet, fresh=True)

    assert again.reused
    assert git(first.root, "status", "--porcelain") == ""
    assert (first.root / "target").is_dir()
    assert not (first.root / "new.txt").exists()


@pytest.mark.e2e
def test_one_of_another_recipe_is_replaced_when_asked(tmp_path: Path) -> None:
    first = assemble(tmp_path / "w", env=ENV, progress=quiet)
    stamp = first.root / ".git" / "cargo-hone-demo.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "recipe": "older"}))

    again = assemble(first.root, env=ENV, progress=quiet, fresh=True)

    assert not again.reused
    assert again.head_commit == first.head_commit
    assert [path.name for path in tmp_path.iterdir()] == ["w"]
