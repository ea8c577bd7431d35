"""cargo's layers: the nearer file wins over the farther, the environment over both."""

import os
from pathlib import Path

import pytest

from cargo_hone.errors import UsageProblem
from cargo_hone.proc import run
from cargo_hone.workspace import configuration


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for place, content in (
        ("", '[build]\ntarget-dir = "far"\njobs = 3\n'),
        ("near", '\ufeff[build]\ntarget-dir = "out"\n'),
    ):
        (tmp_path / place / ".cargo").mkdir(parents=True)
        (tmp_path / place / ".cargo" / "config.toml").write_text(content, "utf-8")
    return tmp_path


def env(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], **more}


def test_the_nearer_file_wins_and_the_farther_fills_in(tree: Path) -> None:
    found = configuration.read(tree / "near", env=env(tree))
    target, jobs = found.setting("build", "target-dir"), found.setting("build", "jobs")
    assert target is not None
    assert jobs is not None
    assert (target.value, target.origin) == ("out", str(tree / "near/.cargo/config.toml"))
    assert target.layer is not None
    assert target.layer.base == tree / "near"
    assert jobs.value == 3
    assert found.setting("build", "rustc-wrapper") is None


@pytest.mark.parametrize(
    ("keys", "variable"),
    [
        (("build", "target-dir"), "CARGO_TARGET_DIR"),
        (("build", "target-dir"), "CARGO_BUILD_TARGET_DIR"),
        (("build", "rustc-wrapper"), "RUSTC_WRAPPER"),
        (("profile", "dev", "debug"), "CARGO_PROFILE_DEV_DEBUG"),
        (("profile", "dev", "split-debuginfo"), "CARGO_PROFILE_DEV_SPLIT_DEBUGINFO"),
        (
            ("target", "x86_64-unknown-linux-gnu", "runner"),
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER",
        ),
    ],
)
def test_the_environment_wins_and_is_named(
    tree: Path, keys: tuple[str, ...], variable: str
) -> None:
    found = configuration.read(tree / "near", env=env(tree, **{variable: "mine"}))
    setting = found.setting(*keys)
    assert setting is not None
    assert (setting.value, setting.origin) == ("mine", variable)
    assert found.environment_override(*keys) == variable


def test_the_cargo_home_is_the_last_layer(tree: Path) -> None:
    home = tree / "home" / ".cargo"
    home.mkdir(parents=True)
    (home / "config.toml").write_text('[build]\nrustc-wrapper = "sccache"\njobs = 1\n')
    found = configuration.read(tree / "near", env=env(tree))
    wrapper, jobs = found.setting("build", "rustc-wrapper"), found.setting("build", "jobs")
    assert wrapper is not None
    assert jobs is not None
    assert (wrapper.value, jobs.value) == ("sccache", 3)


def test_cargo_agrees_on_the_target_directory(tree: Path) -> None:
    package = tree / "near"
    (package / "src").mkdir()
    (package / "src/lib.rs").touch()
    (package / "Cargo.toml").write_text('[package]\nname = "small"\nedition = "2021"\n')
    real = {**os.environ, "HOME": os.environ["HOME"]}
    said = run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=package, env=real
    ).text
    assert f'"target_directory":"{package}/out"' in said


def test_a_file_that_is_not_toml_is_named(tree: Path) -> None:
    (tree / ".cargo" / "config.toml").write_text("[build\n")
    with pytest.raises(UsageProblem, match=r"config\.toml"):
        configuration.read(tree / "near", env=env(tree))
