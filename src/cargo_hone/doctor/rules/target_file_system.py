"""A target directory on a network or an overlay file system."""

import os
from collections.abc import Iterator
from pathlib import Path

from cargo_hone.doctor.facts import Facts
from cargo_hone.doctor.finding import Confidence, Elsewhere, Finding, Rule, Severity
from cargo_hone.target.mounts import Mount

_NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "9p",
        "drvfs",
        "fuse.sshfs",
        "fuse.grpcfuse",
        "fuse.osxfs",
    }
)
_OVERLAY = frozenset({"overlay", "fuse.fuse-overlayfs"})


def _check(facts: Facts) -> Iterator[Finding]:
    # Where units lie: with a `build.build-dir` only what is final is in the target directory.
    target = facts.metadata.build_directory
    kind = _kind(target, facts.machine.mounts)
    if kind in _NETWORK:
        yield _finding(
            target,
            kind,
            "a build makes tens of thousands of small files, and each is a round trip; cargo takes no locks on NFS,"
            " so two builds at once can damage each other",
            "slow builds, and no protection against two at once",
        )
    # Where the sources are on the overlay as well there is nothing better: the whole container is one.
    elif kind in _OVERLAY and _kind(facts.root, facts.machine.mounts) not in _OVERLAY:
        yield _finding(
            target,
            kind,
            "what is written there lies in the container's own layer: it is gone when the container is rebuilt, and"
            " renaming a directory of a lower layer fails",
            "a clean build after each rebuild of the container",
        )


def _kind(path: Path, mounts: tuple[Mount, ...]) -> str:
    """The type of the file system that holds a path; "" where it is not known."""
    real = Path(os.path.normpath(path))
    holding = [mount for mount in mounts if real == mount.point or mount.point in real.parents]
    # Later mounts hide earlier ones at the same point.
    longest = max(holding, key=lambda m: (len(m.point.parts), mounts.index(m)), default=None)
    return longest.kind if longest is not None else ""


def _finding(target: Path, kind: str, why: str, cost: str) -> Finding:
    return Finding(
        rule=RULE,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        place=Elsewhere(name=f"target directory {target}"),
        message=f"what a build makes lies on a file system of type {kind}",
        why=why,
        cost=cost,
        help="set CARGO_TARGET_DIR, or `build.build-dir` in ~/.cargo/config.toml, to a local disk or a volume",
    )


RULE = Rule(
    id="HONE018",
    name="target-file-system",
    title="a target directory on a network or overlay file system",
    check=_check,
    by_hand="which local disk there is, only people on that machine know; no file of the repository should name it",
)
