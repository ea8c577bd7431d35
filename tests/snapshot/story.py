"""A workspace whose output can be computed, and what people do in it: the material of the differential test.

Each part of the output comes to the program another way: as code, through `include!`, a build script or a proc macro.
"""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from cargo_hone.cargo import metadata, toolchain
from cargo_hone.snapshot.choose import choose
from cargo_hone.snapshot.place import Place, place_of
from cargo_hone.snapshot.restore import Restored, restore
from cargo_hone.snapshot.save import save
from cargo_hone.snapshot.store import Store
from cargo_hone.target.premises import read_premises

FIXED = {
    "Cargo.toml": '[workspace]\nmembers = ["mac", "base", "free", "app"]\nresolver = "2"\n'
    "[profile.dev]\ndebug = 0\n[profile.dev.build-override]\ncodegen-units = 1\n",
    ".gitignore": "/target\n/built\nignored\n",
    "mac/Cargo.toml": '[package]\nname = "mac"\nversion = "0.1.0"\nedition = "2021"\n'
    "[lib]\nproc-macro = true\ntest = false\ndoctest = false\n",
    "mac/src/lib.rs": """use proc_macro::TokenStream;
fn at(name: &str) -> std::path::PathBuf {
    std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(name)
}
fn listing(name: &str) -> String {
    let mut all: Vec<String> = std::fs::read_dir(at(name)).unwrap().map(|e| {
        let e = e.unwrap();
        format!("{}={}", e.file_name().to_str().unwrap(), std::fs::read_to_string(e.path()).unwrap().trim())
    }).collect();
    all.sort();
    all.join(",")
}
fn quoted(text: &str) -> TokenStream { format!("{:?}", text.trim()).parse().unwrap() }
fn text(name: &str) -> TokenStream { quoted(&std::fs::read_to_string(at(name)).unwrap()) }
#[proc_macro] pub fn secret(_: TokenStream) -> TokenStream { text("secret.txt") }
#[proc_macro] pub fn outside(_: TokenStream) -> TokenStream { text("../shared.txt") }
#[proc_macro] pub fn items(_: TokenStream) -> TokenStream { quoted(&listing("items")) }
#[proc_macro] pub fn text_too(_: TokenStream) -> TokenStream { text("../base/text.txt") }
#[proc_macro] pub fn here(_: TokenStream) -> TokenStream { quoted(at("").to_str().unwrap()) }
""",
    "base/Cargo.toml": '[package]\nname = "base"\nversion = "0.1.0"\nedition = "2021"\n'
    '[lib]\ntest = false\ndoctest = false\n[dependencies]\nmac = { path = "../mac" }\n',
    "free/Cargo.toml": '[package]\nname = "free"\nversion = "0.1.0"\nedition = "2021"\n'
    "[lib]\ntest = false\ndoctest = false\n",
    "free/build.rs": """fn main() {
    let mut all: Vec<String> = std::fs::read_dir("data").unwrap().map(|e| {
        let e = e.unwrap();
        format!("{}={}", e.file_name().to_str().unwrap(), std::fs::read_to_string(e.path()).unwrap().trim())
    }).collect();
    all.sort();
    let out = format!("{}/free.txt", std::env::var("OUT_DIR").unwrap());
    std::fs::write(out, all.join(",")).unwrap();
}
""",
    "free/src/lib.rs": 'pub const FREE: &str = include_str!(concat!(env!("OUT_DIR"), "/free.txt"));\n',
    "app/build.rs": """fn main() {
    println!("cargo:rerun-if-changed=watched.txt");
    println!("cargo:rerun-if-changed=watchdir");
    println!("cargo:rerun-if-changed=ignored");
    let all = ["watchdir", "ignored"].iter().flat_map(|d| std::fs::read_dir(d).into_iter().flatten());
    let mut all: Vec<String> = all.map(|e| {
        let e = e.unwrap();
        format!("{}={}", e.file_name().to_str().unwrap(), std::fs::read_to_string(e.path()).unwrap().trim())
    }).collect();
    all.sort();
    println!("cargo:rustc-env=WATCHED={}", std::fs::read_to_string("watched.txt").unwrap().trim());
    let out = format!("{}/dir.rs", std::env::var("OUT_DIR").unwrap());
    std::fs::write(out, format!("pub const DIR: &str = {:?};", all.join(","))).unwrap();
}
""",
    "app/src/main.rs": """include!(concat!(env!("OUT_DIR"), "/dir.rs"));
mod local;
fn main() {
    println!("number {} {}", base::number(), local::LOCAL);
    println!("part {}", base::PART);
    println!("text {} {}", base::TEXT.trim(), base::text_too!());
    println!("snippet {}", base::SNIPPET);
    println!("secret {}", base::secret!());
    println!("outside {}", base::outside!());
    println!("items {}", base::items!());
    println!("watched {}", env!("WATCHED"));
    println!("dir {DIR}");
    println!("free {}", free::FREE);
    println!("extra {}", cfg!(feature = "extra"));
    println!("root {}", env!("CARGO_MANIFEST_DIR"));
    println!("here {}", base::here!());
}
""",
    "app/tests/it.rs": """#[test] fn it() {
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_app")).output().unwrap().stdout;
    println!("TEST {} {}", env!("CARGO_BIN_EXE_app"), base::number());
    for line in String::from_utf8(said).unwrap().lines() { println!("SAID {line}"); }
}
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources as they are: values of single files, and directories of small files."""

    number: int = 1
    local: int = 1
    part: str = "p1"
    module: str = "part"
    text: str = "t1"
    snippet: str = "s1"
    secret: str = "x1"  # noqa: S105 - what a proc macro reads
    outside: str = "o1"
    watched: str = "w1"
    extra: bool = False
    dirs: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            "app/items": {"one": "1"},
            "app/watchdir": {"a": "1"},
            "app/ignored": {"i": "1"},
            "free/data": {"x": "1"},
        }
    )

    def files(self) -> dict[str, str]:
        """Every file that may change."""
        single = {
            "base/src/lib.rs": f"mod {self.module};\npub use mac::*;\npub use {self.module}::PART;\n"
            f"pub fn number() -> u32 {{ {self.number} }}\n"
            'pub const TEXT: &str = include_str!("../text.txt");\n'
            'pub const SNIPPET: &str = include!("../snippet.in");\n',
            f"base/src/{self.module}.rs": f'pub const PART: &str = "{self.part}";\n',
            "base/text.txt": self.text,
            "base/snippet.in": f'"{self.snippet}"',
            "app/src/local.rs": f"pub const LOCAL: u32 = {self.local};\n",
            "app/secret.txt": self.secret,
            "app/watched.txt": self.watched,
            "shared.txt": self.outside,
            "app/Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'
            '[[bin]]\nname = "app"\npath = "src/main.rs"\ntest = false\n'
            "[features]\ndefault = [" + '"extra"' * self.extra + "]\nextra = []\n"
            '[dependencies]\nbase = { path = "../base" }\nfree = { path = "../free" }\n',
        }
        inner = {
            f"{d}/{name}": text for d, all_ in self.dirs.items() for name, text in all_.items()
        }
        return single | inner

    def output(self, root: Path) -> list[str]:
        """What the program prints when it was built from these, in `root`."""
        listed = {d: [f"{n}={t}" for n, t in all_.items()] for d, all_ in self.dirs.items()}
        return [
            f"number {self.number} {self.local}",
            f"part {self.part}",
            f"text {self.text} {self.text}",
            f"snippet {self.snippet}",
            f"secret {self.secret}",
            f"outside {self.outside}",
            "items " + ",".join(sorted(listed["app/items"])),
            f"watched {self.watched}",
            "dir " + ",".join(sorted(listed["app/watchdir"] + listed["app/ignored"])),
            "free " + ",".join(sorted(listed["free/data"])),
            f"extra {str(self.extra).lower()}",
            f"root {root}/app",
            f"here {root}/app/",
        ]


