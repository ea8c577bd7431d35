"""sccache's file for a remote: the real sccache takes every key of it, and no credential is in it."""

import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from cargo_hone.cache import remote_setup
from cargo_hone.cache.remote import parse
from cargo_hone.edit.toml import set_value
from cargo_hone.errors import Unavailable, UsageProblem

SCCACHE = Path(sys.executable).parent / "sccache"
NOWHERE = "127.0.0.1:1"
IN_ACTIONS = {"ACTIONS_RESULTS_URL": f"http://{NOWHERE}/", "ACTIONS_RUNTIME_TOKEN": "x"}
EACH = [
    (f"s3://bucket/p?region=r&endpoint={NOWHERE}&ssl=false", "Init s3 cache with bucket bucket"),
    ("gcs://bucket", "Init gcs cache with bucket bucket, key_prefix "),
    ("gcs://bucket/p", "Init gcs cache with bucket bucket, key_prefix p"),
    (
        f"redis://{NOWHERE}/2?prefix=p&expire=1d",
        f"Init redis single-node cache with url redis://{NOWHERE}",
    ),
    (f"rediss://{NOWHERE}", f"Init redis single-node cache with url rediss://{NOWHERE}"),
    (f"memcached://{NOWHERE}?prefix=p&expire=1d", "Init memcached cache with url tcp://"),
    (f"http://{NOWHERE}/dav", f"Init webdav cache with endpoint http://{NOWHERE}/dav"),
    ("gha", "Init gha cache with version"),
]


def configuration(url: str, version: str = "0.16.0") -> bytes:
    text = b"[cache.disk]\nsize = 1000000\n"
    for path, value in remote_setup.file_edits(parse(url), version=version):
        text = set_value(text, path, value)
    return text


def said_at_start(tmp_path: Path, env: dict[str, str], awaited: str) -> str:
    """What a server says of its storage, up to `awaited` or its end."""
    log = tmp_path / "log"
    words = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "SCCACHE_START_SERVER": "1",
        "SCCACHE_NO_DAEMON": "1",
        "SCCACHE_LOG": "debug",
        "SCCACHE_SERVER_UDS": str(tmp_path / "s"),
    }
    with log.open("wb") as sink:
        server = subprocess.Popen([SCCACHE], env={**words, **env}, stdout=sink, stderr=sink)
    try:
        give_up_s = time.monotonic() + 20
        while awaited not in (said := log.read_text()) and server.poll() is None:
            assert time.monotonic() < give_up_s, said
            time.sleep(0.02)
        return log.read_text()
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize(("url", "expected"), EACH)
def test_the_real_sccache_takes_the_file(tmp_path: Path, url: str, expected: str) -> None:
    file = tmp_path / "config"
    file.write_bytes(configuration(url))
    env = {"SCCACHE_CONF": str(file), **IN_ACTIONS}
    said = said_at_start(tmp_path, env, "Initialized multi-level storage with 2 total levels")
    assert expected in said
    assert "Adding disk cache level" in said
    assert "Initialized multi-level storage with 2 total levels" in said


@pytest.mark.parametrize(("url", "expected"), EACH)
def test_the_real_sccache_takes_the_variables(tmp_path: Path, url: str, expected: str) -> None:
    env = dict(remote_setup.environment(parse(url)))
    env |= {"SCCACHE_DIR": str(tmp_path / "disk"), **IN_ACTIONS}
    said = said_at_start(tmp_path, env, "Initialized multi-level storage with 2 total levels")
    assert expected in said
    assert "Initialized multi-level storage with 2 total levels" in said


def test_azure_comes_from_the_environment_only(tmp_path: Path) -> None:
    remote = parse("azblob://box/p")
    with pytest.raises(UsageProblem) as refused:
        remote_setup.file_edits(remote)
    assert "SCCACHE_AZURE_CONNECTION_STRING" in refused.value.next_step
    connection = f"BlobEndpoint=http://{NOWHERE}/x;AccountName=x;AccountKey=YWJj"
    env = dict(remote_setup.environment(remote))
    env |= {"SCCACHE_AZURE_CONNECTION_STRING": connection, "SCCACHE_DIR": str(tmp_path / "disk")}
    said = said_at_start(tmp_path, env, "Initialized multi-level")
    assert "Init azure cache with container box, key_prefix p" in said
    assert set(remote_setup.with_credentials(remote)) <= env.keys()


def test_an_older_sccache_gets_the_remote_alone() -> None:
    old = tomllib.loads(configuration("redis://host:6379", version="0.14.0").decode())
    new = tomllib.loads(configuration("redis://host:6379", version="0.15.0").decode())
    assert old["cache"].keys() == {"disk", "redis"}
    assert new["cache"]["multilevel"] == {"chain": ["disk", "redis"]}
    assert "SCCACHE_MULTILEVEL_CHAIN" not in dict(
        remote_setup.environment(parse("redis://host"), version="0.9.1")
    )


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.14.9", False), ("0.15.0", True), ("0.16.0", True), ("1.0.0", True), ("unknown", False)],
)
def test_which_versions_have_a_chain(version: str, expected: bool) -> None:
    assert remote_setup.has_chain(version) is expected


def test_a_password_in_the_environment_needs_the_address_beside_it(tmp_path: Path) -> None:
    remote = parse(f"redis://{NOWHERE}")
    assert remote_setup.with_credentials(remote) == (
        "SCCACHE_REDIS_ENDPOINT",
        "SCCACHE_REDIS_USERNAME",
        "SCCACHE_REDIS_PASSWORD",
    )
    assert remote_setup.with_credentials(parse("s3://bucket")) == ()


def test_githubs_cache_is_refused_outside_of_a_job() -> None:
    remote = parse("gha")
    remote_setup.require(remote, IN_ACTIONS)
    remote_setup.require(parse("redis://host"), {})
    for missing in IN_ACTIONS:
        with pytest.raises(Unavailable) as refused:
            remote_setup.require(remote, {k: v for k, v in IN_ACTIONS.items() if k != missing})
        assert "cargo hone ci init" in refused.value.next_step
