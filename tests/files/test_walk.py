"""Disk usage counts allocated blocks, each inode once, and no walk leaves the tree."""

import os
import subprocess
from pathlib import Path

from cargo_hone.files.walk import disk_usage, entries


def test_it_agrees_with_du(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for number in range(20):
        (tmp_path / "a" / f"{number}").write_bytes(b"x" * 5000 * number)
    os.link(tmp_path / "a" / "19", tmp_path / "a" / "b" / "again")
    (tmp_path / "sparse").write_bytes(b"")
    os.truncate(tmp_path / "sparse", 10_000_000)
    du = subprocess.run(
        ["du", "-s", "--block-size=1", tmp_path], capture_output=True, check=True, text=True
    )
    usage = disk_usage(tmp_path)
    assert usage.allocated_bytes == int(du.stdout.split()[0])
    assert usage.files == 22


def test_links_are_seen_but_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"x" * 100_000)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(outside)
    assert [entry.name for entry in entries(root)] == ["link"]
    assert disk_usage(root).files == 1
    assert disk_usage(root).allocated_bytes < 50_000
    (tmp_path / "way").symlink_to(root)
    assert list(entries(tmp_path / "way")) == []


def test_what_vanishes_during_the_walk_is_fine(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    seen: list[str] = []
    for entry in entries(tmp_path):
        seen.append(entry.name)
        if len(seen) == 3:
            (tmp_path / "a" / "file").unlink()
            (tmp_path / "a").rmdir()
    assert sorted(seen) == ["a", "b", "c", "file", "file"]


def test_nothing_takes_nothing(tmp_path: Path) -> None:
    assert disk_usage(tmp_path / "missing").allocated_bytes == 0
