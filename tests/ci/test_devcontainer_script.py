"""What the hooks' script does in a container, whatever the container lacks; it never fails."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cargo_hone import __version__
from cargo_hone.ci.devcontainer_script import MARK, script, workspace_of
from cargo_hone.cli.program import program

from .container import FAKE_PYTHON, SHELLS, Container, real_python, wheel


@pytest.fixture(params=SHELLS)
def box(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Container]:
    made = Container(tmp_path, shell=request.param)
    yield made
    made.close()


def test_it_passes_shellcheck_and_is_recognised(tmp_path: Path) -> None:
    content = script(package="a 'b' ; c=={version}", workspace=Path("sub dir"))
    assert content.startswith(MARK)
    assert b"@" not in content.replace(b'"$@"', b"")
    path = tmp_path / "hone.sh"
    path.write_bytes(content)
    words = [Path(sys.executable).parent / "shellcheck", "--shell=sh", path]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [".", "code/rust", 'it\'s $HOME "x"', "a\nworkspace=b", "ü"])
def test_it_says_which_workspace_it_serves(name: str) -> None:
    assert workspace_of(script(package="x", workspace=Path(name))) == Path(name)


def test_a_package_with_quotes_reaches_pip_as_one_word(tmp_path: Path) -> None:
    box = Container(tmp_path, package="it's $HOME `x`=={version}")
    box.program("python3", FAKE_PYTHON)
    box.run("create")
    assert box.calls()[0].endswith(f"it's $HOME `x`=={__version__}")


@pytest.mark.e2e
def test_a_real_python_and_a_real_wheel(tmp_path: Path) -> None:
    box = Container(tmp_path, package=str(wheel(tmp_path)))
    box.has("timeout")
    box.program("python3", f'#!/bin/sh\nexec {real_python()} "$@"\n')
    done = box.run("create")
    assert (done.returncode, done.stderr) == (0, "")
    link = box.cargo_home / "bin" / "cargo-hone"
    said = subprocess.run([link, "x"], capture_output=True, text=True, check=True).stdout
    assert said == "cargo-hone 9.9 x\n"
    again = box.run("create")
    assert (again.returncode, again.stdout) == (
        0,
        "cargo-hone 9.9 cache setup --scope user --yes\n",
    )
    box.close()


def test_it_installs_once_and_again_for_another_version(box: Container) -> None:
    box.program("python3", FAKE_PYTHON)
    assert "installing cargo-hone==9.9" in box.run("create").stdout
    assert "installing" not in box.run("create").stdout
    box.write_script("cargo-hone==10.0")
    assert "installing cargo-hone==10.0" in box.run("create").stdout
    assert [call for call in box.calls() if call.startswith("pip")] == [
        "pip -m pip install -q --disable-pip-version-check cargo-hone==9.9",
        "pip -m pip install -q --disable-pip-version-check cargo-hone==10.0",
    ]


def test_a_half_made_environment_counts_as_none(box: Container) -> None:
    box.program("python3", FAKE_PYTHON)
    box.run("create")
    (box.venv / "complete").unlink()
    assert "installing" in box.run("create").stdout


def test_without_python_it_says_what_to_add(box: Container) -> None:
    done = box.run("create")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no Python 3.11 or newer" in done.stdout
    assert "ghcr.io/devcontainers/features/python" in done.stdout
    assert not box.venv.exists()


def test_an_old_python_counts_as_none(box: Container) -> None:
    box.program("python3", FAKE_PYTHON)
    done = box.run("create", PYTHON_CHECK="1")
    assert done.returncode == 0
    assert "no Python 3.11 or newer" in done.stdout


def test_a_newer_python_beside_an_old_one_is_found(box: Container) -> None:
    box.program("python3", "#!/bin/sh\nexit 1\n")
    box.program("python3.12", FAKE_PYTHON)
    assert box.run("create").returncode == 0
    assert (box.cargo_home / "bin" / "cargo-hone").exists()


def test_a_failing_pip_leaves_nothing_and_says_how_to_try_again(box: Container) -> None:
    box.program("python3", FAKE_PYTHON)
    done = box.run("create", PIP_FAILS="1")
    assert done.returncode == 0
    assert "no network" in done.stderr
    assert "sh .devcontainer/hone.sh create" in done.stdout
    assert not box.venv.exists()
    assert not (box.cargo_home / "bin" / "cargo-hone").exists()
    assert box.run("start").returncode == 0


def test_debian_without_the_venv_module_gets_it(box: Container) -> None:
    ready = box.program("ready-python", FAKE_PYTHON)
    body = """#!/bin/sh
