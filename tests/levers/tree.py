"""A workspace in a temporary directory, whose every file the test writes."""

import os
import re
import tomllib
from pathlib import Path

from cargo_hone.cache.capacity import parse
from cargo_hone.cache.interface import EngineLocation
from cargo_hone.cargo.build import build
from cargo_hone.levers.interface import Context, Nightly
from cargo_hone.model import Plan
from cargo_hone.proc import clean_environment
from cargo_hone.workspace import facts

CONFIG = """\
# who builds what
term.quiet = false    # a dotted key
[alias]
xtask   =  "run --manifest-path xtask/Cargo.toml --"   # odd spacing

[net]
retry = 3 # a dotted key
"""


class Tree:
    def __init__(self, root: Path, **env: str) -> None:
        self.root = root
        self.env = {
            **clean_environment(os.environ),
            "SCCACHE_CONF": str(root / "sccache.toml"),
            "XDG_STATE_HOME": str(root / "state"),
            **env,
        }
        for name in ("RUSTC_WRAPPER", "CARGO_TARGET_DIR", "CARGO_INCREMENTAL"):
            self.env.pop(name, None)
        self.env.update(env)
        self.write(
            "Cargo.toml", '[workspace]\nmembers = ["low"]\nexclude = ["xtask"]\nresolver = "2"\n'
        )
        self.package("low", "lib.rs", "pub fn one() -> u32 { 1 }\n")

    def write(self, path: str, text: str) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def package(self, name: str, file: str, source: str) -> None:
        self.write(
            f"{name}/Cargo.toml",
            f'[package]\nname = "{name}"\nedition = "2021"\nversion = "0.1.0"\n',
        )
        self.write(f"{name}/src/{file}", source)

    def context(self, *, engine: bool = True, nightly: Nightly | None = None) -> Context:
        location = EngineLocation(
            path=Path("/opt/sccache"), origin="came with cargo-hone", version="0.16.0"
        )
        return Context(
            facts=facts.look(self.root / "Cargo.toml", env=self.env),
            capacity=parse("10G"),
            engine=location if engine else None,
            nightly=nightly,
        )

    def rustc_flags(self, *config: str) -> list[str]:
        """What cargo gives rustc beside its own: it tells build scripts, and so does this one tell us."""
        self.write("flags/Cargo.toml", '[workspace]\n[package]\nname = "flags"\n')
        self.write("flags/src/lib.rs", "")
        self.write(
            "flags/build.rs",
            'fn main() { let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap();\n'
            'panic!("FLAGS={}=", flags.replace("\\x1f", "|")) }\n',
        )
        said = build(
            cwd=self.root,
            args=["check", "--manifest-path", "flags/Cargo.toml"],
            env=self.env,
            config=config,
        )
        found = re.search(r"FLAGS=(.*)=$", said.rendered, re.MULTILINE)
        assert found is not None, said.rendered
        return found[1].split("|") if found[1] else []

    def parsed(self, plan: Plan, path: str) -> dict[str, object]:
        change = next(c for c in plan.changes if c.path == self.root / path)
        assert change.after is not None
        return tomllib.loads(change.after.decode())


def snapshot(root: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in sorted(root.rglob("*"))
        if path.name != "Cargo.lock"
    }
