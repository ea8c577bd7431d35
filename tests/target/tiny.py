"""A tiny workspace that a real cargo builds offline in seconds: two members, two path packages beside them."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from cargo_hone.cargo import messages, metadata
from cargo_hone.proc import clean_environment
from cargo_hone.sweep.budget import Budget
from cargo_hone.sweep.sweep import Swept, sweep
from cargo_hone.target.named import Named, named_units
from cargo_hone.target.premises import Premises, read_premises
from cargo_hone.target.state import TargetState, Untouchable, examine, read_state
from tests.target.layouts import V1, LayoutUnderTest

BUILD = ("build", "--workspace")
CHECK = ("check", "--workspace")
TEST = ("test", "--workspace", "--no-run")

FILES = {
    "Cargo.toml": """
        [workspace]
        members = ["app", "mac"]
        exclude = ["beside"]
        resolver = "2"
        [profile.dev]
        debug = 0
        """,
    "app/Cargo.toml": """
        [package]
        name = "app"
        version = "0.1.0"
        edition = "2021"
        [features]
        default = []
        extra = []
        [dependencies]
        mac = { path = "../mac" }
        native = { path = "../beside/native" }
        going = { path = "../beside/going" }
        """,
    "app/src/lib.rs": """
        pub fn answer() -> u32 { native::value() + mac::one!() }
        #[test] fn unit() { assert_eq!(answer(), 2); }
        """,
    "app/src/main.rs": """
        fn main() {
            println!("{}", app::answer());
            if std::env::args().len() > 1 { std::thread::sleep(std::time::Duration::from_secs(60)); }
        }
        """,
    "app/tests/first-test.rs": "#[test] fn it() { assert_eq!(app::answer(), 2); }",
    "mac/Cargo.toml": """
        [package]
        name = "mac"
        version = "0.1.0"
        edition = "2021"
        [lib]
        proc-macro = true
        """,
    "mac/src/lib.rs": """
        #[proc_macro] pub fn one(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
            "1u32".parse().unwrap()
        }
        """,
    "beside/native/Cargo.toml": """
        [package]
        name = "native"
        version = "0.2.0"
        edition = "2021"
        [features]
        big = []
        """,
    "beside/native/build.rs": """
        fn main() {
            println!("cargo:rerun-if-changed=build.rs");
            let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
            std::fs::write(out.join("value.rs"), "pub fn value() -> u32 { 1 }").unwrap();
            std::fs::write(out.join("big.bin"), vec![1u8; 300_000]).unwrap();
        }
        """,
    "beside/native/src/lib.rs": 'include!(concat!(env!("OUT_DIR"), "/value.rs"));',
    "beside/going/Cargo.toml": """
        [package]
        name = "going"
        version = "0.3.0"
        edition = "2021"
        """,
    "beside/going/src/lib.rs": "pub fn nothing() {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiny:
    """One copy of the workspace, in which cargo builds in one of its layouts."""

    root: Path
    layout: LayoutUnderTest = V1

    @property
    def target(self) -> Path:
        return self.layout.target_dir(self.root)

    @property
    def built(self) -> Path:
        """Where the units are."""
        return self.layout.build_dir(self.root)

    @property
    def debug(self) -> Path:
        return self.target / "debug"

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def cargo(self, *args: str) -> "Ran":
        """Run one cargo command; it must succeed."""
        done = subprocess.run(
            self.layout.cargo(*args, "--offline", "--message-format=json"),
            cwd=self.root,
            env=environment(self.layout),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return Ran(messages=messages.parse(done.stdout.split(b"\n")), built=self.built)

    def premises(self) -> Premises:
        return read_premises(
            metadata.read(
                self.root / "Cargo.toml", env=environment(self.layout), flags=["--offline"]
            )
        )

    def state(self) -> TargetState:
        layout = examine(self.built, final_root=self.target)
        assert not isinstance(layout, Untouchable), layout
        return read_state(layout)

    def sweep(
        self,
        *,
        dry_run: bool = False,
        live: frozenset[str] = frozenset(),
        wait_s: float = 0.0,
        budget: Budget | None = None,
    ) -> Swept:
        return sweep(
            self.target,
            premises=self.premises(),
            live=live,
            dry_run=dry_run,
            wait_s=wait_s,
            budget=budget,
        )

    def hashes(self, package: str = "") -> set[str]:
        """`package-hash` of every fingerprint, in any profile and layout."""
        old = {path.name for path in self.built.glob("**/.fingerprint/*")}
        new = {
            f"{path.parent.parent.name}-{path.parent.name}"
            for path in self.built.glob("**/build/*/*/fingerprint")
        }
        return {name for name in old | new if name.startswith(package)}

    def outputs(self) -> set[str]:
        """Names of what rustc wrote for units."""
        return {
            Path(name).name
            for name in self.files()
            if "/deps/" in name or re.search(r"/build/[^/]+/[0-9a-f]{16}/out/", name)
        }

    def files(self) -> set[str]:
        return {
            str(path.relative_to(self.root))
            for place in {self.target, self.built}
            for path in place.rglob("*")
        }

    def without_target(self) -> "Tiny":
        """The same, with nothing built: what was is moved aside."""
        for place in {self.target, self.built}:
            place.rename(Path(mkdtemp(dir=self.root.parent)) / "old")
        return self

    def copy(self, to: Path) -> "Tiny":
        shutil.copytree(self.root, to, symlinks=True, copy_function=_copy_linked({}))
        return replace(self, root=to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One cargo command that succeeded."""

    messages: messages.BuildMessages
    built: Path

    @property
    def compiled(self) -> list[str]:
        return [a.target_name for a in self.messages.artifacts if not a.fresh]

    @property
    def named(self) -> Named:
        return named_units(self.messages, build_dir=self.built)


def _copy_linked(seen: dict[tuple[int, int], str]) -> Callable[[str, str], str]:
    """Copy with times, and hard links as hard links, as `cp -a` does."""

    def copy(source: str, target: str) -> str:
        status = os.lstat(source)
        identity = (status.st_dev, status.st_ino)
        if status.st_nlink > 1 and identity in seen:
            os.link(seen[identity], target)
        else:
            seen[identity] = target
            shutil.copy2(source, target, follow_symlinks=False)
        return target

    return copy


def environment(layout: LayoutUnderTest = V1) -> dict[str, str]:
    dropped = ("CARGO_", "RUSTFLAGS", "RUSTC", "CARGO")
    kept = {"CARGO_HOME"}
    kept_of_ours = {
        key: value
        for key, value in clean_environment(os.environ).items()
        if key in kept or not key.startswith(dropped)
    }
    return kept_of_ours | layout.env


def make(root: Path, layout: LayoutUnderTest = V1) -> Tiny:
    tiny = Tiny(root=root, layout=layout)
    for name, text in FILES.items():
        tiny.write(name, text)
    return tiny