echo "apt-get $*" >>"$HONE_CALLS"
case "$*" in *" install "*) ln -s "$READY" "$BIN/python3" ;; esac
"""
    box.program("apt-get", body.replace("$READY", str(ready)).replace("$BIN", str(box.bin)))
    box.program("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    assert box.run("create").returncode == 0
    installs = [call for call in box.calls() if call.startswith("apt-get")]
    assert len(installs) == 2
    assert installs[1].endswith("python3 python3-venv")
    assert (box.cargo_home / "bin" / "cargo-hone").exists()


@pytest.mark.parametrize("is_root", [True, False])
def test_an_apt_that_hangs_is_given_up(box: Container, is_root: bool) -> None:
    body = '#!/bin/sh\nsleep 5\necho "apt-get ended" >>"$HONE_CALLS"\n'
    box.program("apt-get", body)
    (box.bin / "id").unlink()
    box.program("id", f"#!/bin/sh\necho {0 if is_root else 1000}\n")
    box.program("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    real = shutil.which("timeout")
    body = f'#!/bin/sh\necho "timeout $1 $2" >>"$HONE_CALLS"\nshift\nexec {real} 0.2 "$@"\n'
    box.program("timeout", body)
    done = box.run("create")
    assert done.returncode == 0
    assert "no Python 3.11 or newer" in done.stdout
    assert box.calls() == ["timeout 300 sh"]


def test_uv_brings_its_own_python(box: Container) -> None:
    body = """#!/bin/sh
echo "uv $*" >>"$HONE_CALLS"
for last; do :; done
case "$1 $2" in
"venv "*) mkdir -p "$last/bin" && echo "$last" >"$HONE_CALLS.venv" ;;
"pip install")
    read -r venv <"$HONE_CALLS.venv"
    cat "$HONE_FAKE" >"$venv/bin/cargo-hone" && chmod +x "$venv/bin/cargo-hone" ;;
