"""Which scope fits, and why; what is in the way is refused."""

import os
import subprocess
from pathlib import Path

import pytest

from cargo_hone.cache.scope import Choice, Scope, Surroundings, choose, look, windows
from cargo_hone.errors import UsageProblem


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "ws"
    made.mkdir()
    subprocess.run(["git", "init", "-q", made], check=True, env={"PATH": os.environ["PATH"]})
    return made


def around(root: Path | None, **env: str) -> Surroundings:
    home = (root or Path("/nowhere")).parent / "home"
    base = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return look(root, here=Path("/"), env={**base, **env})


def fitting(root: Path, **env: str) -> Choice:
    return choose(around(root, **env), None)


def workflow(root: Path, text: str, name: str = ".github/workflows/ci.yml") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def wrapper(path: Path, value: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[build]\nrustc-wrapper = "{value}"\n')


def test_the_repository_is_the_usual_place(root: Path) -> None:
    assert fitting(root).scope is Scope.REPO


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/workflows/ci.yml", "jobs: {a: {runs-on: windows-latest}}"),
        (".github/workflows/ci.yaml", "os: [ubuntu-latest, windows-2025]"),
        ("appveyor.yml", "image: Visual Studio 2022"),
        ("azure-pipelines.yml", "vmImage: 'windows-2022'"),
    ],
)
def test_where_something_builds_on_windows_it_is_the_user(root: Path, name: str, text: str) -> None:
    workflow(root, text, name)
    choice = fitting(root)
    assert choice.scope is Scope.USER
    assert Path(name).name in choice.why
    with pytest.raises(UsageProblem, match="would break"):
        choose(around(root), Scope.REPO)


@pytest.mark.parametrize("text", ["cargo build --target x86_64-pc-windows-gnu", "# no-windows-1"])
def test_a_triple_is_no_runner(root: Path, text: str) -> None:
    workflow(root, f"jobs: {{}}  # {text}")
    assert windows(around(root)) == ""


def test_where_git_ignores_the_file_it_is_the_user(root: Path) -> None:
    (root / ".gitignore").write_text(".cargo/\n")
    choice = fitting(root)
    assert choice.scope is Scope.USER
    assert "git ignores .cargo" in choice.why


def test_a_file_that_others_share_is_left_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.toml").write_text("")
    (root / ".cargo").mkdir()
    (root / ".cargo" / "config.toml").symlink_to(tmp_path / "shared.toml")
    assert fitting(root).scope is Scope.USER
    with pytest.raises(UsageProblem, match="outside of this workspace"):
        choose(around(root), Scope.REPO)


def test_where_the_wrapper_is_already_there_it_stays(root: Path, tmp_path: Path) -> None:
    wrapper(tmp_path / "home" / ".cargo" / "config.toml", "/x/hone/sccache")
    choice = fitting(root)
    assert choice.scope is Scope.USER
    assert "home/.cargo/config.toml" in choice.why
    wrapper(root / ".cargo" / "config.toml", "sccache")
    assert fitting(root).scope is Scope.REPO


def test_where_the_repository_has_it_above_the_workspace_it_is_the_repository(root: Path) -> None:
    inner = root / "inner"
    inner.mkdir()
    wrapper(root / ".cargo" / "config.toml", "sccache")
    choice = fitting(inner)
    assert choice.scope is Scope.REPO
    assert str(root / ".cargo" / "config.toml") in choice.why


def test_a_wrapper_of_somebody_elses_is_not_replaced(root: Path) -> None:
    wrapper(root / ".cargo" / "config.toml", "/opt/other")
    with pytest.raises(UsageProblem, match="/opt/other"):
        fitting(root)
    # For all other repositories the user may have it.
    choice = choose(around(root), Scope.USER)
    assert any("/opt/other" in caution for caution in choice.cautions)


def test_a_layer_above_counts_as_well(root: Path, tmp_path: Path) -> None:
    wrapper(tmp_path / ".cargo" / "config.toml", "/opt/other")
    with pytest.raises(UsageProblem, match="/opt/other"):
        fitting(root)


@pytest.mark.parametrize("scope", [None, *Scope])
@pytest.mark.parametrize("name", ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"])
def test_another_program_in_the_environment_is_in_the_way(
    root: Path, scope: Scope | None, name: str
) -> None:
    surroundings = around(root, **{name: "/opt/other"})
    with pytest.raises(UsageProblem, match=name) as refused:
        choose(surroundings, scope)
    assert f"unset {name}" in refused.value.next_step
    assert choose(around(root, **{name: "/opt/sccache"}), scope)


def test_an_empty_variable_is_said(root: Path) -> None:
    choice = fitting(root, RUSTC_WRAPPER="")
    assert choice.scope is Scope.REPO
    assert "switches every wrapper off" in choice.cautions[0]


def test_without_a_workspace_there_is_only_the_user() -> None:
    assert choose(around(None), None).scope is Scope.USER
    with pytest.raises(UsageProblem, match="no workspace"):
        choose(around(None), Scope.REPO)


def test_cross_is_told_of(root: Path) -> None:
    (root / "Cross.toml").write_text("")
    assert any("Cross.toml" in caution for caution in choose(around(root), Scope.USER).cautions)
    assert choose(around(root), Scope.REPO).cautions == ()
