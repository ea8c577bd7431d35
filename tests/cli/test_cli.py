"""The command line as a contract: names, streams, formats, colours, exit codes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cargo_hone.cli.program import Lazy
from cargo_hone.demo.tiny import generate
from cargo_hone.proc import clean_environment

REPOSITORY = Path(__file__).parents[2]


def hone(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    inherited = clean_environment(os.environ)
    for name in ("NO_COLOR", "CLICOLOR_FORCE"):
        inherited.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "cargo_hone", *words],
        cwd=cwd,
        env={**inherited, "HONE_STATE_DIR": str(cwd / "state"), **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return generate(tmp_path / "ws").root


def test_cargo_passes_the_subcommands_own_name(tree: Path) -> None:
    assert hone("hone", "--version", cwd=tree).stdout == hone("--version", cwd=tree).stdout


def test_the_version_is_said_without_importing_the_command_line(tree: Path) -> None:
    script = (
        "import sys, runpy\n"
        "sys.argv = ['cargo-hone', '--version']\n"
        "from cargo_hone.__main__ import main\n"
        "main()\n"
        "print(sorted(m for m in sys.modules if m in ('click', 'rich', 'sqlite3', 'subprocess')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1] == "[]"


def imported(*words: str, cwd: Path) -> set[str]:
    """The modules that a command has imported when it ends."""
    script = (
        "import sys\n"
        f"sys.argv = ['cargo-hone', *{words!r}]\n"
        "from cargo_hone.__main__ import main\n"
        "main()\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    env = {**clean_environment(os.environ), "HONE_STATE_DIR": str(cwd / "state")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, env=env, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_a_plan_of_a_sweep_imports_only_what_it_needs(tree: Path) -> None:
    # What a sweep writes down, builds, verifies or shows otherwise: 50 ms in all.
    late = {
        "cargo_hone.cargo.build",
        "cargo_hone.cargo.messages",
        "cargo_hone.cli.sweep_auto",
        "cargo_hone.cli.sweep_json",
        "cargo_hone.cli.sweep_many",
        "cargo_hone.history.run",
        "cargo_hone.history.sweeps",
        "cargo_hone.model",
        "cargo_hone.report.line",
        "cargo_hone.sweep.look",
        "cargo_hone.sweep.memory",
        "cargo_hone.sweep.script",
        "cargo_hone.sweep.verify",
        "hashlib",
        "rich",
        "secrets",
        "sqlite3",
        "yaml",
    }
    plain = imported("sweep", "--dry-run", cwd=tree)
    assert not late & plain
    assert "cargo_hone.sweep.sweep" in plain
    # These times are in the history.
    priced = imported("sweep", "--dry-run", "--older-than", "10d", cwd=tree)
    assert late & priced == {"hashlib", "sqlite3"}


def test_one_screen_about_the_workspace(tree: Path) -> None:
    done = hone(cwd=tree)
    assert done.returncode == 0, done.stderr
    assert "(4 crates, 4 packages in all)" in done.stdout
    assert "cargo hone optimize" in done.stdout
    assert not (tree / "target").exists()
    assert not (tree / "state").exists()


def test_the_same_as_json_with_its_schema_first(tree: Path) -> None:
    done = hone("--format", "json", cwd=tree)
    assert done.stdout.startswith('{\n  "schema": "cargo-hone/status/v1"')
    assert json.loads(done.stdout)["crates"] == 4


def test_options_may_stand_before_or_after_the_command(tree: Path, tmp_path: Path) -> None:
    manifest = str(tree / "Cargo.toml")
    before = hone("--manifest-path", manifest, "--format", "json", "sweep", "-n", cwd=tmp_path)
    after = hone("sweep", "-n", "--manifest-path", manifest, "--format", "json", cwd=tmp_path)
    assert before.returncode == after.returncode == 0, before.stderr
    assert json.loads(before.stdout) == json.loads(after.stdout)


@pytest.mark.parametrize(
    ("words", "env", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        (["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
    ],
)
def test_colours(tree: Path, words: list[str], env: dict[str, str], colored: bool) -> None:
    assert ("\x1b[" in hone(*words, cwd=tree, **env).stdout) is colored


def test_a_report_without_a_measurement_says_what_to_do(tree: Path) -> None:
    done = hone("report", cwd=tree)
    assert done.returncode == 2
    assert "cargo hone optimize" in done.stderr


def test_a_sweep_asks_before_it_deletes(tree: Path) -> None:
    subprocess.run(["cargo", "build", "-q", "--offline"], cwd=tree, check=True)
    manifest = tree / "Cargo.toml"
    # A unit of a package that has left the lock file is dead.
    gone = tree / "crates" / "bin0"
    manifest.write_text(manifest.read_text().replace('"crates/bin0"', ""))
    gone.rename(tree / "bin0-gone")
    shown = hone("sweep", cwd=tree)
    assert shown.returncode == 1, shown.stdout + shown.stderr
    assert "dead" in shown.stdout
    left = sorted((tree / "target").rglob("*bin0*"))
    assert left
    assert hone("sweep", "--dry-run", cwd=tree).returncode == 1
    assert sorted((tree / "target").rglob("*bin0*")) == left
    swept = hone("sweep", "--yes", cwd=tree)
    assert swept.returncode == 0, swept.stderr
    assert not sorted((tree / "target").rglob("bin0-*"))
    assert hone("sweep", "--dry-run", cwd=tree).returncode == 0


def test_every_command_and_option_of_the_documentation_exists() -> None:
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
    program = Lazy("hone")
    for page in pages:
        for line in page.read_text().splitlines():
            for words in re.findall(r"cargo hone ([a-z]+[^`#\n]*)", line):
                # What stands in quotes is said to cargo.
                _check(program, re.sub(r'"[^"]*"', "WORDS", words).split(), page)


def _check(group: click.Group, words: list[str], page: Path) -> None:
    """Go down the groups by the words, then look the options up."""
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, f"{page.name}: cargo hone {words[0]}"
    if isinstance(command, click.Group) and len(words) > 1 and words[1].isalpha():
        return _check(command, words[1:], page)
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    for word in words[1:]:
        option = re.match(r"--[a-z-]+", word)
        assert option is None or option[0] in known, f"{page.name}: {words[0]} {option[0]}"
    return None