esac
"""
    box.program("uv", body)
    assert box.run("create").returncode == 0
    assert box.calls()[0].startswith("uv venv -q --python >=3.11 ")
    assert (box.cargo_home / "bin" / "cargo-hone").exists()


def test_one_that_the_image_brought_is_taken(box: Container) -> None:
    box.program("cargo-hone", Path(box.env["HONE_FAKE"]).read_text())
    done = box.run("create")
    assert (done.returncode, done.stdout) == (0, "")
    assert box.calls() == ["--version", "cache setup --scope user --yes"]
    assert not box.venv.exists()


def test_every_command_that_it_calls_exists() -> None:
    content = script(package="cargo-hone", workspace=Path()).decode()
    calls = re.findall(r'"\$hone" ([a-z]+(?: [a-z]+)?)', content)
    assert {"cache setup", "cache start", "sweep"} <= set(calls)
    for call in calls:
        found: click.Command | None = program
        for word in call.split():
            assert isinstance(found, click.Group), call
            found = found.get_command(click.Context(found), word)
            assert found is not None, call


def test_a_container_without_cargo_is_left_alone(box: Container) -> None:
    (box.bin / "cargo").unlink()
    done = box.run("create")
    assert (done.returncode, done.stdout) == (
        0,
        "cargo-hone: no cargo in this container: nothing to do\n",
    )
    assert list(box.home.iterdir()) == []


@pytest.mark.parametrize("task", ["create", "start", "", "else"])
def test_nothing_makes_it_fail(box: Container, task: str) -> None:
    assert box.run(task, HOME="").returncode == 0
    assert box.run(task, HOME="/proc/nowhere").returncode == 0
    shutil.rmtree(box.volume)
    assert box.run(task).returncode == 0
    box.program("cargo-hone", "#!/bin/sh\nexit 70\n")
    assert box.run(task).returncode == 0
    assert box.run(task, PATH="/nowhere").returncode == 0


def test_a_hook_whose_script_is_missing_does_not_fail(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", "sh .devcontainer/hone.sh create || true"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_caches_are_links_to_the_volume(box: Container) -> None:
    box.run("create")
    links = {
        box.cargo_home / "registry": "registry",
        box.cargo_home / "git": "git",
        box.home / ".cache" / "sccache": "sccache",
    }
    for link, name in links.items():
        assert link.readlink() == box.volume / name
        (link / "kept").touch()
    # A rebuilt container has a new home and the same volume.
    shutil.rmtree(box.home)
    box.home.mkdir()
    box.run("create")
    assert all((link / "kept").exists() for link in links)


def test_what_the_image_has_at_those_places_stays(box: Container) -> None:
    (box.cargo_home / "registry").mkdir(parents=True)
    (box.cargo_home / "registry" / "index").touch()
    done = box.run("create", SCCACHE_DIR="/somewhere")
    assert f"{box.cargo_home}/registry is there already" in done.stdout
    assert (box.cargo_home / "registry" / "index").exists()
    assert not (box.home / ".cache").exists()


def test_a_directory_that_cargo_makes_meanwhile_gets_no_link_inside(box: Container) -> None:
    registry = box.cargo_home / "registry"
    real = (box.bin / "ln").readlink()
    (box.bin / "ln").unlink()
    race = f'case "$*" in *"{registry}") mkdir "{registry}" && touch "{registry}/index" ;; esac'
    box.program("ln", f'#!/bin/sh\n{race}\nexec {real} "$@"\n')
    done = box.run("create")
    assert f"{registry} cannot be kept on the volume" in done.stdout
    assert not registry.is_symlink()
    assert [path.name for path in registry.iterdir()] == ["index"]
    assert (box.cargo_home / "git").readlink() == box.volume / "git"


def test_a_link_whose_volume_has_gone_is_mended(box: Container) -> None:
    box.cargo_home.mkdir()
    (box.cargo_home / "registry").symlink_to(box.base / "gone")
    box.run("create")
    assert (box.cargo_home / "registry").readlink() == box.volume / "registry"


def test_without_a_volume_cargo_keeps_its_own_places(box: Container) -> None:
    box.volume.rmdir()
    done = box.run("create")
    assert "caches last as long as this container" in done.stdout
    assert not (box.cargo_home / "registry").exists()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root")
@pytest.mark.parametrize("may_sudo", [False, True])
def test_a_volume_of_roots_is_given_to_a_user_who_may(may_sudo: bool) -> None:
    # Below a directory that another user may enter, as pytest's own is not.
    with tempfile.TemporaryDirectory(prefix="hone-test-") as place:
        Path(place).chmod(0o755)
        box = Container(Path(place))
        if may_sudo:
            # Cannot become root here: it only notes what it was asked, which the test then does.
            box.program("sudo", '#!/bin/sh\necho "sudo $*" >>"$HONE_CALLS"\nexit 1\n')
        box.calls_file.touch(mode=0o666)
        box.calls_file.chmod(0o666)
        os.chown(box.home, 65534, 65534)
        words = [
            str(shutil.which("setpriv")),
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            *box.shell,
        ]

        def create() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*words, box.script, "create"],
                cwd=box.root,
                env=box.env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        done = create()
        assert done.returncode == 0
        assert "caches last as long as this container" in done.stdout
        assert not (box.cargo_home / "registry").is_symlink()
        asked = f"sudo -n chown -R 65534:65534 {box.volume}"
        assert (asked in box.calls()) == may_sudo
        os.chown(box.volume, 65534, 65534)
        create()
        assert (box.cargo_home / "registry").is_symlink()
        box.close()


def test_the_cache_is_set_up_for_this_user_alone(box: Container) -> None:
    box.program("cargo-hone", Path(box.env["HONE_FAKE"]).read_text())
    before = sorted(box.root.rglob("*"))
    assert box.run("create").stdout == ""
    assert box.calls()[-1] == "cache setup --scope user --yes"
    # Where that fails the container starts all the same.
    body = '#!/bin/sh\n[ "$1" = --version ]\n'
    box.program("cargo-hone", body)
    done = box.run("create")
    assert (done.returncode, done.stdout) == (
        0,
        "cargo-hone: no compiler cache: builds work without it\n",
    )
    assert sorted(box.root.rglob("*")) == before
