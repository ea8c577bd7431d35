"""What was written, run: several jobs one after the other, on machines that keep nothing but the caches."""

import os
import sys
from pathlib import Path

import pytest

from cargo_hone.ci.workflow_plan import CiOptions
from cargo_hone.settings.model import Cache as CacheSettings
from cargo_hone.settings.model import Settings
from tests.ci.repositories import Pipeline, environment, make
from tests.ci.runner import Runner

PLAIN = b"""\
on:
  push:
    branches: [main]
  pull_request:
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo build
"""


class Machine:
    """A repository with a workflow of ours, and a runner for it.

    Its Python is a stand-in: making an environment is slow, and is tested by itself. `installs` says whether pip
    succeeds.
    """

    def __init__(
        self, tmp_path: Path, *, installs: bool = False, remote: str = "", cache: str = "target"
    ):
        self.facts = make(tmp_path / "repository")
        self.root = self.facts.root
        self.pipeline = Pipeline.of(self.facts, tmp_path / "workflows")
        self.file = self.pipeline.write("ci.yml", PLAIN)
        settings = Settings(cache=CacheSettings(remote=remote))
        self.proposal = self.pipeline.init(CiOptions(cache=cache), settings)
        env = {**environment(), "HONE_STATE_DIR": str(tmp_path / "state")}
        env["PATH"] = f"{_programs(tmp_path / 'bin', installs=installs)}{os.pathsep}{env['PATH']}"
        self.runner = Runner(tmp_path / "runner", self.root, env)

    def change_lock(self) -> None:
        """As a new dependency would; the package's own version is in the lock file as well."""
        for name in ("Cargo.toml", "Cargo.lock"):
            path = self.root / name
            path.write_text(path.read_text().replace("0.1.0", "0.2.0"))


def _programs(directory: Path, *, installs: bool) -> Path:
    """A `python3` whose environments hold this checkout's cargo-hone (or nothing), and no uv."""
    directory.mkdir()
    program = Path(sys.executable).with_name("cargo-hone")
    python = f"""#!/bin/sh
        [ "$2" = venv ] || exit 0
        mkdir -p "$4/bin"
        printf '#!/bin/sh\\nexit {int(not installs)}\\n' > "$4/bin/python"
        chmod +x "$4/bin/python"
        {"" if installs else "exit 0"}
        ln -s {program} "$4/bin/cargo-hone"
    """
    for name, text in (("python3", python), ("uv", "#!/bin/sh\nexit 1\n")):
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)
    return directory


def test_the_life_of_a_cached_target_directory(tmp_path: Path) -> None:
    machine = Machine(tmp_path, installs=True)
    run = machine.runner.run

    first = run(machine.file, "build")
    assert first.succeeded, first
    # Nothing was restored: nothing to sweep, and what was built is saved.
    assert (first.outcome("hone-sweep"), first.outcome("hone-save")) == ("skipped", "success")
    assert len(machine.runner.keys) == 1
    assert "target directory, miss" in first.summary

    proposed = run(machine.file, "build", event_name="pull_request", ref="refs/pull/1/merge")
    assert proposed.steps["hone-restore"].outputs["cache-hit"] == "true"
    assert (proposed.outcome("hone-sweep"), proposed.outcome("hone-save")) == ("skipped", "skipped")
    assert "hit: `hone-ci-build-Linux-X64-" in proposed.summary

    machine.change_lock()
    other = run(machine.file, "build", event_name="pull_request", ref="refs/pull/1/merge")
    assert other.steps["hone-restore"].outputs["cache-hit"] == "false"
    assert (other.outcome("hone-sweep"), other.outcome("hone-save")) == ("skipped", "skipped")

    later = run(machine.file, "build")
    assert (later.outcome("hone-sweep"), later.outcome("hone-save")) == ("success", "success")
    assert len(machine.runner.keys) == 2
    assert "target directory, an older one" in later.summary
    assert "| swept | " in later.summary
    assert "deleted |" in later.summary


def test_an_installation_that_fails_is_a_warning(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    first = machine.runner.run(machine.file, "build")
    assert first.succeeded
    assert (
        "::warning title=cargo-hone::cargo-hone==0.1.0 could not be installed"
        in first.steps["hone-install"].log
    )
    assert first.outcome("hone-summary") == "skipped"
    assert first.outcome("hone-save") == "success"

    machine.change_lock()
    later = machine.runner.run(machine.file, "build")
    assert later.succeeded
    # What an older cache brought along cannot be swept: it is not saved again.
    assert (later.outcome("hone-sweep"), later.outcome("hone-save")) == ("skipped", "skipped")


def test_a_build_that_fails_saves_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.root / "src" / "lib.rs").write_text("not rust")
    failed = machine.runner.run(machine.file, "build")
    assert not failed.succeeded
    assert failed.outcome("hone-save") == "skipped"
    assert machine.runner.keys == []


def test_a_stale_lock_file_ends_the_job(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    manifest = machine.root / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("0.1.0", "0.3.0"))
    stale = machine.runner.run(machine.file, "build")
    assert not stale.succeeded
    assert stale.outcome("hone-locked") == "failure"
    assert "--locked" in stale.steps["hone-locked"].log


@pytest.mark.parametrize("event", ["workflow_dispatch", "issue_comment", "pull_request_target"])
def test_what_may_run_foreign_code_saves_nothing(tmp_path: Path, event: str) -> None:
    machine = Machine(tmp_path)
    run = machine.runner.run(machine.file, "build", event_name=event)
    assert run.succeeded
    assert run.outcome("hone-save") == "skipped"
    assert machine.runner.keys == []
    assert machine.runner.run(machine.file, "build", event_name="schedule").succeeded
    assert len(machine.runner.keys) == 1


