"""Editing the manifests of published crates, and writing the workspace's own (pure).

Cargo normalises a manifest when it is published: one `[table]` a dependency, headers at the start of their line.
That regular form is all that is relied on here; the result is parsed again by the caller's tests and by cargo.
"""

import re
from collections.abc import Iterator, Sequence

from cargo_hone.demo.recipe import Downgrade, Member
from cargo_hone.errors import Unavailable

_DROPPED_TARGETS = re.compile(r"\[\[(test|bench|example)\]\]|\[profile[.\]]")
_DEV_DEPENDENCY = re.compile(r"\[(?:target\..+\.)?dev-dependencies\.\"?([\w-]+)\"?\]")
_GENERATED_HEADER = re.compile(r"\A(?:#.*\n)+\n*")

_OLDER_PROFILE = """
# Small objects to link; the debugger finds the rest beside them.
[profile.dev]
split-debuginfo = "unpacked"
"""


def member_manifest(member: Member, published: str) -> str:
    """Return the manifest of a member, made from the published one.

    Integration tests, benches and examples are not in the workspace, so their targets go, and so do the
    development dependencies that only they need; doctests are off; profiles apply at the root only. Raises
    Unavailable when the published manifest is not the one that the recipe was written for.
    """
    text = _GENERATED_HEADER.sub("", published)
    for replacement in member.replacements:
        if text.count(replacement.old) != 1:
            raise Unavailable(
                f"the published manifest of {member.name} {member.version} is not the one that is expected",
                next_step="remove that package from cargo's registry/src directory and run the command again",
            )
        text = text.replace(replacement.old, replacement.new)
    kept = [table for table in _tables(text) if _is_kept(member, table)]
    body = "".join(
        _library(member, table) if table.startswith("[lib]") else table for table in kept
    )
    if "\n[lib]\n" not in body and "\n[[bin]]\n" not in body:
        body = body.rstrip("\n") + "\n\n" + _library(member, "[lib]\n")
    return _changes(member) + body.rstrip("\n") + "\n"


def root_manifest(members: Sequence[Member], *, older: bool) -> str:
    """Return the workspace's own manifest; the older one has a profile that was given up later."""
    listed = "".join(f'    "crates/{member.name}",\n' for member in members)
    patched = "".join(
        f'{member.name} = {{ path = "crates/{member.name}" }}\n' for member in members
    )
    return f"""\
# mdBook and the web stack under `mdbook serve`, developed together.
[workspace]
resolver = "2"
members = [
{listed}]
# Has its own lock file, so that a chore never changes what is shipped.
exclude = ["xtask"]

# The members use each other, not the registry's copies.
[patch.crates-io]
{patched}{_OLDER_PROFILE if older else ""}"""


def seed_manifest(members: Sequence[Member]) -> str:
    """Return the manifest of a package that does nothing but depend on every member, as it is published."""
    pins = "".join(f'{member.name} = "={member.version}"\n' for member in members)
    return f"""\
[package]
name = "seed"
version = "0.0.0"
edition = "2021"
publish = false

[dependencies]
{pins}
[workspace]
"""


def older_lock(lock: str, downgrade: Downgrade) -> str:
    """Return the lock file with one registry package (that has no dependencies) at its older version."""
    current = _locked(downgrade.name, downgrade.version, downgrade.checksum)
    if lock.count(current) != 1:
        raise ValueError(
            f"{downgrade.name} {downgrade.version} is not in the lock file, or not once"
        )
    return lock.replace(
        current, _locked(downgrade.name, downgrade.older_version, downgrade.older_checksum)
    )


def _locked(name: str, version: str, checksum: str) -> str:
    source = "registry+https://github.com/rust-lang/crates.io-index"
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{source}"\n'
        f'checksum = "{checksum}"\n'
    )


def _tables(text: str) -> Iterator[str]:
    """Yield the text in front of the first header, then each table with its header."""
    yield from re.split(r"^(?=\[)", text, flags=re.MULTILINE)


def _is_kept(member: Member, table: str) -> bool:
    if _DROPPED_TARGETS.match(table):
        return False
    dependency = _DEV_DEPENDENCY.match(table)
    return dependency is None or dependency[1] in member.dev_dependencies


def _library(member: Member, table: str) -> str:
    lines = [line for line in table.rstrip("\n").split("\n") if not line.startswith("doctest")]
    lines.append("doctest = false")
    if member.untested_because:
        lines.append("test = false")
    return "\n".join(lines) + "\n\n"


def _changes(member: Member) -> str:
    said = ["no integration tests, benches or examples; no doctests"]
    if member.untested_because:
        said.append(f"no unit tests: {member.untested_because}")
    said += [replacement.why for replacement in member.replacements]
    listed = "".join(f"# - {line}\n" for line in said)
    return f"# {member.name} {member.version} as published, but for this manifest:\n{listed}\n"
