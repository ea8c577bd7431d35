"""What lies beside the profile directories of a target directory: documentation, other tools' things, the unknown.

cargo's own names are those of its `layout` module (1.99); the tools' are the defaults that their manuals name.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What bytes are spent on."""

    FINGERPRINTS = ".fingerprint"
    DEPS = "deps"
    BUILD_SCRIPTS = "build"
    INCREMENTAL = "incremental"
    EXAMPLES = "examples"
    FINAL = "final artifacts"
    NESTED = "nested target directories"
    DOCS = "documentation"
    TOOLING = "directories of tools"
    CARGO = "cargo's own files"
    OTHER = "other"


TOOLS = frozenset(
    {
        "package",  # cargo package, cargo publish: the .crate files and what was unpacked to be built
        "tmp",  # CARGO_TARGET_TMPDIR
        "cargo-timings",
        ".metabuild",
        "criterion",
        "nextest",
        "tests",  # trybuild
        "ui",  # ui_test
        "semver-checks",
        "tarpaulin",
        "coverage",
        "llvm-cov",
        "wasm-pack",
        "debian",
        "generate-rpm",
        "wix",
        "iai",
        "gungraun",
        "hone",
        ".hone-trash",
    }
)
_CARGO = frozenset(
    {
        "",
        "CACHEDIR.TAG",
        ".rustc_info.json",
        ".rustdoc_fingerprint.json",
        ".future-incompat-report.json",
    }
)
_TOOL = re.compile(r"flycheck\d+")  # rust-analyzer's check output
_TRIPLE = re.compile(r"[a-z0-9_.]+(-[a-z0-9_.]+){1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a path is part of: its kind, the name of the tool (or file), for documentation the crate's directory."""

    kind: Kind
    name: str = ""
    document: str = ""


def of(relative: str) -> Found:
    """Say what `relative`, a path below a target directory's root ("" for the root) and in no profile, is part of.

    `document` is `[TRIPLE/]doc/CRATE` or `[TRIPLE/]doc/src/CRATE` for all that is in such a directory, itself
    included.
    """
    parts = relative.split("/")
    at = 1 if parts[0] != "doc" and len(parts) > 1 and _TRIPLE.fullmatch(parts[0]) else 0
    if parts[at] == "doc":
        crate = at + (2 if parts[at + 1 : at + 2] == ["src"] else 1)
        return Found(
            kind=Kind.DOCS,
            name="/".join(parts[: at + 1]),
            # Files directly in doc/ (the index, the scripts) are all crates' together.
            document="/".join(parts[: crate + 1]) if crate < len(parts) else "",
        )
    if relative in _CARGO:
        return Found(kind=Kind.CARGO)
    if parts[at] in TOOLS or _TOOL.fullmatch(parts[at]):
        return Found(kind=Kind.TOOLING, name="/".join(parts[: at + 1]))
    return Found(kind=Kind.OTHER, name=parts[0])
