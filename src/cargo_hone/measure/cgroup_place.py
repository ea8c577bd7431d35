"""Where this process stands in the hierarchies of control groups, read from /proc/self (cgroups(7), proc(5)).

Only hierarchies that can count CPU time are looked for: version 2, whose every group has `cpu.stat`, and version
1's `cpuacct`. Both may be mounted (a hybrid system).
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path, PurePosixPath

from cargo_hone.measure.process_tree import PROC


class Version(IntEnum):
    """The version of the interface."""

    V1 = 1
    V2 = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The group that this process is in, in one hierarchy: its directory, and its name there."""

    version: Version
    directory: Path
    name: str

    @property
    def usage_file(self) -> str:
        """The file of a group that holds its CPU time."""
        return "cpu.stat" if self.version is Version.V2 else "cpuacct.usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPlace:
    """A hierarchy that cannot be used, and why."""

    version: Version
    why: str


def own_places(proc: Path = PROC) -> tuple[Place | NoPlace, ...]:
    """Find this process's groups, version 1 first: a program joins one there without waiting for other cores."""
    try:
        mounts = (proc / "self" / "mountinfo").read_text(errors="surrogateescape")
        groups = (proc / "self" / "cgroup").read_text(errors="surrogateescape")
    except OSError as error:
        why = f"there is no {error.filename}"
        return tuple(NoPlace(version=version, why=why) for version in Version)
    return tuple(_place(version, mounts, groups) for version in Version)


def group_of(pid: int, version: Version, *, proc: Path = PROC) -> str | None:
    """Return the name of the group that a process is in; None where it has gone or the hierarchy is missing."""
    try:
        text = (proc / str(pid) / "cgroup").read_text(errors="surrogateescape")
    except OSError:
        return None
    return _group_name(text, version)


def _group_name(text: str, version: Version) -> str | None:
    # hierarchy-ID:controller-list:path; version 2 is "0::path".
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if version is Version.V2 and number == "0" and not controllers:
            return name
        if version is Version.V1 and "cpuacct" in controllers.split(","):
            return name
    return None


def _place(version: Version, mounts: str, groups: str) -> Place | NoPlace:
    name = _group_name(groups, version)
    label = "cgroup v2" if version is Version.V2 else "cgroup v1's cpuacct"
    if name is None:
        return NoPlace(version=version, why=f"{label} is not there")
    for line in mounts.splitlines():
        # 36 35 98:0 ROOT MOUNT-POINT OPTIONS [TAGS…] - TYPE SOURCE SUPER-OPTIONS
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        root, mount_point = (_unescaped(field) for field in before.split(" ")[3:5])
        controllers = options.split(",")
        if version is Version.V2 and kind != "cgroup2":
            continue
        if version is Version.V1 and (kind != "cgroup" or "cpuacct" not in controllers):
            continue
        if version is Version.V1 and "cpu" in controllers:
            # A group there gets the share of a single task: the build would run as it does not otherwise.
            return NoPlace(version=version, why=f"{label} also hands out CPU time here")
        within = _below(name, root)
        if within is not None:
            return Place(version=version, directory=Path(mount_point, within), name=name)
    return NoPlace(version=version, why=f"our group {name} of {label} is not visible here")


def _below(name: str, root: str) -> PurePosixPath | None:
    """Return the group relative to what is mounted: a container may see only a part of the hierarchy."""
    path = PurePosixPath(name)
    if ".." in path.parts:  # above the root of our cgroup namespace
        return None
    try:
        return path.relative_to(root)
    except ValueError:
        return None


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