class Story:
    """A checkout with its history; `now` is what lies in it."""

    def __init__(self, root: Path, store: Store, env: dict[str, str]) -> None:
        self.root = root
        self.store = store
        self.env = env
        self.now = Sources()
        self.commits: list[Sources] = []
        self.saved: list[str] = []
        self.is_blind = False
        self.is_backdated = False
        self.ahead_ns = 0

    def begin(self) -> None:
        """Make the repository, build it and save."""
        self.root.mkdir(parents=True)
        for name, text in (FIXED | self.now.files()).items():
            self._write(name, text)
        self._run("git", "init", "-q", "-b", "main")
        self._run("cargo", "generate-lockfile", "--offline")
        self.commit()
        self.build()
        self.save()

    def become(self, now: Sources, *, mtime_ns: int | None = None) -> None:
        """Change the sources, with this time on what changes (None: the time of now)."""
        old, new = self.now.files(), now.files()
        for name in old.keys() - new.keys():
            (self.root / name).unlink(missing_ok=True)
        for name, text in new.items():
            if old.get(name) != text:
                self._write(name, text)
                if mtime_ns is not None:
                    os.utime(self.root / name, ns=(mtime_ns, mtime_ns))
                    self.is_backdated = True
        self.is_blind = self.is_blind or old != new
        self.now = now

    def commit(self) -> None:
        """Commit all."""
        self._run("git", "add", "-A")
        self._run("git", "commit", "-q", "--allow-empty", "-m", str(len(self.commits)))
        self.commits.append(self.now)
        self._run("git", "branch", "-f", f"c{len(self.commits) - 1}")

    def switch(self, number: int) -> None:
        """Check out what was committed some time; what git ignores stays."""
        self.commit()
        number %= len(self.commits)
        self._run("git", "checkout", "-q", "--detach", f"c{number}")
        ignored = {"app/ignored": self.now.dirs["app/ignored"]}
        self.now = replace(self.commits[number], dirs=self.commits[number].dirs | ignored)
        for name in self.now.dirs:
            (self.root / name).mkdir(exist_ok=True)
        self.is_blind = True

    def build(self, *words: str) -> None:
        """Build; what cargo cannot see is shown to it by touching everything."""
        if self.is_blind or self.is_backdated:
            # Later than what was compiled before the clock went back: cargo itself sees nothing else.
            at_ns = time.time_ns() + self.ahead_ns
            for name in FIXED | self.now.files():
                os.utime(self.root / name, ns=(at_ns, at_ns))
        self._run("cargo", *(words or ("test", "--workspace", "--no-run")), "--offline")
        self.is_blind = self.is_backdated = False

    def save(self) -> None:
        """Save, unless nothing is built, or a file was changed that has an old time: nothing could tell."""
        place = self._place()
        if not self.is_backdated and place.target_dir.is_dir():
            done = save(place, self.store, premises=read_premises(place.metadata))
            self.saved.append(done.saved.id)

    def restore(self, number: int, *, links: bool) -> Restored:
        """Restore some snapshot."""
        place = self._place()
        choice = choose(place, self.store, wanted=self.saved[number % len(self.saved)])
        assert choice is not None
        self.is_blind = self.is_backdated = False
        return restore(place, self.store, choice.saved, choice.manifest, links=links)

    def move(self, root: Path) -> None:
        """Take the sources elsewhere; the first checkout is gone."""
        shutil.copytree(
            self.root,
            root,
            ignore=shutil.ignore_patterns("target", "built"),
            copy_function=shutil.copyfile,
        )
        shutil.rmtree(self.root)
        self.root = root

    def move_clock(self, by_ns: int) -> None:
        """Let everything have been done at another time."""
        self.ahead_ns = max(0, self.ahead_ns + by_ns)
        for path in (self.root, *self.root.rglob("*")):
            if ".git" not in path.relative_to(self.root).parts:
                status = path.lstat()
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + by_ns))

    def verify(self) -> None:
        """Build and run without touching anything: the output is that of the sources."""
        expected = self.now.output(self.root)
        tested = self._run("cargo", "test", "--workspace", "--offline", "--", "--nocapture")
        said = [line.removeprefix("SAID ") for line in tested.splitlines() if "SAID " in line]
        program = self.root / "target" / "debug" / "app"
        assert said == expected, [(a, b) for a, b in zip(expected, said, strict=False) if a != b]
        assert f"TEST {program} {self.now.number}" in tested
        assert self._run(str(program)).splitlines() == expected

    def _place(self) -> Place:
        known = metadata.read(self.root / "Cargo.toml", env=self.env, flags=("--offline",))
        return place_of(known, toolchain=toolchain.read(self.root, env=self.env), env=self.env)

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # As editors and git do: another file under the old name.
        path.unlink(missing_ok=True)
        path.write_text(text)

    def _run(self, *argv: str) -> str:
        done = subprocess.run(argv, cwd=self.root, env=self.env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()
