"""`cargo hone cache check`: the chain in all environments, in words, as JSON, and by its exit code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cargo_hone.cache.wiring import processes
from cargo_hone.cache.wiring.links import LinkName
from tests.cache.wiring.machine import ENGINE, Machine

WORKFLOW = """on: push
env:
  CARGO_TERM_COLOR: always
jobs:
  build:
    runs-on: ubuntu-latest
    env: {RUSTFLAGS: -D warnings, CARGO_TARGET_DIR: "${{ matrix.dir }}"}
    steps: [{uses: actions/checkout@v4}, {run: cargo build}]
  pages:
    runs-on: ubuntu-latest
    env: {CARGO_INCREMENTAL: "1"}
    steps: [{run: make pages}]
"""
CONTAINER = (
    '{"containerEnv": {"SCCACHE_DIR": "STORE", "RUSTC_WRAPPER": "/usr/bin/sccache"}, } // us'
)
ALL = [name.value for name in LinkName]
HERE = [name for name in ALL if name != "wrapper-committed"]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def root(machine: Machine) -> Path:
    made = machine.workspace()
    done = machine.hone("cache", "setup", "--yes", cwd=made)
    assert done.returncode == 0, done.stderr
    return made


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def servers_below(directory: Path) -> list[int]:
    """The servers whose socket is there."""
    return [
        number
        for number in processes.numbers()
        if processes.environment(number).get("SCCACHE_SERVER_UDS", "").startswith(f"{directory}/")
        and Path(processes.words(number)[0]).name == "sccache"
    ]


def checked(machine: Machine, root: Path, *, code: int, **env: str) -> dict[str, Any]:
    done = machine.hone("cache", "check", "--format", "json", cwd=root, **env)
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["holds"] is (code == 0)
    return document


def chain(document: dict[str, Any], name: str = "here") -> dict[str, dict[str, Any]]:
    found = next(one for one in document["environments"] if one["name"] == name)
    return {link["name"]: link for link in found["links"]}


def test_the_whole_chain_holds_here_in_the_editor_in_ci_and_in_the_container(
    machine: Machine, root: Path
) -> None:
    write(root, ".github/workflows/ci.yml", WORKFLOW)
    store = machine.base / "there"
    write(root, ".devcontainer/devcontainer.json", CONTAINER.replace("STORE", str(store)))
    temporary = Path(machine.sockets.name) / "t"
    temporary.mkdir()
    before = machine.files()
    document = checked(machine, root, code=0, TMPDIR=str(temporary))
    assert document["schema"] == "cargo-hone/cache-check/v1"
    names = [one["name"] for one in document["environments"]]
    assert names == ["here", "rust-analyzer", "ci.yml: build", ".devcontainer/devcontainer.json"]
    assert list(chain(document)) == HERE
    assert list(chain(document, "ci.yml: build")) == ALL
    links = chain(document)
    assert machine.env["SCCACHE_SERVER_UDS"] in links["server-answers"]["said"]
    assert str(machine.home / ".cache" / "sccache") in links["server-answers"]["said"]
    assert links["cap-holds"]["said"] == f"10 GB ({machine.config})"
    assert document["configuration"] == str(machine.config)
    assert "bin/sccache" not in links["engine-found"]["said"].replace(str(ENGINE), "")
    assert "/usr/bin/sccache" not in str(chain(document, ".devcontainer/devcontainer.json"))
    assert document["differences"] == [
        "CARGO_TARGET_DIR is an expression there, not set here (ci.yml: build)",
        "CARGO_TERM_COLOR is `always` there, not set here (ci.yml: build)",
    ]
    assert machine.files() == before
    assert not store.exists()
    assert list(temporary.iterdir()) == []
    assert servers_below(temporary) == []


@pytest.mark.e2e
def test_it_says_all_that_in_words_too(machine: Machine, root: Path) -> None:
    write(root, ".github/workflows/ci.yml", WORKFLOW)
    done = machine.hone("cache", "check", cwd=root, CARGO_TERM_COLOR="never")
    assert done.returncode == 0, done.stdout
    assert "ok      second-build-hits" in done.stdout
    assert "CARGO_TERM_COLOR is `always` there, `never` here" in done.stderr
    assert "cargo-hone sets none of them" in done.stderr


@pytest.mark.e2e
def test_set_up_for_the_user_alone_says_nothing_against_ci(machine: Machine) -> None:
    # Below the home, as is usual: cargo finds its configuration on the way up, but there is none of it in CI.
    root = machine.workspace("home/ws")
    write(root, ".github/workflows/ci.yml", WORKFLOW)
    machine.hone("cache", "setup", "--scope", "user", "--yes", cwd=root)
    document = checked(machine, root, code=0)
    assert {link["state"] for link in chain(document, "ci.yml: build").values()} == {"untried"}
    assert chain(document)["second-build-hits"]["state"] == "holds"
    elsewhere = machine.base / "elsewhere"
    elsewhere.mkdir()
    assert len(checked(machine, elsewhere, code=0)["environments"]) == 2


def test_what_does_not_hold_is_said_with_what_to_do(machine: Machine) -> None:
    root = machine.workspace()
    done = machine.hone("cache", "check", cwd=root)
    assert done.returncode == 1
    assert "FAILED  wrapper-configured" in done.stdout
    assert "next: cargo hone cache setup" in done.stdout


def test_a_second_checkout_is_built_beside_this_one_and_leaves_nothing(
    machine: Machine, root: Path
) -> None:
    beside = sorted(root.parent.iterdir())
    done = machine.hone(
        "cache", "check", "--second-checkout", "--offline", "--format", "json", cwd=root
    )
    assert done.returncode == 0, done.stdout + done.stderr
    second = json.loads(done.stdout)["second_checkout"]
    # It has no packages of a registry, so nothing can be said of them; what it has was built.
    assert second["cacheable"] == 0
    assert second["share"] is None
    assert second["others"] >= 1
    assert "building two copies" in done.stderr
    assert sorted(root.parent.iterdir()) == beside


def test_a_second_checkout_needs_a_workspace(machine: Machine) -> None:
    elsewhere = machine.base / "elsewhere"
    elsewhere.mkdir()
    machine.hone("cache", "setup", "--scope", "user", "--yes", cwd=elsewhere)
    done = machine.hone("cache", "check", "--second-checkout", cwd=elsewhere)
    assert done.returncode == 2
    assert "--manifest-path" in done.stderr