@pytest.mark.parametrize("action", ["restore", "save"])
def test_a_cache_that_cannot_be_reached_fails_no_job(tmp_path: Path, action: str) -> None:
    machine = Machine(tmp_path)
    machine.runner.refused_actions.add(f"actions/cache/{action}")
    run = machine.runner.run(machine.file, "build")
    assert run.outcome(f"hone-{action}") == "failure"
    assert run.succeeded
    assert run.outcome("hone-save") == ("skipped" if action == "restore" else "failure")


def test_without_a_key_nothing_is_restored(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.runner.run(machine.file, "build").succeeded
    machine.file.write_bytes(
        machine.file.read_bytes().replace(b"digest() {", b"exit 1; digest() {")
    )
    run = machine.runner.run(machine.file, "build")
    assert run.succeeded
    assert (run.outcome("hone-key"), run.outcome("hone-restore")) == ("failure", "skipped")
    assert run.outcome("hone-save") == "skipped"


@pytest.mark.parametrize(
    "changed",
    [".cargo/config.toml", "rust-toolchain.toml", ".github/workflows/ci.yml", "a/Cargo.toml"],
)
def test_another_build_has_another_key_and_starts_from_the_older_one(
    tmp_path: Path, changed: str
) -> None:
    machine = Machine(tmp_path)
    below = "rust" if changed.startswith(("rust", ".cargo")) else ""
    assert machine.runner.run(machine.file, "build").succeeded
    place = machine.root / below / changed
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("# other\n")
    run = machine.runner.run(machine.file, "build", event_name="workflow_dispatch")
    restored = run.steps["hone-restore"].outputs
    assert (restored["cache-hit"], restored["cache-matched-key"]) == ("false", *machine.runner.keys)


def test_another_branch_and_another_default_branch(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    run = machine.runner.run
    assert run(machine.file, "build", ref="refs/heads/topic").outcome("hone-save") == "skipped"
    own = run(machine.file, "build", ref="refs/heads/trunk", default_branch="trunk")
    assert own.outcome("hone-save") == "success"


def _sccache(machine: Machine, tmp_path: Path, *, works: bool) -> Path:
    """A stand-in that notes the environment its server is started in."""
    program, said = tmp_path / "sccache", tmp_path / "server"
    program.write_text(
        f'#!/bin/sh\ncase $1 in --start-server) env > {said}; exit {int(not works)};; esac\nexec "$@"\n'
    )
    program.chmod(0o755)
    machine.runner.env["SCCACHE_PATH"] = str(program)
    return said


def test_sccache_reads_everywhere_and_writes_on_the_default_branch(tmp_path: Path) -> None:
    machine = Machine(tmp_path, cache="sccache")
    server = _sccache(machine, tmp_path, works=True)
    pushed = machine.runner.run(machine.file, "build")
    assert pushed.succeeded
    assert pushed.env["RUSTC_WRAPPER"] == machine.runner.env["SCCACHE_PATH"]
    assert pushed.env["CARGO_INCREMENTAL"] == "0"
    assert {"SCCACHE_GHA_ENABLED=true", "SCCACHE_GHA_RW_MODE=READ_WRITE"} <= set(
        server.read_text().split("\n")
    )
    machine.runner.run(machine.file, "build", event_name="pull_request", ref="refs/pull/1/merge")
    assert "SCCACHE_GHA_RW_MODE=READ_ONLY" in server.read_text().split("\n")


@pytest.mark.parametrize("broken", ["the action", "the server"])
def test_a_job_without_a_working_sccache_compiles_without(tmp_path: Path, broken: str) -> None:
    machine = Machine(tmp_path, cache="sccache")
    _sccache(machine, tmp_path, works=False)
    if broken == "the action":
        machine.runner.refused_actions.add("mozilla-actions/sccache-action")
    run = machine.runner.run(machine.file, "build")
    assert run.succeeded
    assert "RUSTC_WRAPPER" not in run.env


def test_credentials_go_to_the_server_of_trusted_events_and_to_nobody_else(tmp_path: Path) -> None:
    machine = Machine(tmp_path, cache="sccache", remote="s3://bucket/rust?region=eu-central-1")
    server = _sccache(machine, tmp_path, works=True)
    machine.runner.secrets = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "very-secret"}

    def run(**github: str) -> set[str]:
        server.unlink(missing_ok=True)
        done = machine.runner.run(machine.file, "build", **github)
        assert done.succeeded
        assert "very-secret" not in str(done.env)
        return set(server.read_text().split("\n")) if server.exists() else set()

    pushed = run()
    assert {"AWS_SECRET_ACCESS_KEY=very-secret", "SCCACHE_BUCKET=bucket"} <= pushed
    assert "SCCACHE_S3_RW_MODE=READ_WRITE" in pushed
    pull = {"event_name": "pull_request", "ref": "refs/pull/1/merge"}
    own = run(**pull, event__pull_request__head__repo__full_name="me/demo")
    assert {"AWS_SECRET_ACCESS_KEY=very-secret", "SCCACHE_S3_RW_MODE=READ_ONLY"} <= own
    assert run(**pull, event__pull_request__head__repo__full_name="stranger/demo") == set()
    # What a called workflow sees of its caller, and what may check out anything.
    assert run(event_name="pull_request_target") == set()
    assert run(event_name="workflow_run") == set()
    assert run(event_name="workflow_dispatch") == set()
    assert "SCCACHE_S3_RW_MODE=READ_ONLY" in run(event_name="merge_group", ref="refs/heads/gh/main")
