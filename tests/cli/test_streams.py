"""Terminals and files that cannot show everything."""

import subprocess
import sys
from pathlib import Path


def test_a_stream_that_cannot_show_a_character_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "Ω").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "cargo_hone", "--manifest-path", "Ω/Cargo.toml"],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "latin-1", "PATH": "/usr/bin:/bin", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert b"?" in done.stderr
