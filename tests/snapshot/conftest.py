"""A tiny workspace in a repository, with a build script, a test and a dependency between members."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cargo_hone.cargo import metadata, toolchain
from cargo_hone.proc import clean_environment
from cargo_hone.snapshot.choose import choose
from cargo_hone.snapshot.place import Place, place_of
from cargo_hone.snapshot.restore import Restored, restore
from cargo_hone.snapshot.save import SaveResult, save
from cargo_hone.snapshot.store import Store, open_store
from cargo_hone.target.premises import read_premises

FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["root", "leaf"]\nresolver = "2"\n',
    "root/Cargo.toml": '[package]\nname = "root"\nversion = "0.1.0"\nedition = "2021"\n',
    "root/src/lib.rs": "pub fn number() -> u32 {\n    41\n}\n",
    "leaf/Cargo.toml": '[package]\nname = "leaf"\nversion = "0.1.0"\nedition = "2021"\n'
    '[dependencies]\nroot = { path = "../root" }\n',
    "leaf/build.rs": 'fn main() {\n    println!("cargo:rerun-if-changed=data.txt");\n'
    '    let text = std::fs::read_to_string("data.txt").unwrap();\n'
    '    let out = format!("{}/made.rs", std::env::var("OUT_DIR").unwrap());\n'
    '    std::fs::write(out, format!("pub const DATA: &str = {:?};", text.trim())).unwrap();\n}\n',
    "leaf/data.txt": "first\n",
    "leaf/src/main.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n\n'
    'fn main() {\n    println!("{} {}", root::number() + 1, DATA);\n}\n\n'
    "#[test]\nfn it_adds() {\n    assert!(root::number() > 0);\n}\n",
    ".gitignore": "target\n",
}


class Checkout:
    """A checkout of the tiny workspace, and what people do in it."""

    def __init__(self, root: Path, env: dict[str, str]) -> None:
        self.root = root
        self.env = env

    def cargo(self, *words: str) -> str:
        """Run cargo; returns what it said."""
        done = subprocess.run(
            ["cargo", *words, "--offline"],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stderr.decode()

    def compiled(self, *words: str) -> set[str]:
        """Run cargo; returns the packages that it compiled."""
        said = self.cargo(*words)
        return {
            line.split()[1] for line in said.splitlines() if line.strip().startswith("Compiling")
        }

    def output(self, program: str = "leaf") -> str:
        """What a program that was built prints."""
        path = self.root / "target" / "debug" / program
        return subprocess.run([path], check=True, capture_output=True, text=True).stdout.strip()

    def git(self, *words: str) -> None:
        """Run git."""
        subprocess.run(
            ["git", *words], cwd=self.root, env=self.env, check=True, capture_output=True
        )

    def write(self, name: str, text: str) -> None:
        """Write a file of the workspace."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def clone(self, root: Path) -> "Checkout":
        """Make a second checkout."""
        self.git("clone", "-q", str(self.root), str(root))
        return Checkout(root, self.env)

    def place(self) -> Place:
        """The checkout as the room knows it."""
        known = metadata.read(self.root / "Cargo.toml", env=self.env, flags=("--offline",))
        return place_of(known, toolchain=toolchain.read(self.root, env=self.env), env=self.env)

    def save(self, store: Store) -> SaveResult:
        """Save what is built."""
        place = self.place()
        return save(place, store, premises=read_premises(place.metadata))

    def restore(self, store: Store, *, links: bool = True) -> Restored:
        """Restore the best snapshot, which must be there."""
        place = self.place()
        choice = choose(place, store)
        assert choice is not None
        return restore(place, store, choice.saved, choice.manifest, links=links)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    env = clean_environment(os.environ)
    for name in ("CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_INCREMENTAL", "RUSTC_WRAPPER"):
        env.pop(name, None)
    names = {
        f"GIT_{role}_{part}": "a@b.c"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    return {**env, **names}


def committed(root: Path, env: dict[str, str], files: Mapping[str, str] = FILES) -> Checkout:
    """A checkout with one commit, in which nothing is built."""
    made = Checkout(root, env)
    for name, text in files.items():
        made.write(name, text)
    made.git("init", "-q", "-b", "main")
    made.cargo("generate-lockfile")
    made.git("add", "-A")
    made.git("commit", "-qm", "first")
    return made


@pytest.fixture
def checkout(tmp_path: Path, environ: dict[str, str]) -> Checkout:
    return committed(tmp_path / "checkout", environ)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store")


@pytest.fixture
def touched() -> Callable[[Checkout], None]:
    """Give every file the time of now, as a fresh checkout has it."""

    def touch(checkout: Checkout) -> None:
        for path in checkout.root.rglob("*"):
            if not {"target", ".git"} & set(path.relative_to(checkout.root).parts):
                os.utime(path)

    return touch
