"""A workspace in which every lever that can be tried without other programs has something to change."""

import os
import shutil
from pathlib import Path

from .tree import Tree

HOST_SETUP = {
    "split-debuginfo": '[profile.dev]\nsplit-debuginfo = "unpacked"\n',
    "build-override-plain": "[profile.dev.build-override]\nopt-level = 3\n",
}
"""What the root manifest must have for a lever to apply."""
CONFIG_SETUP = {"incremental-on": "[build]\nincremental = false\n"}


def rich(base: Path, lever: str = "") -> Tree:
    """A member with a build script and an integration test, on a path dependency that is no member; a cargo home."""
    home = base / "home"
    tree = Tree(base / "ws", CARGO_HOME=str(home), CARGO_NET_OFFLINE="true")
    home.mkdir()
    tree.env["PATH"] = f"{base / 'bin'}:{os.environ['PATH']}"
    (base / "bin").mkdir()
    tree.write(
        "Cargo.toml",
        '[workspace]\nmembers = ["low", "top"]\nexclude = ["dep"]\nresolver = "2"\n'
        + HOST_SETUP.get(lever, ""),
    )
    if lever in CONFIG_SETUP:
        tree.write(".cargo/config.toml", CONFIG_SETUP[lever])
    tree.package("dep", "lib.rs", "pub fn two() -> u32 { 2 }\n")
    tree.package("top", "main.rs", 'fn main() { println!("{}", low::one()); }\n')
    tree.write(
        "top/Cargo.toml",
        '[package]\nname = "top"\nedition = "2021"\nversion = "0.1.0"\n'
        '[dependencies]\nlow = { path = "../low" }\n',
    )
    tree.write(
        "low/Cargo.toml",
        '[package]\nname = "low"\nedition = "2021"\nversion = "0.1.0"\n'
        '[dependencies]\ndep = { path = "../dep" }\n',
    )
    tree.write("low/src/lib.rs", "pub fn one() -> u32 { dep::two() - 1 }\n")
    tree.write("low/build.rs", 'fn main() { println!("cargo::rerun-if-changed=build.rs"); }\n')
    tree.write("low/tests/it.rs", "#[test]\nfn one() { assert_eq!(low::one(), 1); }\n")
    return tree


def pretend(tree: Tree, program: str) -> None:
    """Put a linker of that name on PATH; it is the system's own, which is all that cargo's view of it needs."""
    ld = shutil.which("ld")
    assert ld is not None
    for name in {program, f"ld.{program}"}:
        script = tree.root.parent / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{ld}" "$@"\n')
        script.chmod(0o755)


def path_without(program: str) -> str:
    """The PATH of this machine but for the places that have a program."""
    places = os.environ["PATH"].split(":")
    return ":".join(place for place in places if not shutil.which(program, path=place))
