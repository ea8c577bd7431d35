"""Taking the members' sources from the registry, through cargo, at the versions of a committed lock file.

A package without a library (mdbook) cannot really be a dependency: cargo 1.95 warns, and leaves it out of its
metadata, but locks and unpacks it all the same. So the sources are looked up beside those of another member.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from cargo_hone import proc
from cargo_hone.demo import manifest, recipe
from cargo_hone.errors import Unavailable

# What cargo or the authors' own repositories keep beside the code. Nested `.gitignore` and `.cargo` would act on
# the workspace; the rest has no use here.
_LEFT_BEHIND = ("Cargo.lock", "Cargo.toml.orig", "tests", "benches", "examples")


def registry_sources(seed: Path, *, env: Mapping[str, str]) -> Path:
    """Let cargo unpack every member and return the directory that holds them, as `NAME-VERSION`.

    `seed` is an empty directory for the package that asks for them. Raises Unavailable without cargo, or when
    something is neither cached nor to be had from the registry.
    """
    (seed / "src").mkdir(parents=True)
    (seed / "src" / "lib.rs").write_text("")
    (seed / "Cargo.toml").write_text(manifest.seed_manifest(recipe.MEMBERS))
    (seed / "Cargo.lock").write_text(recipe.text("seed.lock"))
    fetch(seed, env=env)
    found = _landmark(seed, env=env).parent
    missing = [
        f"{member.name}-{member.version}"
        for member in recipe.MEMBERS
        if not (found / f"{member.name}-{member.version}" / "Cargo.toml").is_file()
    ]
    if missing:
        raise Unavailable(
            f"cargo fetched the sources, but {found} has no {', '.join(missing)}",
            next_step="run it without a [source] replacement (a vendor directory) in cargo's configuration",
        )
    return found


def fetch(directory: Path, *, env: Mapping[str, str]) -> None:
    """Bring everything that the package in `directory` locks into cargo's home; no network if it is there.

    Only for this machine's target: packages for other systems are never compiled here.
    """
    command = ["cargo", "fetch", "--locked", "--target", _host(env)]
    if proc.run([*command, "--offline"], cwd=directory, env=env).returncode == 0:
        return
    online = proc.run(command, cwd=directory, env=env)
    if online.returncode != 0:
        raise Unavailable(
            "cargo could not fetch the sources of the demonstration workspace",
            next_step="check the network (or cargo's proxy settings) and run the command again",
            detail=online.stderr.decode(errors="replace"),
        )


def copy_members(registry: Path, crates: Path, members: Sequence[recipe.Member]) -> None:
    """Copy the members' sources to `crates/NAME`, with the manifests that the workspace needs."""
    for member in members:
        target = crates / member.name
        shutil.copytree(registry / f"{member.name}-{member.version}", target, ignore=_ignored)
        path = target / "Cargo.toml"
        published = path.read_text(encoding="utf-8")
        path.write_text(manifest.member_manifest(member, published), encoding="utf-8")


def _ignored(directory: str, names: list[str]) -> set[str]:
    top = (Path(directory) / "Cargo.toml").is_file()
    hidden = {name for name in names if name.startswith(".")}
    return hidden | (set(_LEFT_BEHIND) & set(names) if top else set())


def _host(env: Mapping[str, str]) -> str:
    asked = proc.run(["rustc", "-vV"], env=env)
    for line in asked.stdout.decode(errors="replace").splitlines():
        if line.startswith("host: "):
            return line.removeprefix("host: ")
    raise Unavailable(
        "rustc does not say for which machine it compiles",
        next_step="run `rustc -vV`; it must print a line `host: …`",
        detail=asked.stderr.decode(errors="replace"),
    )


def _landmark(seed: Path, *, env: Mapping[str, str]) -> Path:
    flags = ["--format-version", "1", "--locked", "--offline", "--filter-platform", _host(env)]
    asked = proc.run(["cargo", "metadata", *flags], cwd=seed, env=env)
    if asked.returncode != 0:
        raise Unavailable(
            "cargo does not say where it unpacked the sources",
            next_step="see what it printed; `cargo --version` should be 1.89 or newer",
            detail=asked.stderr.decode(errors="replace"),
        )
    for package in json.loads(asked.stdout)["packages"]:
        if package["name"] == recipe.LANDMARK:
            return Path(package["manifest_path"]).parent
    raise Unavailable(
        f"cargo's metadata does not name {recipe.LANDMARK}",
        next_step="run the command again; if it stays, this is a bug of cargo-hone",
    )
