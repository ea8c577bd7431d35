"""Plans for the repository's containers, and the command that carries them out and takes them back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.ci.devcontainer import IMAGE, plan_devcontainer
from cargo_hone.settings.model import Ci, Settings

from .contained import SIMPLE, Repository, write


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
    write(repository.removal().plan)
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
    removal = repository.named(repository.removal().plan)
    assert removal == {".devcontainer/devcontainer.json": None, ".devcontainer/hone.sh": None}


def test_a_new_one_that_was_changed_since_is_not_deleted(repository: Repository) -> None:
    write(plan_devcontainer(repository.facts(), Settings()).plan)
    path = repository.root / ".devcontainer" / "devcontainer.json"
    path.write_bytes(path.read_bytes().replace(b'"image"', b'"remoteUser": "root",\n  "image"'))
    left = repository.named(repository.removal().plan)
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
    write(repository.removal().plan)
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
