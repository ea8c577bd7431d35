"""Where a package's sources lay when it was compiled: the one place on disk that names its version.

A fingerprint knows a package only by hashes. The dep-info that rustc writes beside the outputs (`deps/*.d`)
names the source files: `…/registry/src/<index>/<name>-<version>/…` for registries, `…/git/checkouts/
<name>-<hash>/<revision>/…` for git (cargo 1.95; both unchanged for years). Members and path dependencies
have paths without a version, so nothing is said of theirs.
"""

import os
import re
from dataclasses import dataclass
from enum import StrEnum

from cargo_hone.files.regular import NotRegular, read_regular

_HEAD_BYTES = 1 << 14
_REGISTRY = re.compile(rb"/registry/src/[^/]+/([^/\s]+)/")
_GIT = re.compile(rb"/git/checkouts/[^/]+/([0-9a-f]{7,40})/")
_STANDARD = b"/rustlib/src/rust/library/"


class OriginKind(StrEnum):
    """Where sources come from."""

    REGISTRY = "registry"
    GIT = "git"
    STANDARD = "standard library"
    LOCAL = "local or unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """`identity` is the version for a registry, the (short) revision for git, else empty."""

    kind: OriginKind
    identity: str = ""


LOCAL = Origin(kind=OriginKind.LOCAL)


def read_origin(dep_info: str | os.PathLike[str], *, package: str) -> Origin:
    """Read the start of one `.d` file of a unit of `package`; of what is no regular file nothing is known.

    Raises OSError.
    """
    try:
        head = read_regular(dep_info, limit_bytes=_HEAD_BYTES)
    except NotRegular:
        return LOCAL
    if _STANDARD in head:
        return Origin(kind=OriginKind.STANDARD)
    prefix = f"{package}-"
    for found in _REGISTRY.finditer(head):
        directory = found[1].decode(errors="replace")
        # Generated code may include files of another package: only the package's own directory counts.
        if directory.startswith(prefix) and directory[len(prefix) : len(prefix) + 1].isdigit():
            return Origin(kind=OriginKind.REGISTRY, identity=directory[len(prefix) :])
    git = _GIT.search(head)
    if git is not None:
        return Origin(kind=OriginKind.GIT, identity=git[1].decode())
    return LOCAL
