"""What cargo knows of a workspace, and how it says no."""

import os
from pathlib import Path

import pytest

from cargo_hone.cargo import metadata
from cargo_hone.errors import Exit, ToolMissing, UsageProblem
from cargo_hone.proc import clean_environment

ENV = clean_environment(os.environ)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["low", "high"]\nresolver = "2"\n')
    for name, dependency in (("low", ""), ("high", 'low = { path = "../low" }\n')):
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{dependency}'
        )
        (tmp_path / name / "src" / "lib.rs").touch()
    return tmp_path


def test_members_and_the_graph_among_them(workspace: Path) -> None:
    known = metadata.read(workspace / "Cargo.toml", env=ENV)
    assert [package.name for package in known.member_packages] == ["high", "low"]
    ids = {package.name: package.id for package in known.member_packages}
    assert known.depends_on[ids["high"]] == {ids["low"]}
    assert known.target_directory == workspace / "target"


def test_the_root_is_found_from_a_member(workspace: Path) -> None:
    manifest = metadata.locate_manifest(workspace / "high" / "src")
    assert manifest == workspace / "high" / "Cargo.toml"
    assert metadata.workspace_root(manifest, env=ENV) == workspace


def test_no_manifest_is_a_usage_error(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "Cargo.toml"):
        with pytest.raises(UsageProblem) as refused:
            metadata.locate_manifest(place)
        assert refused.value.code is Exit.USAGE


@pytest.mark.parametrize(
    "content", ["[package\n", "[package]\nname = 'a'\nedition = '1915'\n", "\xff"]
)
def test_a_manifest_that_cargo_refuses_is_a_usage_error(tmp_path: Path, content: str) -> None:
    manifest = tmp_path / "Cargo.toml"
    manifest.write_text(content, "latin-1")
    with pytest.raises(UsageProblem) as refused:
        metadata.read(manifest, env=ENV)
    assert refused.value.detail


def test_a_stale_lock_file_with_locked_is_a_usage_error(workspace: Path) -> None:
    (workspace / "Cargo.lock").write_text("version = 4\n")
    with pytest.raises(UsageProblem) as refused:
        metadata.read(workspace / "Cargo.toml", env=ENV, flags=["--locked"])
    assert "lock file" in refused.value.message
    assert (workspace / "Cargo.lock").read_text() == "version = 4\n"


def test_without_cargo_the_tool_is_missing(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as refused:
        metadata.read(workspace / "Cargo.toml", env={"PATH": str(tmp_path / "nowhere")})
    assert refused.value.code is Exit.UNAVAILABLE


def test_what_was_asked_ahead_is_the_same_answer(workspace: Path) -> None:
    with metadata.asked(workspace / "Cargo.toml", env=ENV) as answer:
        assert answer() == metadata.read(workspace / "Cargo.toml", env=ENV)


def test_a_refusal_comes_with_the_answer_that_was_asked_ahead(workspace: Path) -> None:
    (workspace / "Cargo.toml").write_text("[package\n")
    with (
        metadata.asked(workspace / "Cargo.toml", env=ENV) as answer,
        pytest.raises(UsageProblem) as refused,
    ):
        answer()
    assert refused.value.detail


def test_to_ask_ahead_without_cargo_is_refused_at_once(workspace: Path, tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path / "nowhere")}
    with (
        pytest.raises(ToolMissing),
        metadata.asked(workspace / "Cargo.toml", env=env),
    ):
        pytest.fail("it was not refused")
