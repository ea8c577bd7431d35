"""Only regular files are read: what would wait, never end or lead away is refused at once."""

import os
import socket
from pathlib import Path

import pytest

from cargo_hone.files.regular import NotRegular, read_regular


def test_a_file_is_read_whole_or_its_start(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 100_000)
    assert read_regular(path) == path.read_bytes()
    assert read_regular(os.fspath(path), limit_bytes=5) == b"01234"
    assert read_regular(path, limit_bytes=10**9) == path.read_bytes()


@pytest.mark.timeout(10)
def test_whatever_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "endless").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(tmp_path, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/socket")  # a socket's own path may have 107 bytes
        os.close(here)
    (tmp_path / "directory").mkdir()
    for name in ("link", "endless", "pipe", "socket", "directory"):
        with pytest.raises(NotRegular):
            read_regular(tmp_path / name)
    with pytest.raises(NotRegular):
        read_regular("/dev/zero")


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "nothing")
