"""Where control groups can be made, from what different systems say in /proc/self."""

from pathlib import Path

import pytest

from cargo_hone.measure.cgroup import refused
from cargo_hone.measure.cgroup_place import NoPlace, Place, Version, group_of, own_places

ROOT_V2 = "25 1 0:22 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
HYBRID = (
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)


def places(proc: Path, mounts: str, groups: str) -> tuple[Place | NoPlace, Place | NoPlace]:
    """Version 1's and version 2's."""
    (proc / "self").mkdir()
    (proc / "self" / "mountinfo").write_text(mounts)
    (proc / "self" / "cgroup").write_text(groups)
    first, second = own_places(proc)
    return first, second


def test_version_2_with_systemd(tmp_path: Path) -> None:
    name = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.scope"
    first, second = places(tmp_path, ROOT_V2, f"0::{name}\n")
    assert second == Place(version=Version.V2, directory=Path("/sys/fs/cgroup" + name), name=name)
    assert isinstance(first, NoPlace)
    assert first.why == "cgroup v1's cpuacct is not there"


def test_a_hybrid_system_has_both(tmp_path: Path) -> None:
    groups = "4:memory:/box\n2:cpuacct:/a/b\n1:name=systemd:/c\n0::/d\n"
    assert places(tmp_path, HYBRID, groups) == (
        Place(version=Version.V1, directory=Path("/sys/fs/cgroup/cpuacct/a/b"), name="/a/b"),
        Place(version=Version.V2, directory=Path("/sys/fs/cgroup/unified/d"), name="/d"),
    )


def test_a_hierarchy_that_also_schedules_is_not_used(tmp_path: Path) -> None:
    mounts = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    first, _ = places(tmp_path, mounts, "2:cpu,cpuacct:/\n")
    assert isinstance(first, NoPlace)
    assert "hands out CPU time" in first.why


def test_a_container_sees_its_own_part_as_the_root(tmp_path: Path) -> None:
    mounts = "33 31 0:30 /docker/0af /sys/fs/cgroup/cpuacct ro - cgroup cgroup rw,cpuacct\n"
    first, _ = places(tmp_path, mounts, "2:cpuacct:/docker/0af/inner\n")
    assert first == Place(
        version=Version.V1,
        directory=Path("/sys/fs/cgroup/cpuacct/inner"),
        name="/docker/0af/inner",
    )


@pytest.mark.parametrize("name", ["/../other", "/docker/1bf"])
def test_a_group_that_is_mounted_nowhere_here_is_not_visible(tmp_path: Path, name: str) -> None:
    mounts = ROOT_V2.replace(" / /sys", " /docker/0af /sys")
    _, second = places(tmp_path, mounts, f"0::{name}\n")
    assert isinstance(second, NoPlace)
    assert "not visible" in second.why


def test_blanks_in_a_mount_point_are_read(tmp_path: Path) -> None:
    _, second = places(tmp_path, ROOT_V2.replace("/sys/fs/cgroup", "/my\\040groups"), "0::/a\n")
    assert isinstance(second, Place)
    assert second.directory == Path("/my groups/a")


def test_without_proc_there_is_no_place(tmp_path: Path) -> None:
    assert all(isinstance(found, NoPlace) for found in own_places(tmp_path))
    assert group_of(1, Version.V2, proc=tmp_path) is None


def test_a_directory_that_is_no_hierarchy_is_refused_and_left_clean(tmp_path: Path) -> None:
    for version in Version:
        why = refused(Place(version=version, directory=tmp_path, name="/"))
        assert "no group can be used" in why
        assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused() -> None:
    # Not by permissions: tests may run as root, whom they do not stop.
    why = refused(Place(version=Version.V2, directory=Path("/proc/self/fd"), name="/"))
    assert why.startswith("no group can be used below /proc/self/fd: ")
