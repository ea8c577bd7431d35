"""Plans for the repository's containers, and the command that carries them out and takes them back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.ci.devcontainer import IMAGE, plan_devcontainer, plan_removal
from cargo_hone.cli.devcontainer import command
from cargo_hone.cli.ending import guarded
from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.errors import Exit
from cargo_hone.model import Plan
from cargo_hone.settings.model import Ci, Settings
from cargo_hone.workspace.facts import WorkspaceFacts, look

SIMPLE = b'{\n  "image": "rust:1" // ours\n}\n'


class Repository:
    """A tiny workspace, at the repository's root or below it."""

    def __init__(self, root: Path, workspace: str = ".") -> None:
        self.root = root
        self.workspace = root / workspace
        generate(self.workspace, TinySpec(crates=2))
        (root / ".git").mkdir()

    def facts(self) -> WorkspaceFacts:
        return look(self.workspace / "Cargo.toml", env=os.environ)

    def holds(self, name: str, content: bytes = SIMPLE) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def planned(self) -> dict[str, bytes | None]:
        return self.named(plan_devcontainer(self.facts(), Settings()).plan)

    def named(self, plan: Plan) -> dict[str, bytes | None]:
        assert all(change.step == "devcontainer" for change in plan.changes)
        return {str(change.path.relative_to(self.root)): change.after for change in plan.changes}


def write(plan: Plan) -> None:
    for change in plan.changes:
        if change.after is None:
            change.path.unlink()
        else:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            change.path.write_bytes(change.after)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "some repo")


def test_every_container_of_the_repository_gets_it_and_one_script(repository: Repository) -> None:
    names = [".devcontainer/a/devcontainer.json", ".devcontainer/b/devcontainer.json"]
    names += [".devcontainer/devcontainer.json", ".devcontainer.json"]
    for name in names:
        repository.holds(name)
    planned = repository.planned()
    assert set(planned) == {*names, ".devcontainer/hone.sh"}
    assert all(b"sh .devcontainer/hone.sh start" in (planned[name] or b"") for name in names)
    write(plan_devcontainer(repository.facts(), Settings()).plan)
    assert plan_devcontainer(repository.facts(), Settings()).plan.changes == ()
    write(plan_removal(repository.facts()).plan)
    assert all((repository.root / name).read_bytes() == SIMPLE for name in names)
    assert not (repository.root / ".devcontainer" / "hone.sh").exists()


def test_two_names_of_one_file_are_one_change(repository: Repository) -> None:
    path = repository.holds(".devcontainer/devcontainer.json")
    (repository.root / ".devcontainer.json").symlink_to(path)
    assert set(repository.planned()) == {
        ".devcontainer/devcontainer.json",
        ".devcontainer/hone.sh",
    }


def test_without_a_container_a_new_one_is_written_or_nothing(repository: Repository) -> None:
    facts = repository.facts()
    assert plan_devcontainer(facts, Settings(), create=False).plan.changes == ()
    proposal = plan_devcontainer(facts, Settings())
    content = repository.named(proposal.plan)[".devcontainer/devcontainer.json"] or b""
    head, _, rest = content.decode().partition("\n")
    assert head.startswith("// ")
    data = json.loads(rest)
    assert (data["name"], data["image"]) == ("some repo", IMAGE)
    assert data["onCreateCommand"] == "sh .devcontainer/hone.sh create || true"
    write(proposal.plan)
    removal = repository.named(plan_removal(repository.facts()).plan)
    assert removal == {".devcontainer/devcontainer.json": None, ".devcontainer/hone.sh": None}


def test_a_new_one_that_was_changed_since_is_not_deleted(repository: Repository) -> None:
    write(plan_devcontainer(repository.facts(), Settings()).plan)
    path = repository.root / ".devcontainer" / "devcontainer.json"
    path.write_bytes(path.read_bytes().replace(b'"image"', b'"remoteUser": "root",\n  "image"'))
    left = repository.named(plan_removal(repository.facts()).plan)
    content = left[".devcontainer/devcontainer.json"] or b""
    assert b'"remoteUser": "root"' in content
    assert b"hone.sh" not in content


