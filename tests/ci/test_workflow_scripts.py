"""The scripts of the written steps, run as a runner would: each with its own files and nothing of this machine's."""

import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from tests.ci.repositories import environment, make

TEMPLATES = resources.files("cargo_hone.ci").joinpath("templates")


class Step:
    """A directory to run a script in, and what the script said."""

    def __init__(self, tmp_path: Path):
        self.work = tmp_path / "work"
        self.bin = tmp_path / "bin"
        self.temp = tmp_path / "temp"
        for place in (self.work, self.bin, self.temp):
            place.mkdir()
        self.env = environment()
        self.files = {
            name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")
        }

    def run(self, script: str, *, check: bool = True, **env: str) -> dict[str, str]:
        """Return the outputs, or what was written to the other files."""
        for file in self.files.values():
            file.write_text("")
        done = subprocess.run(
            ["sh", "-e", "-c", TEMPLATES.joinpath(script).read_text("utf-8")],
            cwd=self.work,
            env={
                **self.env,
                **{name: str(path) for name, path in self.files.items()},
                "RUNNER_TEMP": str(self.temp),
                "PATH": f"{self.bin}:{self.env['PATH']}",
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        pairs = self.files["GITHUB_OUTPUT"].read_text().splitlines()
        return dict(line.split("=", 1) for line in pairs)

    def program(self, name: str, body: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.bin / name).chmod(0o755)

    def write(self, path: str, text: str = "") -> Path:
        place = self.work / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


MANIFEST = '[package]\nname = "a"\n\n[profile.dev]\ndebug = 1\n\n[dependencies]\nserde = "1"\n'


def test_the_key_follows_compiler_flags_and_profiles_and_not_the_dependencies(step: Step) -> None:
    step.program("rustc", "echo rustc 1.90")
    step.write("Cargo.toml", MANIFEST)
    usual = step.run("key.sh")["build"]
    step.write("Cargo.toml", MANIFEST + 'regex = "1"\n')
    assert step.run("key.sh")["build"] == usual

    seen = {usual}
    step.write("Cargo.toml", MANIFEST.replace("debug = 1", "debug = 0"))
    seen.add(step.run("key.sh")["build"])
    seen.add(step.run("key.sh", RUSTFLAGS="--cfg a")["build"])
    seen.add(step.run("key.sh", CARGO_PROFILE_DEV_LTO="true")["build"])
    step.write(".cargo/config.toml", "[build]\n")
    seen.add(step.run("key.sh")["build"])
    step.write("rust-toolchain.toml", "[toolchain]\n")
    seen.add(step.run("key.sh")["build"])
    step.program("rustc", "echo rustc 1.91")
    seen.add(step.run("key.sh")["build"])
    assert len(seen) == 7


def test_the_key_follows_the_toolchains_that_commands_name(step: Step) -> None:
    step.program("rustc", "case $1 in +nightly) cat version;; +*) exit 1;; *) echo 1.90;; esac")
    step.write("version", "1.92-nightly, monday")
    usual = step.run("key.sh")["build"]
    monday = step.run("key.sh", HONE_TOOLCHAINS="nightly missing")["build"]
    step.write("version", "1.92-nightly, tuesday")
    tuesday = step.run("key.sh", HONE_TOOLCHAINS="nightly missing")["build"]
    assert len({usual, monday, tuesday}) == 3


def test_the_key_does_without_a_compiler_and_without_a_manifest(step: Step) -> None:
    step.program("rustc", "exit 1")
    assert step.run("key.sh")["build"].isdigit()


def test_each_leg_of_a_matrix_has_its_own_part_of_the_key(step: Step) -> None:
    legs = {step.run("key.sh", HONE_MATRIX=matrix)["leg"] for matrix in ('{"a": 1}', '{"a": 2}')}
    assert len(legs) == 2
    # Not only digits: what prunes caches takes the newest of each prefix without the numbers behind it.
    assert all(leg.startswith("m") for leg in legs)


def test_downloads_are_where_the_cargo_home_is(step: Step) -> None:
    assert step.run("key.sh", CARGO_HOME="/elsewhere")["home"] == "/elsewhere"
    step.env.pop("CARGO_HOME", None)
    assert step.run("key.sh", HOME="/home/me")["home"] == "/home/me/.cargo"


def test_a_shim_of_ours_steps_aside_beside_a_cached_target_directory(step: Step) -> None:
    step.run("key.sh")
    assert step.files["GITHUB_ENV"].read_text() == ""
    step.write(".cargo/hone/sccache")
    step.run("key.sh")
    assert step.files["GITHUB_ENV"].read_text() == "HONE_NO_CACHE=1\n"


def test_what_was_restored_is_seen_in_the_target_directory(step: Step) -> None:
    assert step.run("before.sh", HONE_TARGET="target") == {}
    (step.work / "target").mkdir()
    assert step.run("before.sh", HONE_TARGET="target") == {}
    step.write("target/debug/.fingerprint/x")
    assert step.run("before.sh", HONE_TARGET="target") == {"restored": "true"}


@pytest.mark.parametrize(("size_kib", "swept_by_size"), [(10, False), (90, True)])
def test_cargo_sweep_goes_by_compiler_and_then_by_size_and_never_by_time(
    step: Step, size_kib: int, swept_by_size: bool
) -> None:
    calls = step.temp / "calls"
    tool = step.temp / "cargo-sweep" / "bin" / "cargo-sweep"
    step.program(
        "cargo",
        f'echo "$CARGO_TARGET_DIR $PWD $*" >> {calls}\nmkdir -p {tool.parent}\n'
        f"printf '#!/bin/sh\\necho \"sweep $PWD $*\" >> {calls}\\n' > {tool}\nchmod +x {tool}",
    )
    step.write("target/large", "x" * size_kib * 1024)
    step.run(
        "cargo-sweep.sh",
        HONE_TARGET="target",
        HONE_CARGO_SWEEP="0.8.0",
        HONE_SWEEP_KIB="50",
        HONE_KEEP_MB="20",
    )
    install, *sweeps = calls.read_text().splitlines()
    # Built beside the workspace's target directory and not in it, without the workspace's toolchain file.
    assert install.startswith(f"{step.temp}/cargo-sweep/target {step.temp} install ")
    assert "--locked --version 0.8.0" in install
    expected = ["sweep --installed"] + ["sweep --maxsize 20MB"] * swept_by_size
    assert [line.split(" ", 2)[2] for line in sweeps] == expected


def test_the_summary_without_cargo_hone(step: Step) -> None:
    step.write("target/x", "x" * 8192)
    for hit, key, said in (
        ("true", "k", "hit"),
        ("false", "k", "an older one"),
        ("", "", "nothing"),
    ):
        names = {"HONE_SUMMARY_HIT": hit, "HONE_SUMMARY_KEY": key}
        step.run("summary.sh", HONE_TARGET="target", HONE_SUMMARY_SWEPT="skipped", **names)
        page = step.files["GITHUB_STEP_SUMMARY"].read_text()
        assert f"| cache | {said}" in page
        assert "| cargo-sweep | skipped |" in page


def test_google_gets_its_key_as_a_file_that_only_we_read(step: Step) -> None:
    step.program("sccache", f'cp "$SCCACHE_GCS_KEY_PATH" {step.temp}/seen; env > {step.temp}/env')
    step.run(
        "connect.sh",
        SCCACHE_PATH=str(step.bin / "sccache"),
        HONE_SECRETS="SCCACHE_GCS_KEY",
        HONE_SECRET_SCCACHE_GCS_KEY='{"type": "service_account"}',  # noqa: S106 - not a real one
        HONE_MODE_VARIABLE="SCCACHE_GCS_RW_MODE",
        HONE_SAVES="true",
        HONE_TRUSTED="true",
    )
    assert (step.temp / "seen").read_text() == '{"type": "service_account"}'
    assert (step.temp / "hone-gcs-key.json").stat().st_mode & 0o077 == 0
    server = (step.temp / "env").read_text().splitlines()
    assert "SCCACHE_GCS_RW_MODE=READ_WRITE" in server
    assert not any(line.startswith("SCCACHE_GCS_KEY=") for line in server)


def test_a_secret_that_is_not_set_hides_nothing_that_the_job_has(step: Step) -> None:
    step.program("sccache", f"env > {step.temp}/env")
    step.run(
        "connect.sh",
        SCCACHE_PATH=str(step.bin / "sccache"),
        AWS_ACCESS_KEY_ID="of an earlier step",
        HONE_SECRETS="AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
        HONE_SECRET_AWS_ACCESS_KEY_ID="",
        HONE_SECRET_AWS_SECRET_ACCESS_KEY="$(given) 'here'",  # noqa: S106 - not a real one
        HONE_MODE_VARIABLE="SCCACHE_S3_RW_MODE",
        HONE_SAVES="true",
        HONE_TRUSTED="true",
    )
    server = (step.temp / "env").read_text().splitlines()
    assert "AWS_ACCESS_KEY_ID=of an earlier step" in server
    assert "AWS_SECRET_ACCESS_KEY=$(given) 'here'" in server
    assert not any(line.startswith("HONE_SECRET_") for line in server)


def test_without_a_cargo_the_lock_file_holds_nothing_and_fails_nothing(step: Step) -> None:
    sh = shutil.which("sh")
    assert sh
    (step.bin / "sh").symlink_to(sh)
    done = subprocess.run(
        [step.bin / "sh", "-e", "-c", TEMPLATES.joinpath("locked.sh").read_text("utf-8")],
        env={"PATH": str(step.bin)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("::notice title=cargo-hone::no cargo before the first build")


def test_the_lock_file_holds_the_build(tmp_path: Path) -> None:
    step = Step(tmp_path)
    root = make(tmp_path / "repository").root
    step.work = root
    step.run("locked.sh")
    before = (root / "Cargo.lock").read_bytes()
    manifest = root / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("0.1.0", "0.2.0"))
    with pytest.raises(AssertionError, match="--locked"):
        step.run("locked.sh")
    assert (root / "Cargo.lock").read_bytes() == before
