"""The script that installs cargo-hone on a runner, with real environments and no network."""

import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from tests.ci.repositories import environment
from tests.ci.wheels import stand_in

SCRIPT = resources.files("cargo_hone.ci").joinpath("templates", "install.sh")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A runner whose PATH holds nothing but what the script needs, and no Python."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "env", "ls", "ln", "mkdir", "rm"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "RUNNER_TEMP")}
    files["RUNNER_TEMP"].mkdir()
    for name in ("GITHUB_OUTPUT", "GITHUB_PATH"):
        files[name].touch()
    return {
        **{name: value for name, value in environment().items() if name == "HOME"},
        **{name: str(path) for name, path in files.items()},
        "PATH": str(programs),
        "PIP_NO_INDEX": "1",
    }


def _install(machine: dict[str, str], package: Path) -> str:
    done = subprocess.run(
        ["sh", "-e", "-c", SCRIPT.read_text("utf-8")],
        env={**machine, "HONE_PACKAGE": str(package)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def _python(machine: dict[str, str], name: str, text: str = "") -> None:
    place = Path(machine["PATH"]) / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if text:
        place.write_text(text)
        place.chmod(0o755)
    else:
        # Not a link: the environment that is made from it would be that of this test.
        place.write_text(f'#!/bin/sh\nexec {sys._base_executable} "$@"\n')  # type: ignore[attr-defined]
        place.chmod(0o755)


@pytest.mark.e2e
def test_path_gets_one_command_and_no_second_python(
    machine: dict[str, str], tmp_path: Path
) -> None:
    program = Path(sys.executable).with_name("cargo-hone")
    _python(machine, "python3")
    _install(machine, stand_in(tmp_path, program))
    assert Path(machine["GITHUB_OUTPUT"]).read_text() == "ready=true\n"
    [added] = Path(machine["GITHUB_PATH"]).read_text().splitlines()
    assert [entry.name for entry in Path(added).iterdir()] == ["cargo-hone"]
    said = subprocess.run([Path(added, "cargo-hone"), "--version"], capture_output=True, check=True)
    assert (
        said.stdout
        == subprocess.run([program, "--version"], capture_output=True, check=True).stdout
    )


def test_a_python_of_the_tool_cache_stands_in_for_an_old_one(
    machine: dict[str, str], tmp_path: Path
) -> None:
    # Too old: it says so when it is asked, and must not be asked for more.
    _python(machine, "python3", f'#!/bin/sh\n[ "$1" = -c ] || : > {tmp_path}/old\nexit 1\n')
    cache = tmp_path / "tools"
    own = cache / "Python" / "3.12.1" / "x64" / "bin"
    _python(
        {"PATH": str(own)},
        "python3",
        f'#!/bin/sh\n[ "$1" = -c ] && exit 0\n: > {tmp_path}/used\nexit 1\n',
    )
    machine["RUNNER_TOOL_CACHE"] = str(cache)
    _install(machine, tmp_path / "nothing.whl")
    assert (tmp_path / "used").exists()
    assert not (tmp_path / "old").exists()


@pytest.mark.parametrize("python", ["", "#!/bin/sh\nexit 1\n", '#!/bin/sh\n[ "$1" = -c ]\n'])
def test_without_a_usable_python_the_job_goes_on(
    machine: dict[str, str], tmp_path: Path, python: str
) -> None:
    if python:
        _python(machine, "python3", python)
    said = _install(machine, tmp_path / "cargo_hone.whl")
    assert "::warning title=cargo-hone::" in said
    assert Path(machine["GITHUB_OUTPUT"]).read_text() == ""
    assert Path(machine["GITHUB_PATH"]).read_text() == ""
