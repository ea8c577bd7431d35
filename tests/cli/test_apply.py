"""`cargo hone apply`: levers into the files and back, and what it says where it cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, generate
from cargo_hone.history import place
from cargo_hone.tune import kept
from cargo_hone.tune.kept import KeptPlan


def hone(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    around = {
        **os.environ,
        "HONE_STATE_DIR": str(cwd.parent / "state"),
        "CARGO_HOME": str(cwd.parent / "home"),
        "CARGO_NET_OFFLINE": "true",
        "COLUMNS": "100",
    }
    for name in ("RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_TARGET_DIR", "CARGO_INCREMENTAL"):
        around.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "cargo_hone", *words],
        cwd=cwd,
        env={**around, **env},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    generate(tmp_path / "ws", TinySpec(crates=2, binaries=1))
    return tmp_path / "ws"


def bytes_of(root: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_levers_are_written_and_taken_back(workspace: Path) -> None:
    before = bytes_of(workspace)
    done = hone(
        "apply", "debug-none", "codegen-units-16", "incremental-off", "--yes", cwd=workspace
    )
    assert done.returncode == 0, done.stderr
    assert "written  Cargo.toml" in done.stdout
    assert "written  .cargo/config.toml" in done.stdout
    assert "codegen-units = 16" in (workspace / "Cargo.toml").read_text()
    assert "gives up the debugger" in done.stderr
    again = hone("apply", "codegen-units-16", "--yes", cwd=workspace)
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")
    assert hone("undo", "--yes", cwd=workspace).returncode == 0
    assert bytes_of(workspace) == before


def test_a_dry_run_shows_and_changes_nothing(workspace: Path) -> None:
    before = bytes_of(workspace)
    done = hone("apply", "codegen-units-16", "-n", cwd=workspace)
    assert done.returncode == 1
    assert "+codegen-units = 16" in done.stdout
    assert bytes_of(workspace) == before


def test_without_a_terminal_and_without_yes_nothing_is_written(workspace: Path) -> None:
    before = bytes_of(workspace)
    done = hone("apply", "codegen-units-16", cwd=workspace)
    assert done.returncode == 1
    assert "+codegen-units = 16" in done.stderr
    assert bytes_of(workspace) == before


def test_a_lever_that_cannot_be_used_is_refused_with_its_reason(workspace: Path) -> None:
    done = hone("apply", "parallel-front-end", "--yes", cwd=workspace)
    assert done.returncode == 1
    assert "parallel-front-end cannot be used here: it needs a nightly" in done.stderr


def test_flags_that_a_variable_cancels_are_refused(workspace: Path) -> None:
    (workspace.parent / "bin").mkdir()
    mold = workspace.parent / "bin" / "mold"
    mold.write_text("#!/bin/sh\n")
    mold.chmod(0o755)
    path = f"{mold.parent}:{os.environ['PATH']}"
    done = hone("apply", "linker-mold", "--yes", cwd=workspace, RUSTFLAGS="-g", PATH=path)
    assert done.returncode == 1
    assert "RUSTFLAGS is set in the environment" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("debug-non",), "did you mean `debug-none`"),
        (("debug", "debug-none"), "exclude each other"),
        ((), "cargo hone apply --list"),
    ],
)
def test_wrong_use_says_what_to_type(workspace: Path, words: tuple[str, ...], said: str) -> None:
    done = hone("apply", *words, "--yes", cwd=workspace)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_list_has_all_levers_and_what_they_give_up(workspace: Path) -> None:
    before = bytes_of(workspace)
    done = hone("apply", "--list", cwd=workspace)
    assert done.returncode == 0, done.stderr
    assert "not here: it needs a nightly toolchain" in done.stdout
    assert "instead of debug-none, debug-limited, debug-dependencies" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert bytes_of(workspace) == before


def test_json_says_the_same(workspace: Path) -> None:
    listed = json.loads(hone("apply", "--list", "--format", "json", cwd=workspace).stdout)
    assert next(iter(listed)) == "schema"
    assert listed["schema"] == "cargo-hone/apply/v1"
    debug = next(lever for lever in listed["levers"] if lever["name"] == "debug")
    assert debug["standing"] == "can be used"
    assert "clean-cold" in debug["moves"]
    done = hone("apply", "debug", "-n", "--format", "json", cwd=workspace)
    document = json.loads(done.stdout)
    assert document["dry_run"] is True
    assert [change["path"] for change in document["changes"]] == ["Cargo.toml"]


def keep(workspace: Path, *levers: str) -> None:
    plan = KeptPlan(
        levers=levers,
        when="2026-11-20T10:00:00+00:00",
        commit=None,
        rustc="rustc 1.0.0 (old)",
        cargo="cargo 1.0.0",
        confirmed={"clean-cold": 0.69},
    )
    kept.write(place.state_dir(workspace, workspace.parent / "state"), plan)


def test_without_names_it_takes_what_tune_has_found(workspace: Path) -> None:
    keep(workspace, "debug", "codegen-units-16")
    done = hone("apply", "--yes", cwd=workspace)
    assert done.returncode == 0, done.stderr
    text = (workspace / "Cargo.toml").read_text()
    assert "line-tables-only" in text
    assert "codegen-units = 16" in text
    assert "clean-cold: -31 %" in done.stderr
    assert "it was measured with rustc 1.0.0 (old)" in done.stderr


def test_where_tune_found_nothing_nothing_is_written(workspace: Path) -> None:
    keep(workspace)
    done = hone("apply", "--yes", cwd=workspace)
    assert (done.returncode, done.stdout) == (0, "nothing to change\n")
    assert "nothing was found to pay" in done.stderr
