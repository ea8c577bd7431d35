"""What cargo is asked, and which packages are outside of a workspace."""

from pathlib import Path

import pytest

from cargo_hone.cargo import metadata
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.doctor.asking import Question, asked
from cargo_hone.doctor.path_dependencies import without
from cargo_hone.errors import HoneError, UsageProblem
from tests.doctor.case import environment

PACKAGE = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return environment(home)


def package(directory: Path, dependencies: str = "") -> None:
    (directory / "src").mkdir(parents=True)
    (directory / "src" / "lib.rs").write_text("")
    (directory / "Cargo.toml").write_text(PACKAGE.format(directory.name) + dependencies)


def apart(root: Path, env: dict[str, str]) -> list[str]:
    answer = asked(root / "Cargo.toml", env=env)
    members = [one.manifest_path for one in answer.workspace.member_packages]
    return [one.name for one in without(answer.outside, root=root, manifests=members)]


def test_what_only_a_registry_has_is_not_asked_for(tmp_path: Path, env: dict[str, str]) -> None:
    package(tmp_path / "ws", '[dependencies]\nno-such-package-anywhere = "99"\n')
    manifest = tmp_path / "ws" / "Cargo.toml"
    answer = asked(manifest, env=env, flags=("--offline",))
    assert answer.workspace.workspace_root == tmp_path / "ws"
    assert not (tmp_path / "ws" / "Cargo.lock").exists()
    with pytest.raises(HoneError):
        metadata.read(manifest, env=env, flags=("--offline",))


def test_a_question_answers_with_what_went_wrong(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "Cargo.toml").write_text("[workspace")
    question = Question(tmp_path / "Cargo.toml", env=env, flags=())
    with pytest.raises(UsageProblem):
        question.answer()


def test_what_is_excluded_is_outside(tmp_path: Path, env: dict[str, str]) -> None:
    root = generate(tmp_path / "ws", TinySpec(crates=2, xtask=True)).root
    assert apart(root, env) == ["xtask"]


@pytest.mark.parametrize(
    "entry",
    [
        '[dependencies]\nfirst = { path = "first" }\n',
        '[target."cfg(unix)".build-dependencies.first]\npath = "./first/"\n',
        '[dev-dependencies]\nfirst = "0.1"\n[patch.crates-io]\nfirst = { path = "first" }\n',
        '[dependencies]\nfirst.workspace = true\n[workspace.dependencies]\nfirst.path = "first"\n',
    ],
)
def test_what_a_path_leads_to_is_not(entry: str, tmp_path: Path, env: dict[str, str]) -> None:
    root = tmp_path / "ws"
    extra = "" if "[workspace." in entry else "[workspace]\n"
    package(root, entry + extra)
    text = (root / "Cargo.toml").read_text()
    (root / "Cargo.toml").write_text(
        text.replace("[workspace]\n", '[workspace]\nexclude = ["first", "second", "third"]\n')
        if extra
        else text + '[workspace]\nexclude = ["first", "second", "third"]\n'
    )
    package(root / "first", '[dependencies]\nsecond = { path = "../second" }\n')
    package(root / "second")
    package(root / "third", '[dependencies]\nfirst = { path = "../first" }\n')
    assert apart(root, env) == ["third"]