def test_the_written_files_satisfy_the_schema(repository: Repository, tmp_path: Path) -> None:
    """The hooks and mounts of the specification's schema (devcontainers/spec, devContainer.base.schema.json)."""
    hook = {
        "type": ["string", "array", "object"],
        "additionalProperties": {"type": ["string", "array"]},
    }
    mount = {
        "type": "object",
        "properties": {
            "type": {"enum": ["bind", "volume"]},
            "source": {"type": "string"},
            "target": {"type": "string"},
        },
        "required": ["type", "target"],
        "additionalProperties": False,
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "properties": {
            "onCreateCommand": hook,
            "postStartCommand": hook,
            "mounts": {"type": "array", "items": {"anyOf": [mount, {"type": "string"}]}},
        },
        "required": ["onCreateCommand", "postStartCommand", "mounts"],
    }
    content = repository.planned()[".devcontainer/devcontainer.json"] or b""
    instance, described = tmp_path / "instance.json", tmp_path / "schema.json"
    instance.write_bytes(content.partition(b"\n")[2])
    described.write_text(json.dumps(schema))
    words = [Path(sys.executable).parent / "check-jsonschema", "--schemafile", described, instance]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_one_file_that_cannot_be_edited_does_not_hold_up_the_others(repository: Repository) -> None:
    repository.holds(".devcontainer/a/devcontainer.json", b"{ broken")
    repository.holds(".devcontainer/b/devcontainer.json")
    proposal = plan_devcontainer(repository.facts(), Settings())
    assert len(proposal.refused) == 1
    assert ".devcontainer/a/devcontainer.json is not valid JSON" in proposal.refused[0]
    assert ".devcontainer/b/devcontainer.json" in repository.named(proposal.plan)


def test_a_script_of_somebody_elses_stays_and_then_nothing_is_planned(
    repository: Repository,
) -> None:
    repository.holds(".devcontainer/devcontainer.json")
    script = repository.holds(".devcontainer/hone.sh", b"#!/bin/sh\necho mine\n")
    proposal = plan_devcontainer(repository.facts(), Settings())
    assert proposal.plan.changes == ()
    assert "not ours" in proposal.refused[0]
    write(plan_removal(repository.facts()).plan)
    assert script.read_bytes() == b"#!/bin/sh\necho mine\n"


def test_the_script_knows_the_package_and_the_workspace(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo", "code/rust")
    repository.holds(".devcontainer/devcontainer.json")
    settings = Settings(ci=Ci(package="git+https://example.org/hone@main"))
    planned = repository.named(plan_devcontainer(repository.facts(), settings).plan)
    script = (planned[".devcontainer/hone.sh"] or b"").decode()
    assert "\nworkspace=code/rust\n" in script
    assert "\npackage=git+https://example.org/hone@main\n" in script


def test_a_changed_setting_renews_the_script_alone(repository: Repository) -> None:
    write(plan_devcontainer(repository.facts(), Settings()).plan)
    settings = Settings(ci=Ci(package="cargo-hone==0.0.0"))
    plan = plan_devcontainer(repository.facts(), settings).plan
    assert set(repository.named(plan)) == {".devcontainer/hone.sh"}


class Shell:
    """The command line, in the repository."""

    def __init__(
        self, repository: Repository, patch: pytest.MonkeyPatch, out: pytest.CaptureFixture[str]
    ) -> None:
        self.root = repository.root
        self.out = out
        patch.chdir(repository.root)
        patch.setenv("HONE_STATE_DIR", str(repository.root.parent / "state"))

    def run(self, *words: str) -> tuple[int, str, str]:
        code = guarded(lambda: command.main(list(words), standalone_mode=False))
        return code, *self.out.readouterr()


@pytest.fixture
def shell(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    repository.holds(".devcontainer/devcontainer.json")
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
