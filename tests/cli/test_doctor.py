"""`cargo hone doctor` and `explain` as commands: exit codes, formats, what they write, what they leave alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cargo_hone.demo.tiny import TinySpec, generate
from tests.doctor.case import environment

CAP = '[env]\nSCCACHE_CACHE_SIZE = "5G"\n'


def hone(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    home = cwd.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "cargo_hone", *words],
        cwd=cwd,
        env={**environment(home), "HONE_STATE_DIR": str(home / "state"), **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return generate(tmp_path / "ws", TinySpec(crates=2)).root


def write(tree: Path, name: str, text: str) -> Path:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_nothing_found_is_0_and_nothing_is_written(tree: Path) -> None:
    before = sorted(tree.rglob("*"))
    done = hone("doctor", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("nothing found by 20 rules")
    assert sorted(tree.rglob("*")) == before
    assert not (tree.parent / "home" / "state").exists()


def test_a_warning_is_1(tree: Path) -> None:
    write(tree, ".cargo/config.toml", CAP)
    done = hone("doctor", cwd=tree)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "warning[HONE004]: the cap `5G` does not hold\n --> .cargo/config.toml:2:1\n"
    )


def test_notes_alone_are_0(tree: Path) -> None:
    write(tree, ".vscode/settings.json", '{"rust-analyzer.check.command": "clippy"}')
    done = hone("doctor", cwd=tree)
    assert done.returncode == 0
    assert "note[HONE013]" in done.stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Cargo.toml", "[workspace", "Cargo.toml"),
        (".cargo/config.toml", "[build", "config.toml"),
        (".config/hone.toml", "[doctor]\nignore = [1]\n", "hone.toml"),
        (".config/hone.toml", '[doctor]\nignore = ["HONE999"]\n', "HONE999"),
    ],
)
def test_a_broken_configuration_is_2(tree: Path, name: str, text: str, said: str) -> None:
    write(tree, name, text)
    done = hone("doctor", cwd=tree)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "next: " in done.stderr


def test_a_missing_wrapper_is_found_although_cargo_itself_fails(tree: Path) -> None:
    write(tree, ".cargo/config.toml", '[build]\nrustc-wrapper = "/nowhere/sccache"\n')
    inherited = environment(tree.parent / "home")
    plain = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--offline"],
        cwd=tree,
        env=inherited,
        capture_output=True,
        check=False,
    )
    assert plain.returncode != 0
    done = hone("doctor", cwd=tree)
    assert done.returncode == 1, done.stderr
    assert "error[HONE001]" in done.stdout


def test_json(tree: Path) -> None:
    write(tree, ".cargo/config.toml", CAP)
    done = hone("doctor", "--format", "json", cwd=tree)
    assert done.stdout.startswith('{\n  "schema": "cargo-hone/doctor/v1"')
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["rule"] == "HONE004"
    assert (finding["file"], finding["line"], finding["column"]) == (".cargo/config.toml", 2, 1)
    assert (finding["severity"], finding["confidence"]) == ("warning", "certain")
    assert finding["fix"]["safe"] is False


def test_annotations_name_files_as_the_repository_has_them(tmp_path: Path) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    tree = generate(tmp_path / "repo" / "rust", TinySpec(crates=2)).root
    write(tree, ".cargo/config.toml", CAP)
    done = hone("doctor", "--format", "github", cwd=tree)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "::warning file=rust/.cargo/config.toml,line=2,col=1,title=HONE004 cap-in-env::"
    )
    assert len(done.stdout.splitlines()) == 1


def test_a_dry_run_shows_the_plan_and_changes_nothing(tree: Path) -> None:
    settings = write(tree, ".vscode/settings.json", '{\n  "rust-analyzer.x": 1\n}\n')
    done = hone("doctor", "--fix", "-n", cwd=tree)
    assert done.returncode == 1
    assert '+  "rust-analyzer.cargo.targetDir": true' in done.stdout
    assert settings.read_text() == '{\n  "rust-analyzer.x": 1\n}\n'


def test_without_a_terminal_nothing_is_changed(tree: Path) -> None:
    settings = write(tree, ".vscode/settings.json", '{"rust-analyzer.x": 1}')
    done = hone("doctor", "--fix", cwd=tree)
    assert done.returncode == 1
    assert "say --yes" in done.stderr
    assert settings.read_text() == '{"rust-analyzer.x": 1}'


def test_safe_fixes_are_made_the_others_only_when_asked_for_and_all_can_be_undone(
    tree: Path,
) -> None:
    settings = write(tree, ".vscode/settings.json", '{"rust-analyzer.x": 1}')
    config = write(tree, ".cargo/config.toml", CAP)
    safe = hone("doctor", "--fix", "--yes", cwd=tree)
    assert safe.returncode == 1, "the cap is left"
    assert "targetDir" in settings.read_text()
    assert config.read_text() == CAP
    whole = hone("doctor", "--fix=all", "--yes", cwd=tree)
    assert whole.returncode == 0, whole.stderr
    assert config.read_text() == ""
    cap = tree.parent / "home" / ".config" / "sccache" / "config"
    assert cap.read_text() == f"[cache.disk]\nsize = {5 * 2**30}\n"
    again = hone("doctor", "--fix=all", "--yes", cwd=tree)
    assert (again.returncode, "nothing to change" in again.stdout) == (0, True)
    assert hone("undo", "--yes", cwd=tree).returncode == 0
    assert hone("undo", "--yes", cwd=tree).returncode == 0
    assert settings.read_text() == '{"rust-analyzer.x": 1}'
    assert config.read_text() == CAP
    assert not cap.exists()


def test_a_fix_as_json(tree: Path) -> None:
    write(tree, ".vscode/settings.json", '{"rust-analyzer.x": 1}')
    done = hone("doctor", "--fix", "--yes", "--format", "json", cwd=tree)
    document = json.loads(done.stdout)
    assert next(iter(document.items())) == ("schema", "cargo-hone/doctor/v1")
    assert [one["rule"] for one in document["findings"]] == ["HONE013"]
    assert [one["path"] for one in document["changes"]] == [".vscode/settings.json"]


def test_fixing_has_no_annotations(tree: Path) -> None:
    done = hone("doctor", "--fix", "--format", "github", cwd=tree)
    assert done.returncode == 2
    assert "--fix" in done.stderr


def test_explain_prints_a_page_without_a_workspace(tmp_path: Path) -> None:
    done = hone("explain", "hone012", cwd=tmp_path, PATH="")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# HONE012: rustflags that differ")
    assert hone("explain", "diverging-rustflags", cwd=tmp_path).stdout == done.stdout
    document = json.loads(hone("explain", "HONE012", "--format", "json", cwd=tmp_path).stdout)
    assert document["page"].rstrip("\n") + "\n" == done.stdout
    assert document["schema"] == "cargo-hone/explain/v1"


def test_explain_lists_the_rules(tmp_path: Path) -> None:
    done = hone("explain", cwd=tmp_path)
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        f"HONE{number:03}" for number in range(1, 21)
    ]


def test_explain_knows_no_other_rule(tmp_path: Path) -> None:
    done = hone("explain", "HONE999", cwd=tmp_path)
    assert done.returncode == 2
    assert "HONE999" in done.stderr


def test_it_asks_cargo_once_and_no_cache(tree: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    tools = tmp_path / "tools"
    tools.mkdir()
    real = os.environ["PATH"]
    for name in ("cargo", "rustc", "sccache", "git"):
        script = tools / name
        script.write_text(f'#!/bin/sh\necho "{name} $1" >> {calls}\nPATH={real} exec {name} "$@"\n')
        script.chmod(0o755)
    done = hone("doctor", cwd=tree, PATH=f"{tools}:{real}")
    assert done.returncode == 0, done.stderr
    assert calls.read_text() == "cargo metadata\n"
